"""haulback drill."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app import drilling
from haulback.app.target import opened
from haulback.cli import options
from haulback.cli.terminal import progress, result
from haulback.cli.termination import as_interrupt
from haulback.report import drills as report

_EXAMPLES = """\b
Examples:
  haulback drill                            the hardest loss that the backups allow to practise
  haulback drill --scenario table-lost --json
  haulback drill --scenario bad-migration   deploy harm on a copy, and take it back
"""


@click.command(epilog=_EXAMPLES)
@options.common
@click.option("--scenario", metavar="NAME", help="What is lost: table-lost, database-lost, bad-migration and others.")
@as_interrupt()
def command(target: str | None, as_json: bool, config: Path | None, scenario: str | None) -> int:
    """Do a recovery for practice, on a private cluster, and measure RTO and RPO.

    Exit 3 where it failed or took longer than the objectives allow, 7 where it could not be played. The evidence is
    kept beside the backups.
    """
    settings = options.settings(config)
    found = drilling.drill(settings, opened(settings, target), scenario, progress(as_json=as_json))
    result(report.document(found), report.told(found), as_json=as_json)
    return int(report.exit_of(found))
