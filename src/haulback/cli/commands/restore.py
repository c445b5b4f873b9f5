"""haulback restore."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from haulback.app import hosting, restore_undo, restoring, restoring_into
from haulback.app.restore_source import Request
from haulback.app.target import opened
from haulback.cli import options
from haulback.cli.restore_pitr import pitr
from haulback.cli.terminal import progress, result
from haulback.model.restore import How
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.report import hosted as hosted_report
from haulback.report import restores as report

_EXAMPLES = """\b
Examples:
  haulback restore table public.orders --from 20260102T030405Z-table-0a1b2c      compare; nothing is touched
  haulback restore table public.orders --at 2026-01-02T03:00:00Z --missing --yes
  haulback restore table public.orders --from 20260102 --changed --only-where "customer = 7" --yes
  haulback restore table public.orders --from 20260102 --into orders_before --yes      all its rows, beside
  haulback restore list
  haulback restore undo 3 --yes
  haulback restore forget 3 --yes
  haulback restore pitr --to 2026-01-02T03:04:05+00:00      recover the whole cluster, aside
  haulback restore hosted --to 2026-01-02T03:04:05+00:00 --confirm abcdefghijklmnopqrst
"""


@click.group(epilog=_EXAMPLES)
def command() -> None:
    """Bring back what was lost."""


@command.command("table")
@click.argument("name", metavar="NAME")
@options.common
@options.yes
@click.option("--from", "backup", metavar="BACKUP", help="The backup, by its id or the beginning of it.")
@click.option("--at", type=options.MOMENT, metavar="TIME", help="The newest proved backup at or before this time.")
@click.option("--missing", is_flag=True, help="Bring back rows that the table has no more.")
@click.option("--changed", is_flag=True, help="Set changed rows back to what they were.")
@click.option("--only-where", metavar="EXPRESSION", help="Only rows of the backup for which this SQL condition holds.")
@click.option("--extra-report", is_flag=True, help="List the keys of rows that only the table has.")
@click.option(
    "--into", metavar="NEW", help="Put all its rows into a new table of that name instead; nothing is compared."
)
def table(
    name: str,
    target: str | None,
    as_json: bool,
    config: Path | None,
    yes: bool,
    backup: str | None,
    at: datetime | None,
    missing: bool,
    changed: bool,
    only_where: str | None,
    extra_report: bool,
    into: str | None,
) -> int:
    """Compare a table with a backup row by row; bring back what is missing or changed.

    Nothing is dropped, and without --missing, --changed or --into nothing is touched. A table without a primary key
    cannot be compared: --into puts its rows beside.
    """
    if (backup is None) == (at is None):
        raise click.UsageError("name the backup with --from, or a time with --at")
    if into is not None and (missing or changed or only_where or extra_report):
        raise click.UsageError("--into takes all rows of the backup and compares none: leave the other options out")
    hows = {how for how, wanted in ((How.MISSING, missing), (How.CHANGED, changed)) if wanted}
    settings = options.settings(config)
    where = opened(settings, target)
    if into is not None:
        return _into(settings, where, Request(name, backup or "", at), into, as_json=as_json, yes=yes)
    if hows:
        what = " and ".join(sorted(hows, reverse=True))
        options.confirm(f"Bring {what} rows of {name} back on {where.name} ({where.environment})?", yes=yes)
    request = Request(name, backup or "", at, frozenset(hows), only_where, extra_report)
    found = restoring.restore_table(settings, where, request, progress(as_json=as_json))
    result(report.table(found), report.told_table(found), as_json=as_json)
    return 0


def _into(settings: Settings, where: Target, request: Request, into: str, *, as_json: bool, yes: bool) -> int:
    options.confirm(f"Make the table {into} on {where.name} ({where.environment})?", yes=yes)
    found = restoring_into.restore_into(settings, where, request, into, progress(as_json=as_json))
    told = (found.source, found.backup, found.made)
    result(report.into(*told, proved=found.proved), report.told_into(*told, proved=found.proved), as_json=as_json)
    return 0


@command.command("list")
@options.common
def list_(target: str | None, as_json: bool, config: Path | None) -> int:
    """List restores with their state and what they keep in the attic."""
    settings = options.settings(config)
    found = restore_undo.listed(opened(settings, target, start=False))
    result(report.listed(found), report.told_list(found), as_json=as_json)
    return 0


@command.command("undo")
@click.argument("id_", metavar="ID", type=options.NUMBER)
@options.common
@options.yes
def undo(id_: int, target: str | None, as_json: bool, config: Path | None, yes: bool) -> int:
    """Take back what a restore brought; what users wrote since stays.

    Exit 5 where a row could not be taken back though nobody wrote it since.
    """
    settings = options.settings(config)
    where = opened(settings, target)
    options.confirm(f"Undo restore {id_} on {where.name} ({where.environment})?", yes=yes)
    restore, rows = restore_undo.undo(settings, where, id_, progress(as_json=as_json))
    result(report.undone(restore, rows), report.told_undone(restore, rows), as_json=as_json)
    return int(report.exit_of_undo(rows))


@command.command("forget")
@click.argument("id_", metavar="ID", type=options.NUMBER)
@options.common
@options.yes
def forget(id_: int, target: str | None, as_json: bool, config: Path | None, yes: bool) -> int:
    """Destroy what a restore keeps in the attic; it cannot be undone any more."""
    settings = options.settings(config)
    where = opened(settings, target)
    options.confirm(f"Forget what restore {id_} keeps on {where.name} ({where.environment})?", yes=yes)
    restore = restore_undo.forget(settings, where, id_)
    result(report.forgotten(restore), report.told_forgotten(restore), as_json=as_json)
    return 0


@command.command("hosted")
@options.common
@click.option("--to", "moment", required=True, type=options.MOMENT, help="The moment to go back to, with its zone.")
@click.option("--confirm", metavar="REF", help="The project, which is away meanwhile and loses what came after.")
def hosted(target: str | None, as_json: bool, config: Path | None, moment: datetime, confirm: str | None) -> int:
    """Put a hosted Supabase project back in place to a moment of its window, and wait until it serves."""
    settings = options.settings(config)
    where = options.chosen(settings, target)
    seconds = hosting.restore(settings, where, moment, confirm, progress(as_json=as_json))
    document = hosted_report.restored(hosting.platform(settings, where).ref, moment, seconds)
    result(document, f"restored in {seconds:.0f} s", as_json=as_json)
    return 0


command.add_command(pitr)
