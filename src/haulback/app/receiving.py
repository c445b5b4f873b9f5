"""Use case: stream the log of a server into its archive, for as long as nobody ends it."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from haulback.app import recoveries
from haulback.app import target as targets
from haulback.app.beating import Pulse
from haulback.backups import receiving
from haulback.backups.receive_errors import ArchiveNotWritable, ReceiverRuns
from haulback.backups.receiving import Prepared
from haulback.clock import Clock, SystemClock
from haulback.deploy.progress import Progress
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.session import ConnectionFailed, connect

_POLL = 0.1
_LONGEST = 10.0  # seconds between two tries: each of them is as much that may be lost
_STEADY = 10.0  # seconds of streaming after which the next trouble is a new one
_TIDY = 600.0
_PATIENCE = 15.0  # seconds for a receiver to end


@dataclass(frozen=True)
class Request:
    """How to receive.

    Attributes:
        synchronous: have each write on disk at once, not only whole segments.
        unbounded: though nothing bounds what the slot holds back on the server.
    """

    synchronous: bool = False
    unbounded: bool = False


@dataclass
class Received:
    """What came of it."""

    slot: str
    archive: Path
    streams: int = 0


def receive(
    settings: Settings, target: Target, request: Request, progress: Progress, ended: Callable[[], bool],
    clock: Clock | None = None,
) -> Received:  # fmt: skip
    """Streams until `ended` says so; begins again, later and later, whatever ends a stream.

    Raises:
        ReceiverRuns: another process does.
        HaulbackError: it can never work: no REPLICATION, no bound of the slot, another cluster, no programs.
    """
    clock = clock or SystemClock()
    archive = recoveries.archive_of(settings, target)
    found = Received(receiving.slot_of(target), archive)
    waits = 1.0
    with _alone(settings, target):
        while not ended():
            begun = clock.monotonic()
            try:
                said = _streamed(settings, target, request, found, progress, ended, clock)
            except (ConnectionFailed, psycopg.Error, targets.EmbeddedDown, ArchiveNotWritable) as failure:
                said = str(failure).splitlines()[0]
            if ended():
                break
            waits = 1.0 if clock.monotonic() - begun > _STEADY else waits
            progress.note(f"{said or 'the stream ended'}; again in {waits:.0f} s")
            _rest(waits, ended, clock)
            waits = min(waits * 2, _LONGEST)
    return found


def end(settings: Settings, target: Target, clock: Clock | None = None) -> int | None:
    """Ends the process that receives for a target; its id, None where there was none."""
    clock = clock or SystemClock()
    found = receiver_of(settings, target)
    if found is not None:
        os.kill(found, signal.SIGTERM)
        deadline = clock.monotonic() + _PATIENCE
        while receiver_of(settings, target) == found and clock.monotonic() < deadline:
            clock.sleep(_POLL)
    return found


def receiver_of(settings: Settings, target: Target) -> int | None:
    """The process that receives for a target: it holds a lock on its file, which a dead one cannot."""
    try:
        with _lock(settings, target).open("r+") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                text = handle.read().strip()
                return int(text) if text.isdigit() else None
    except FileNotFoundError:
        pass
    return None


def slot_of(target: Target) -> str:
    """The replication slot of a target, on its server."""
    return receiving.slot_of(target)


def give_up(settings: Settings, target: Target, clock: Clock | None = None) -> bool:
    """Drops the slot of a target that is received no more; whether there was one.

    Raises:
        ReceiverRuns, SlotTaken: somebody streams from it.
    """
    archive = recoveries.archive_of(settings, target)
    with _alone(settings, target), _session(settings, target) as (connection, where):
        return receiving.drop(connection, where, archive, clock or SystemClock())


def _streamed(
    settings: Settings, target: Target, request: Request, found: Received, progress: Progress,
    ended: Callable[[], bool], clock: Clock,
) -> str:  # fmt: skip
    """One stream, until it ends; what was said of it."""
    archive = found.archive
    with _session(settings, target) as (connection, where):
        prepared = receiving.prepare(connection, where, archive, clock, unbounded=request.unbounded)
    _note(prepared, progress)
    if prepared.broken:
        _begin_anew(archive, progress)
    folder = receiving.folder_of(archive)
    with receiving.streaming(prepared.source, archive, folder, synchronous=request.synchronous) as (process, said):
        found.streams += 1
        progress.note(f"receive from the slot {prepared.source.slot} into {folder}")
        tidied = clock.monotonic() - _TIDY
        pulse, told_before = Pulse(settings, target, "receiver", clock), ""
        while process.poll() is None and not ended():
            if (problem := pulse.look()) and problem != told_before:
                told_before = problem
                progress.note(f"the stream goes on, but {problem}")
            if clock.monotonic() - tidied >= _TIDY:
                tidied = clock.monotonic()
                _tidy(archive, progress)
            clock.sleep(_POLL)
        if ended():
            return ""
        said.seek(0)
        told = said.read().decode(errors="replace")
    if receiving.is_broken(told):
        _begin_anew(archive, progress)
    lines = [line.partition("error: ")[2] for line in told.splitlines() if "error: " in line]
    return lines[0] if lines else ""


def _note(prepared: Prepared, progress: Progress) -> None:
    if prepared.bounded:
        progress.note(f"set max_slot_wal_keep_size to {receiving.BOUND}: so much a slot may hold back")
    if prepared.broken:
        progress.note(f"the server had given up the slot {prepared.source.slot}; it was made anew")


def _begin_anew(archive: Path, progress: Progress) -> None:
    try:
        aside = receiving.begin_anew(archive)
    except OSError as error:
        raise ArchiveNotWritable(archive=archive, reason=error.strerror or str(error)) from error
    if aside is not None:
        progress.note(f"the stream cannot go on from what was received; that stays in {aside}")


def _tidy(archive: Path, progress: Progress) -> None:
    try:
        different = receiving.tidy(archive, time.time())
    except OSError as error:
        raise ArchiveNotWritable(archive=archive, reason=error.strerror or str(error)) from error
    for name in different:
        progress.note(f"{name} was received with other bytes than were archived: somebody else writes there")


def _rest(seconds: float, ended: Callable[[], bool], clock: Clock) -> None:
    until = clock.monotonic() + seconds
    while clock.monotonic() < until and not ended():
        clock.sleep(_POLL)


@contextmanager
def _session(settings: Settings, target: Target) -> Iterator[tuple[psycopg.Connection, Target]]:
    """A session, and the target with the address that it has now: an embedded one may move when it is restarted."""
    where = targets.opened(settings, target.name, start=False) if target.embedded else target
    with connect(where, "haulback/receiver") as connection:
        yield connection, where


@contextmanager
def _alone(settings: Settings, target: Target) -> Iterator[None]:
    """Holds a lock that goes with the process, however that ends."""
    file = _lock(settings, target)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ReceiverRuns(target=target.name) from None
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def _lock(settings: Settings, target: Target) -> Path:
    return settings.home / "receive" / f"{quote(target.name, safe='')}.lock"
