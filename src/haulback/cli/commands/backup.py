"""haulback backup."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app import backing_up, hosting, pruning, unpacking
from haulback.app.target import opened
from haulback.cli import options
from haulback.cli.terminal import progress, result
from haulback.cli.termination import as_interrupt
from haulback.clock import SystemClock
from haulback.model.backup import BackupKind
from haulback.report import backups as report
from haulback.report import hosted as hosted_report
from haulback.report import retention as retention_report
from haulback.report import unpacking as unpack_report

_EXAMPLES = """\b
Examples:
  haulback backup run                          the tables of backups.tables, or of the module
  haulback backup run --table public.orders --table public.customers
  haulback backup run --kind physical          the whole cluster
  haulback backup run --kind incremental       what changed since the newest of the cluster (PostgreSQL 17)
  haulback backup list
  haulback backup verify                       restore the newest on a private cluster, and compare
  haulback backup verify 20260102T030405Z-table-0a1b2c --json
  haulback backup unpack 20260102T030405Z-physical-0a1b2c --into data
  haulback backup prune --dry-run              what would go, and why the others stay
  haulback backup hold 20260102T030405Z-table-0a1b2c
"""


@click.group(epilog=_EXAMPLES)
def command() -> None:
    """Backups that are proved by restoring them."""


@command.command("run")
@options.common
@click.option("--table", "tables", multiple=True, metavar="NAME", help="A table to copy, with its schema; repeatable.")
@click.option("--all", "all_tables", is_flag=True, help="Every table of the users.")
@click.option(
    "--kind",
    type=click.Choice([one.value for one in BackupKind]),
    default="table",
    show_default=True,
    help="Chosen tables, the whole cluster, or what changed in it since another backup.",
)
@click.option(
    "--parent", metavar="ID", type=options.NAMED, help="What an incremental backup builds on; else the newest."
)
@click.option(
    "--engine", metavar="NAME", type=options.NAMED, help="What takes it, such as pgbackrest; else PostgreSQL's own."
)
@click.option("--in-clear", is_flag=True, help="Leave a cluster unencrypted though a key is set.")
@as_interrupt()
def run(
    target: str | None,
    as_json: bool,
    config: Path | None,
    tables: tuple[str, ...],
    all_tables: bool,
    kind: str,
    parent: str | None,
    engine: str | None,
    in_clear: bool,
) -> int:
    """Take a backup; changes nothing on the target."""
    if tables and all_tables:
        raise click.UsageError("--all takes every table: leave --table out")
    if (tables or all_tables) and kind != BackupKind.TABLE:
        raise click.UsageError("a backup of the whole cluster has all tables: leave --table and --all out")
    if parent and kind != BackupKind.INCREMENTAL:
        raise click.UsageError("only an incremental backup builds on another: leave --parent out")
    settings = options.settings(config)
    request = backing_up.Request(BackupKind(kind), tables, all_tables, parent or "", engine or "", in_clear)
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
@as_interrupt()
def verify(ids: tuple[str, ...], target: str | None, as_json: bool, config: Path | None, all_backups: bool) -> int:
    """Prove backups by restoring them on a private cluster; without ID the newest.

    Exit 3 where one is proved bad, 7 where one could not be tried or its proof not kept, 6 while another restore has
    the private cluster.
    """
    if ids and all_backups:
        raise click.UsageError("--all takes every backup: leave the ids out")
    settings = options.settings(config)
    where = options.chosen(settings, target)
    proofs = backing_up.verify(settings, where, ids, progress(as_json=as_json), all_backups=all_backups)
    result(report.verified(proofs), report.told_verified(proofs), as_json=as_json)
    return int(report.exit_of(proofs))


@command.command("unpack")
@click.argument("id_", metavar="ID")
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FOLDER",
    help="The data folder to write; not there yet.",
)
@options.common
@as_interrupt()
def unpack(id_: str, target: str | None, as_json: bool, config: Path | None, into: Path) -> int:
    """Write the data folder of a backup of the whole cluster, for a server of your own; takes no archive of the log.

    The cluster is as it was at the end of the backup. `haulback restore pitr` recovers any moment after that.
    """
    settings = options.settings(config)
    found = unpacking.unpack(settings, options.chosen(settings, target), id_, into, progress(as_json=as_json))
    told = (found.backup, found.folder, found.spaces, found.bytes, found.start, found.owner)
    result(unpack_report.document(*told), unpack_report.told(*told), as_json=as_json)
    return 0


@command.command("hosted")
@options.common
def hosted(target: str | None, as_json: bool, config: Path | None) -> int:
    """List what the platform keeps of a hosted Supabase project, and the window that it can go back to."""
    settings = options.settings(config)
    found = hosting.hosted(settings, options.chosen(settings, target))
    result(hosted_report.document(found), hosted_report.told(found), as_json=as_json)
    return 0


@command.command("prune")
@options.common
@options.yes
@click.option("--dry-run", is_flag=True, help="Tell what would go, and remove nothing.")
def prune(target: str | None, as_json: bool, config: Path | None, yes: bool, dry_run: bool) -> int:
    """Remove backups that are old enough and that newer, proved ones replace, and the WAL that no other needs.

    The newest proved ones stay however old; so does what another builds on, what the recovery window needs, and what
    is held.
    """
    settings = options.settings(config)
    where = options.chosen(settings, target)
    found = pruning.decided(settings, where, SystemClock())
    if not dry_run:
        if found.backups.going or found.wal.going:
            what = f"{len(found.backups.going)} of {len(found.backups.fates)} backups of {where.name}"
            options.confirm(f"Remove {what} and {len(found.wal.going)} segments of its WAL?", yes=yes)
        told = progress(as_json=as_json)
        pruning.prune(settings, where, found, lambda id_: told.note(f"removed {id_}"))
    document = retention_report.document(found.backups, found.wal, dry_run=dry_run)
    text = retention_report.told(found.backups, found.wal, settings.backups, dry_run=dry_run)
    result(document, text, as_json=as_json)
    return 0


@command.command("hold")
@click.argument("id_", metavar="ID")
@options.common
def hold(id_: str, target: str | None, as_json: bool, config: Path | None) -> int:
    """Keep a backup until it is released, with all that it builds on."""
    return _held(id_, target, as_json=as_json, config=config, held=True)


@command.command("release")
@click.argument("id_", metavar="ID")
@options.common
def release(id_: str, target: str | None, as_json: bool, config: Path | None) -> int:
    """Let a held backup go again when it is time."""
    return _held(id_, target, as_json=as_json, config=config, held=False)


def _held(id_: str, target: str | None, *, as_json: bool, config: Path | None, held: bool) -> int:
    settings = options.settings(config)
    found = pruning.hold(settings, options.chosen(settings, target), id_, held=held)
    result(retention_report.held(found), retention_report.told_held(found), as_json=as_json)
    return 0
