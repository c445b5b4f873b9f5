"""haulback pitr."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app import archiving, recoveries
from haulback.cli import options
from haulback.cli.terminal import progress, result
from haulback.report import archiving as report
from haulback.report import recovery

_EXAMPLES = """\b
Examples:
  haulback pitr setup                     have the server archive its WAL, and prove that it does
  haulback pitr status                    which moments can be recovered
  haulback pitr list                      recoveries of the whole cluster, and how far each came
  haulback restore pitr --to latest       recover one
"""


@click.group(epilog=_EXAMPLES)
def command() -> None:
    """Point-in-time recovery: the archive of WAL, and what it reaches."""


@command.command("setup")
@options.common
@click.option("--replace", is_flag=True, help="Take the place of another archive_command.")
def setup(target: str | None, as_json: bool, config: Path | None, replace: bool) -> int:
    """Have a server archive its WAL; ends well only when a segment was seen in the archive.

    On a server of your own it needs a superuser. It sets wal_level, archive_mode, archive_command, archive_timeout and,
    from PostgreSQL 17 on, summarize_wal; the first two need a restart, which only the embedded server is given by
    itself. Exit 7 until that is done.
    """
    settings = options.settings(config)
    where = options.chosen(settings, target)
    name = archiving.set_up(settings, where, progress(as_json=as_json), replace=replace)
    folder = str(recoveries.archive_of(settings, where))
    result(report.set_up(where.name, folder, name), f"{name} is in {folder}", as_json=as_json)
    return 0


@command.command("status")
@options.common
def status(target: str | None, as_json: bool, config: Path | None) -> int:
    """Tell which moments can be recovered, where the log has holes, and what does not belong in the archive.

    Exit 3 where the newest moments cannot be.
    """
    settings = options.settings(config)
    found = archiving.status(settings, options.chosen(settings, target))
    result(report.document(found), report.told(found), as_json=as_json)
    return int(report.exit_of(found))


@command.command("list")
@options.common
def list_(target: str | None, as_json: bool, config: Path | None) -> int:
    """List recoveries of the whole cluster, with how far each came."""
    settings = options.settings(config)
    found = recoveries.restores_of(settings, options.chosen(settings, target)).all()
    result(recovery.listed(found), recovery.told_list(found), as_json=as_json)
    return 0
