"""haulback plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from haulback.app import plan_report
from haulback.app.target import opened
from haulback.cli import options, reporting
from haulback.cli.terminal import either, progress
from haulback.errors import Exit
from haulback.report import documents, text_plan
from haulback.report.hazard_keys import rebased
from haulback.report.subjects import PlanSubject

_EXAMPLES = """\b
Examples:
  haulback plan
  haulback plan --target production --out plan.json
  haulback plan --no-rehearse --json
  haulback plan --rewrite --out plan.json
  haulback plan --format markdown --report plan.md
"""


@click.command(epilog=_EXAMPLES)
@reporting.options_of_plan
@options.common
@options.migrations
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Save the plan, to be approved and deployed exactly.",
)
@click.option("--rehearse/--no-rehearse", default=None, help="Run it on a shadow; else as the target's policy says.")
@click.option("--out-of-order", is_flag=True, help="Let a pending file stand before an applied one.")
@click.option("--accept", multiple=True, metavar="ID", help="Accept a blocking hazard, as a deployment may.")
@click.option("--rewrite", is_flag=True, help="Put the safe rewrites of hazards in the place of their statements.")
@click.option("--statements", is_flag=True, help="List every statement, not only those worth a second look.")
def command(
    target: str | None,
    as_json: bool,
    config: Path | None,
    migrations: Path | None,
    out: Path | None,
    rehearse: bool | None,
    out_of_order: bool,
    accept: tuple[str, ...],
    rewrite: bool,
    statements: bool,
    report: reporting.Destination,
) -> int:
    """Show what is pending, rehearsed and checked.

    Ends with 3 where a deployment would be refused. The target is only read; with --out the journal is made
    there for the target's approvers.
    """
    settings = options.settings(config, migrations)
    where = opened(settings, target, start=False)
    request = plan_report.Request(
        out=out, rehearse=rehearse, out_of_order=out_of_order, accept=frozenset(accept), rewrite=rewrite
    )
    subject = plan_report.report(settings, where, request, progress(as_json=as_json))
    report.plan(subject)
    if not report.takes_stdout:
        either(
            lambda: documents.planned(subject),
            lambda: text_plan.planned(_from_here(subject), statements=statements),
            as_json=as_json,
        )
    return Exit.REFUSED if subject.blocking else Exit.DONE


def _from_here(subject: PlanSubject) -> PlanSubject:
    """The same with files named as a person at this folder would."""
    return replace(subject, hazards=rebased(subject.hazards, Path.cwd())) if subject.hazards else subject
