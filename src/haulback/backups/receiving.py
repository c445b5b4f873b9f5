"""Streams the log of a server into the archive through pg_receivewal and a replication slot.

It goes into a folder of its own (see `wal.RECEIVED`). A stream that cannot go on where that folder ends (the slot was
given up, the server was taken back to an earlier moment) leaves the folder under another name, and begins a new one:
what was received stays a part of the archive, and the hole between is seen like every other.
"""

from __future__ import annotations

import filecmp
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from haulback.backups import wal
from haulback.backups.cluster_errors import ArchiveUnreachable, NoBinariesFor
from haulback.backups.receive_errors import (
    ArchiveNotWritable,
    ArchiveOfAnother,
    MayNotReceive,
    SlotTaken,
    SlotUnbounded,
)
from haulback.clock import Clock
from haulback.model.archiving import ReceiverSlot
from haulback.model.target import Target
from haulback.model.wal import FileKind
from haulback.pg import binaries, postmaster
from haulback.pg.binaries import Binaries
from haulback.pg.cluster_folder import sync_folder
from haulback.pg.os_user import server_user
from haulback.pg.queries import queries

BOUND = "4GB"
_SQL = queries("haulback.backups", "sql/receiving.sql")
_LONGEST_NAME = 63
_MEGABYTE = 1024**2
_PATIENCE = 10.0  # seconds for a process to end
_SETTLED = 3600.0  # seconds; younger duplicates stay, since a recovery that begins may have chosen them
# The server has no such log to give, however often it is asked.
_BROKEN = re.compile(
    r"already been removed|can no longer|invalidated|not in this server's history|ahead of the WAL flush position"
)
# libpq alone notices a connection that died without a word; pg_receivewal waits for ever.
_ALIVE = {
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "connect_timeout": "10",
}


@dataclass(frozen=True)
class Source:
    """A server whose log is received.

    Attributes:
        slot: its name.
        binaries: of its major version.
        system: identifier of the cluster.
        password: that the session used, wherever libpq had found it; None where it needed none.
    """

    target: Target
    slot: str
    binaries: Binaries
    system: str
    password: str | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was found before a stream begins.

    Attributes:
        broken: whether the slot had been given up, so that the stream begins anew.
        bounded: whether we set the bound of slots.
    """

    source: Source
    broken: bool = False
    bounded: bool = False


def slot_of(target: Target) -> str:
    """The slot of a target, on its server."""
    name = "".join(one if one.isascii() and one.isalnum() else "_" for one in target.name.lower())
    return f"haulback_{name}"[:_LONGEST_NAME]


def application_of(archive: Path) -> str:
    """Who we are to the server: one name an archive, by which a receiver finds what an earlier one left behind."""
    key = hashlib.sha256(f"{os.uname().nodename}:{archive.absolute()}".encode()).hexdigest()[:10]
    return f"haulback/receive/{key}"


def prepare(
    connection: psycopg.Connection, target: Target, archive: Path, clock: Clock, *, unbounded: bool = False
) -> Prepared:
    """Sees to the slot, and refuses what would go wrong.

    Args:
        connection: in autocommit; REPLICATION is all that its role needs.
        target: whose log it is.
        archive: the folder.
        clock: to wait with.
        unbounded: receive though nothing bounds what the slot holds back.

    Raises:
        MayNotReceive, SlotUnbounded, SlotTaken, NoBinariesFor, ArchiveOfAnother: see their hints.
    """
    row = connection.execute(_SQL["facts"]).fetchone()
    assert row is not None  # noqa: S101 - we are a role
    superuser, may, bound, system, major = row
    if not may:
        raise MayNotReceive(target=target.name, reason="it has no REPLICATION")
    found = binaries.for_major(major)
    if found is None:
        raise NoBinariesFor(major=major)
    _require_same(target, archive, system)
    slot = slot_of(target)
    bounded = bound < 0 and superuser and not unbounded
    if bounded:
        connection.execute(sql.SQL("alter system set max_slot_wal_keep_size = {}").format(sql.Literal(BOUND)))
        connection.execute("select pg_catalog.pg_reload_conf()")
    elif bound < 0 and not unbounded:
        raise SlotUnbounded(target=target.name, slot=slot)
    broken = _made(connection, target, slot, application_of(archive), clock)
    return Prepared(Source(target, slot, found, system, connection.info.password or None), broken, bounded)


def slot(connection: psycopg.Connection, target: Target) -> ReceiverSlot | None:
    """The slot of a target as the server has it; None where there is none."""
    name = slot_of(target)
    row = connection.execute(_SQL["slot"], {"slot": name}).fetchone()
    if row is None:
        return None
    facts = connection.execute(_SQL["facts"]).fetchone()
    bound = int(facts[2]) if facts else -1
    return ReceiverSlot(name, row[0] is not None, row[3], row[2], bound * _MEGABYTE if bound >= 0 else None)


def drop(connection: psycopg.Connection, target: Target, archive: Path, clock: Clock) -> bool:
    """Gives the slot up, so that it holds nothing back; whether there was one.

    Raises:
        SlotTaken: somebody else streams from it.
    """
    slot = slot_of(target)
    if connection.execute(_SQL["slot"], {"slot": slot}).fetchone() is None:
        return False
    _let_go(connection, target, slot, application_of(archive), clock)
    connection.execute(_SQL["drop"], {"slot": slot})
    return True


def folder_of(archive: Path) -> Path:
    """Makes the folder that is received into, for whoever writes there, and clears what would keep it from that.

    Raises:
        ArchiveNotWritable: it cannot be.
    """
    folder = archive / wal.RECEIVED
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        server_user().own(folder)
        for left in folder.glob("*.partial"):
            _mend(archive, left)
    except OSError as error:
        raise ArchiveNotWritable(archive=archive, reason=error.strerror or str(error)) from error
    return folder


def _mend(archive: Path, left: Path) -> None:
    """Gives a segment that was begun the length that pg_receivewal insists on.

    Killed, or out of room, while it filled a new one with zeros, it leaves a shorter one: there is no log in it yet.
    One that was cut is written anew from its beginning.
    """
    file = wal.look_at(archive, left.relative_to(archive).as_posix())
    if file and not file.written:
        left.unlink()
    elif file and file.size < file.segment_size:
        os.truncate(left, file.segment_size)


def begin_anew(archive: Path) -> Path | None:
    """Puts what was received aside, within the archive: the stream cannot go on from there. None where nothing was.

    One rename: killed before or after it, the next stream meets one state or the other.
    """
    folder = archive / wal.RECEIVED
    if not folder.is_dir() or not any(folder.iterdir()):
        return None
    taken = {one.name for one in wal.received(archive)}
    number = next(one for one in range(1, len(taken) + 2) if f"{wal.RECEIVED}.{one}" not in taken)
    aside = folder.rename(archive / f"{wal.RECEIVED}.{number}")
    sync_folder(archive)
    return aside


def is_broken(said: str) -> bool:
    """Whether the server cannot give what comes next, by the words of pg_receivewal."""
    return _BROKEN.search(said) is not None


@contextmanager
def streaming(
    source: Source, archive: Path, folder: Path, *, synchronous: bool
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """Runs pg_receivewal, and ends it after the block; with it, what it says."""
    parameters = dict(source.target.parameters) | _ALIVE | {"application_name": application_of(archive)}
    command: list[str | Path] = [
        source.binaries.program("pg_receivewal"), "--directory", folder, f"--slot={source.slot}",
        "--no-loop", "--no-password", "--status-interval=1", *(["--synchronous"] if synchronous else []),
        "--dbname", make_conninfo("", **parameters),
    ]  # fmt: skip
    # The password goes through the environment: a command line can be read by every user of the machine.
    secret = {"PGPASSWORD": source.password} if source.password else {}
    kept = {name: os.environ[name] for name in ("HOME", "PGSSLROOTCERT") if name in os.environ}
    # As whoever archives: a recovery must read both, and so must the server when it compares.
    told = server_user().command(command, [folder, source.binaries.share_dir])
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            told, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, cwd="/",
            env=postmaster.environment() | kept | secret,
        )  # fmt: skip
        try:
            yield process, said
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends pg_receivewal; what it had written stays, and the next one goes on there."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def tidy(archive: Path, now: float) -> list[str]:
    """Removes what was received and is in the archive too, byte for byte and since an hour.

    Args:
        archive: the folder.
        now: seconds since the epoch, by the clock of its file system.

    Returns:
        Names of segments of which the archive holds another one: nothing of those is removed.
    """
    different = []
    for folder in wal.received(archive):
        in_use = folder.name == wal.RECEIVED
        whole = sorted(one for one in folder.iterdir() if len(one.name) == _SEGMENT_NAME)
        # pg_receivewal goes on behind the newest of them.
        for path in whole[:-1] if in_use else whole:
            if _is_settled(archive / path.name, now):
                if filecmp.cmp(path, archive / path.name, shallow=False):
                    path.unlink()
                else:
                    different.append(path.name)
        if not in_use:
            for path in folder.glob("*.partial"):
                if _is_settled(archive / path.stem, now):
                    path.unlink()
            if not any(folder.iterdir()):
                shutil.rmtree(folder)
    return different


_SEGMENT_NAME = 24


def _is_settled(path: Path, now: float) -> bool:
    try:
        return now - path.stat().st_mtime > _SETTLED
    except FileNotFoundError:
        return False


def _require_same(target: Target, archive: Path, system: str) -> None:
    try:
        found = wal.read(archive)
    except ArchiveUnreachable as failure:
        raise ArchiveNotWritable(archive=archive, reason=failure.fields["reason"]) from failure
    others = [one for one in (*found.segments.values(), *found.partials.values()) if one.kind is not FileKind.STRANGE]
    if others and all(one.system != system for one in others):
        raise ArchiveOfAnother(target=target.name, archive=archive, found=others[-1].system, wanted=system)


def _made(connection: psycopg.Connection, target: Target, slot: str, ours: str, clock: Clock) -> bool:
    """Makes the slot where there is none; whether one had to be made anew that the server had given up."""
    row = connection.execute(_SQL["slot"], {"slot": slot}).fetchone()
    if row is not None:
        _let_go(connection, target, slot, ours, clock)
        if row[2] != "lost":
            return False
        connection.execute(_SQL["drop"], {"slot": slot})
    connection.execute(_SQL["make"], {"slot": slot})
    return row is not None


def _let_go(connection: psycopg.Connection, target: Target, slot: str, ours: str, clock: Clock) -> None:
    """Ends the stream that a receiver of ours left behind: it was killed, or its connection died unnoticed."""
    deadline = clock.monotonic() + _PATIENCE
    while True:
        row = connection.execute(_SQL["slot"], {"slot": slot}).fetchone()
        if row is None or row[0] is None:
            return
        if row[1] != ours or clock.monotonic() > deadline:
            raise SlotTaken(target=target.name, slot=slot, who=row[1] or f"server process {row[0]}")
        try:
            connection.execute(_SQL["end"], {"pid": row[0]})
        except psycopg.errors.InsufficientPrivilege:
            raise SlotTaken(target=target.name, slot=slot, who=f"{row[1]}, by another role") from None
        clock.sleep(0.1)
