"""haulback backup."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app import backing_up, hosting
from haulback.app.target import opened
from haulback.cli import options
from haulback.cli.terminal import progress, result
from haulback.clock import SystemClock
from haulback.report import backups as report
from haulback.report import hosted as hosted_report

_EXAMPLES = """\b
Examples:
  haulback backup run                          the tables of backups.tables, or of the module
  haulback backup run --table public.orders --table public.customers
  haulback backup list
  haulback backup verify                       restore the newest on a private cluster, and compare
  haulback backup verify 20260102T030405Z-table-0a1b2c --json
"""


@click.group(epilog=_EXAMPLES)
def command() -> None:
    """Backups that are proved by restoring them."""


@command.command("run")
@options.common
@click.option("--table", "tables", multiple=True, metavar="NAME", help="A table to copy, with its schema; repeatable.")
@click.option("--all", "all_tables", is_flag=True, help="Every table of the users.")
def run(target: str | None, as_json: bool, config: Path | None, tables: tuple[str, ...], all_tables: bool) -> int:
    """Take a backup from one snapshot; changes nothing on the target."""
    if tables and all_tables:
        raise click.UsageError("--all takes every table: leave --table out")
    settings = options.settings(config)
    request = backing_up.Request(tables=tables, all_tables=all_tables)
    found = backing_up.take(settings, opened(settings, target), request, progress(as_json=as_json))
    result(report.taken(found), report.told_taken(found), as_json=as_json)
    return 0


@command.command("list")
@options.common
def list_(target: str | None, as_json: bool, config: Path | None) -> int:
    """List backups with age, size and what was proved of them."""
    settings = options.settings(config)
    found = backing_up.listed(settings, options.chosen(settings, target))
    now = SystemClock().now()
    result(report.listed(found, now), report.told_list(found, now), as_json=as_json)
    return 0


@command.command("verify")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@options.common
@click.option("--all", "all_backups", is_flag=True, help="Every backup there is.")
def verify(ids: tuple[str, ...], target: str | None, as_json: bool, config: Path | None, all_backups: bool) -> int:
    """Prove backups by restoring them on a private cluster; without ID the newest.

    Exit 3 where one is proved bad, 7 where one could not be tried.
    """
    if ids and all_backups:
        raise click.UsageError("--all takes every backup: leave the ids out")
    settings = options.settings(config)
    where = options.chosen(settings, target)
    proofs = backing_up.verify(settings, where, ids, progress(as_json=as_json), all_backups=all_backups)
    result(report.verified(proofs), report.told_verified(proofs), as_json=as_json)
    return int(report.exit_of(proofs))


@command.command("hosted")
@options.common
def hosted(target: str | None, as_json: bool, config: Path | None) -> int:
    """List what the platform keeps of a hosted Supabase project, and the window that it can go back to."""
    settings = options.settings(config)
    found = hosting.hosted(settings, options.chosen(settings, target))
    result(hosted_report.document(found), hosted_report.told(found), as_json=as_json)
    return 0
