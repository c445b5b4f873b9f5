"""Steady writes while the log is received and one thing after another breaks: what would be lost, second by second.

A writer commits numbered rows and notes each that was acknowledged. Beside it the archive alone is read, as a recovery
would read it. In the end the server is lost, and what comes back is held against what was acknowledged.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

import psycopg
from receiver import Receiver, again, lose, newest_in
from recovery_ground import Ground

from haulback.backups import wal
from haulback.backups.wal import Archive
from haulback.errors import HaulbackError
from haulback.model.aim import Aim, AimKind

RATE = 20  # commits a second
LIMIT = 900.0  # seconds of writes that may be lost
_PATIENCE = 120.0


@dataclass(frozen=True)
class Acknowledged:
    """A row whose commit the server confirmed."""

    number: int
    xid: int


@dataclass
class Soak:
    """One run.

    Attributes:
        acknowledged: the newest row.
        lost: seconds that would have been lost, look by look.
    """

    ground: Ground
    receiver: Receiver | None
    acknowledged: Acknowledged | None = None
    lost: list[float] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def begin(self) -> None:
        with self.ground.connect() as connection:
            connection.execute("create table if not exists oracle (n integer primary key, filler text)")
        for work in (self._write, self._watch):
            self._threads.append(threading.Thread(target=work, daemon=True))
            self._threads[-1].start()

    def end(self) -> None:
        self._over.set()
        for one in self._threads:
            one.join(60)
            assert not one.is_alive()

    def catches_up(self) -> None:
        """Waits until everything that is acknowledged by now is in the archive."""
        wanted = self.acknowledged
        deadline = monotonic() + _PATIENCE
        while wanted and ((found := self._newest(self._archive())) is None or found[0] < wanted.xid):
            assert monotonic() < deadline, f"row {wanted.number} never came; {self.receiver.said.notes[-3:]}"
            sleep(0.2)

    def recovered(self) -> tuple[list[int], int]:
        """The rows that come back when the server is lost now, and the newest that was acknowledged before."""
        lost = lose(self.ground)
        last = self.acknowledged
        return lost.recover(Aim(AimKind.LATEST)), last.number if last else 0

    def _write(self) -> None:
        number = 0
        while not self._over.is_set():
            with suppress(psycopg.Error), self.ground.connect() as connection:
                row = connection.execute("select max(n) from oracle").fetchone()
                number = int(row[0] or 0) if row else number  # a commit may be there though nobody heard of it
                while not self._over.is_set():
                    query = "insert into oracle values (%s, '') returning pg_current_xact_id()::text"
                    row = connection.execute(query, [number + 1]).fetchone()
                    number += 1
                    self.acknowledged = Acknowledged(number, int(row[0]) if row else 0)
                    sleep(1 / RATE)
            sleep(0.1)

    def _watch(self) -> None:
        while not self._over.is_set():
            begun = monotonic()
            archive = self._archive()
            # Both are taken after the archive was read: whatever was acknowledged until then and is not in it is lost.
            last, now = self.acknowledged, datetime.now(UTC)
            found = self._newest(archive)
            if last and found:
                xid, at = found
                self.lost.append(0.0 if xid >= last.xid else max(0.0, (now - at).total_seconds()))
            sleep(max(0.0, 1 - (monotonic() - begun)))

    def _archive(self) -> Archive | None:
        # A folder that is away comes back: what lies in it is not lost.
        for folder in (self.ground.archive, away(self.ground)):
            with suppress(HaulbackError):
                return wal.read(folder)
        return None

    def _newest(self, archive: Archive | None) -> tuple[int, datetime] | None:
        with suppress(HaulbackError):  # it went away meanwhile
            record = newest_in(self.ground, archive) if archive else None
            return (record.xid, record.at) if record and record.at else None
        return None


Fault = Callable[[Soak, float], None]


def away(ground: Ground) -> Path:
    return ground.archive.with_name("away")


def receiver_killed(soak: Soak, _seconds: float) -> None:
    with suppress(ProcessLookupError):
        os.kill(soak.receiver.program(), signal.SIGKILL)


def connection_cut(soak: Soak, _seconds: float) -> None:
    with soak.ground.connect() as connection:
        connection.execute("select pg_terminate_backend(pid) from pg_stat_replication")


def archive_away(soak: Soak, seconds: float) -> None:
    """Its folder is gone for a while, as a mount that fails; what streams into it has to be begun again."""
    receives = soak.receiver.program()
    soak.ground.archive.rename(away(soak.ground))
    try:
        with suppress(ProcessLookupError):
            os.kill(receives, signal.SIGKILL)
        sleep(seconds)
    finally:
        away(soak.ground).rename(soak.ground.archive)


def archive_closed(soak: Soak, seconds: float) -> None:
    """Nothing new can be put there for a while, as where it is full; what is open still grows."""
    folders = [soak.ground.archive, soak.ground.archive / "received"]
    modes = [one.stat().st_mode & 0o777 for one in folders]
    for one in folders:
        one.chmod(0o500)
    try:
        with soak.ground.connect() as connection:
            connection.execute("select pg_switch_wal()")
        sleep(seconds)
    finally:
        for one, mode in zip(folders, modes, strict=True):
            one.chmod(mode)


def server_restarted(soak: Soak, _seconds: float) -> None:
    soak.ground.cluster.stop()
    again(soak.ground)


def server_killed(soak: Soak, _seconds: float) -> None:
    lose(soak.ground)
    again(soak.ground)


FAULTS: tuple[Fault, ...] = (
    receiver_killed, connection_cut, archive_away, archive_closed, server_restarted, server_killed,
)  # fmt: skip
