"""haulback resume."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app.resuming import resume
from haulback.app.target import opened
from haulback.cli import options, reporting
from haulback.cli.ending import told
from haulback.cli.terminal import progress

_EXAMPLES = """\b
Examples:
  haulback resume --yes      end what a crash left unfinished, forward or back
"""


@click.command(epilog=_EXAMPLES)
@reporting.options
@options.common
@options.yes
@options.migrations
def command(
    target: str | None,
    as_json: bool,
    config: Path | None,
    yes: bool,
    migrations: Path | None,
    report: reporting.Destination,
) -> int:
    """End a deployment that a crash interrupted; deploy does this too, before anything else."""
    settings = options.settings(config, migrations)
    where = opened(settings, target)
    options.confirm(f"Resume on {where.name} ({where.environment})?", yes=yes)
    listener = progress(as_json=as_json)
    return told(lambda: resume(settings, where, listener), report, settings, target, as_json=as_json)
