"""haulback log."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app import looking
from haulback.cli import options, reporting
from haulback.cli.terminal import result
from haulback.config.choosing import named
from haulback.errors import UsageError
from haulback.model.outcome import Outcome
from haulback.report import document_journal, text_journal

_EXAMPLES = """\b
Examples:
  haulback log
  haulback log 7
  haulback log 7 --format junit --report haulback.xml
"""


@click.command(epilog=_EXAMPLES)
@click.argument("number", required=False, type=options.NUMBER)
@reporting.options
@options.common
@click.option("--most", type=options.NUMBER, default=20, show_default=True, help="How many deployments to list.")
def command(
    number: int | None,
    target: str | None,
    as_json: bool,
    config: Path | None,
    most: int,
    report: reporting.Destination,
) -> None:
    """List the deployments, or show the journal of deployment NUMBER."""
    settings = options.settings(config)
    if number is None:
        if report.form:
            raise UsageError(problem="a report is of one deployment", hint="Name it: `haulback log NUMBER --format …`.")
        found = looking.deployments(settings, target, most)
        result(
            document_journal.listed(named(settings, target).name, found), text_journal.listed(found), as_json=as_json
        )
        return
    one = looking.deployment(settings, target, number)
    report.deployment(Outcome(one))
    if not report.takes_stdout:
        result(document_journal.told(one), text_journal.told(one), as_json=as_json)
