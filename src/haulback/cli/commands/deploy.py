"""haulback deploy."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app.deploying import SKIPPABLE, Request, deploy
from haulback.app.target import opened
from haulback.cli import options, reporting
from haulback.cli.ending import told
from haulback.cli.terminal import progress

_EXAMPLES = """\b
Examples:
  haulback deploy --yes
  haulback deploy plan.json --target production --yes --json
  haulback deploy --migrations db/migrations --with-attic
  haulback deploy --rewrite --yes
"""


@click.command(epilog=_EXAMPLES)
@click.argument("plan_file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@reporting.options
@options.common
@options.yes
@options.migrations
@click.option("--with-attic", is_flag=True, help="Bring back the rows that an earlier rollback kept.")
@click.option("--out-of-order", is_flag=True, help="Let a pending file stand before an applied one.")
@click.option("--skip", multiple=True, type=click.Choice(SKIPPABLE), help="Leave a step out; never in production.")
@click.option("--rewrite", is_flag=True, help="Run the safe rewrites of hazards in the place of their statements.")
@click.option("--accept", multiple=True, metavar="ID", help="Accept a blocking hazard for this deployment.")
@click.option("--accept-loss", multiple=True, metavar="VERSION", help="Accept that this migration loses old values.")
@click.option(
    "--wait", type=float, default=0.0, metavar="SECONDS", help="Wait that long for another deployment to end."
)
@click.option(
    "--cancel-blockers-older-than",
    type=click.FloatRange(min=0.0, min_open=True),
    metavar="SECONDS",
    help="End sessions that keep us from a lock in a transaction older than that.",
)
def command(
    plan_file: Path | None,
    target: str | None,
    as_json: bool,
    config: Path | None,
    yes: bool,
    migrations: Path | None,
    with_attic: bool,
    out_of_order: bool,
    skip: tuple[str, ...],
    rewrite: bool,
    accept: tuple[str, ...],
    accept_loss: tuple[str, ...],
    wait: float,
    cancel_blockers_older_than: float | None,
    report: reporting.Destination,
) -> int:
    """Deploy what is pending, or exactly the plan in PLAN_FILE.

    After a crash the same command goes on, or goes back, by itself.
    """
    settings = options.settings(config, migrations)
    where = opened(settings, target)
    options.confirm(f"Deploy to {where.name} ({where.environment})?", yes=yes)
    request = Request(
        plan_file=plan_file,
        rewrite=rewrite,
        with_attic=with_attic,
        out_of_order=out_of_order,
        skip=frozenset(skip),
        accept=frozenset(accept),
        accept_loss=frozenset(accept_loss),
        patience=wait,
        cancel_blockers_older_than=cancel_blockers_older_than,
    )
    listener = progress(as_json=as_json)
    return told(lambda: deploy(settings, where, request, listener), report, settings, target, as_json=as_json)
