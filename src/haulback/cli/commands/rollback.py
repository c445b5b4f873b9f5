"""haulback rollback."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app.rolling_back import roll_back
from haulback.app.target import opened
from haulback.cli import options, reporting
from haulback.cli.ending import told
from haulback.cli.terminal import progress

_EXAMPLES = """\b
Examples:
  haulback rollback --yes             take back the newest deployment
  haulback rollback 7 --yes --json    take back deployment 7, if it is the newest that stands
"""


@click.command(epilog=_EXAMPLES)
@click.argument("number", required=False, type=options.NUMBER)
@reporting.options
@options.common
@options.yes
@options.migrations
def command(
    number: int | None,
    target: str | None,
    as_json: bool,
    config: Path | None,
    yes: bool,
    migrations: Path | None,
    report: reporting.Destination,
) -> int:
    """Take a deployment back; rows written since then are kept in the attic."""
    settings = options.settings(config, migrations)
    where = opened(settings, target)
    options.confirm(f"Roll back on {where.name} ({where.environment})?", yes=yes)
    listener = progress(as_json=as_json)
    return told(lambda: roll_back(settings, where, number, listener), report, settings, target, as_json=as_json)
