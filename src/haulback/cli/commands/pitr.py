"""haulback pitr."""

from __future__ import annotations

import signal
from pathlib import Path

import click

from haulback.app import archiving, beating, receiving, recoveries
from haulback.cli import options
from haulback.cli.terminal import progress, result
from haulback.report import archiving as report
from haulback.report import recovery

_EXAMPLES = """\b
Examples:
  haulback pitr setup                     have the server archive its WAL, and prove that it does
  haulback pitr receive                   stream the log into the archive, second by second
  haulback pitr heartbeat                 write a row whose age tells what a loss would cost
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


@command.command("receive")
@options.common
@click.option("--synchronous", is_flag=True, help="Have each write on disk at once, not only whole segments.")
@click.option("--unbounded", is_flag=True, help="Though nothing bounds what the slot holds back on the server.")
@click.option("--drop", is_flag=True, help="Give up the slot of a target that is received no more, and end.")
def receive(
    target: str | None, as_json: bool, config: Path | None, synchronous: bool, unbounded: bool, drop: bool
) -> int:
    """Stream the log into the archive, beside the archive command: a second is lost with the server, not a minute.

    It runs until it is ended (Ctrl-C or SIGTERM), and begins again by itself whatever ends a stream. Its role needs
    REPLICATION. The server keeps for it what it did not receive yet, up to max_slot_wal_keep_size; a server where that
    is not set is refused (exit 3), unless the role is a superuser, which sets it.
    """
    settings = options.settings(config)
    where = options.chosen(settings, target)
    if drop:
        gone = receiving.give_up(settings, where)
        slot = receiving.slot_of(where)
        told = f"dropped the slot {slot}" if gone else f"there is no slot {slot}"
        result(report.received(where.name, slot, dropped=gone), told, as_json=as_json)
        return 0
    ended: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: ended.append(number))
    wanted = receiving.Request(synchronous or where.receive == "synchronous", unbounded)
    found = receiving.receive(settings, where, wanted, progress(as_json=as_json), lambda: bool(ended))
    document = report.received(where.name, found.slot, archive=str(found.archive), streams=found.streams)
    result(document, f"ended; the slot {found.slot} keeps what is to come", as_json=as_json)
    return 0


@command.command("heartbeat")
@options.common
def heartbeat(target: str | None, as_json: bool, config: Path | None) -> int:
    """Write the heartbeat of a target, one row in the schema haulback.

    So that a quiet database too has a newest commit: its age in a recovered server is what a loss would have cost. The
    receiver and `haulback up` write it every targets.NAME.heartbeat.
    """
    settings = options.settings(config)
    where = options.chosen(settings, target)
    at = beating.beat(settings, where, "command")
    result(report.beaten(where.name, at), f"{where.name}: {at.isoformat()}", as_json=as_json)
    return 0


@command.command("list")
@options.common
def list_(target: str | None, as_json: bool, config: Path | None) -> int:
    """List recoveries of the whole cluster, with how far each came."""
    settings = options.settings(config)
    found = recoveries.restores_of(settings, options.chosen(settings, target)).all()
    result(recovery.listed(found), recovery.told_list(found), as_json=as_json)
    return 0
