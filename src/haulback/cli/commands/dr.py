"""haulback dr."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app import recovery_planning
from haulback.cli import options
from haulback.cli.terminal import result
from haulback.report import recovery_plans as report

_EXAMPLES = """\b
Examples:
  haulback dr plan > RECOVERY.md    to be kept where the database is not
  haulback dr plan --json
"""


@click.group(epilog=_EXAMPLES)
def command() -> None:
    """What to do when something is lost."""


@command.command("plan")
@options.common
def plan(target: str | None, as_json: bool, config: Path | None) -> int:
    """Print the recovery plan of a target: commands, times that were measured, contacts, and gaps.

    It is made from the backups and drills in the store; the target may be gone.
    """
    settings = options.settings(config)
    found = recovery_planning.recovery_plan(settings, options.chosen(settings, target))
    result(report.document(found), report.told(found), as_json=as_json)
    return 0
