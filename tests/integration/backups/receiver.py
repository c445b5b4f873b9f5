"""A receiver that runs beside a test, and what may happen to it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from recovery_ground import Ground, one

from haulback.app import receiving
from haulback.app.receiving import Request
from haulback.backups import reach, wal
from haulback.deploy.progress import Silent
from haulback.model.physical import Physical
from haulback.model.target import Target
from haulback.model.wal import Record
from haulback.pg import postmaster, processes

PATIENCE = 60.0


def until(wanted: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := wanted()):
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.02)
    return found


class Notes(Silent):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


class Receiver:
    """Receives in a thread from entering to leaving the block, and once it streams."""

    def __init__(self, ground: Ground, request: Request | None = None, target: Target | None = None) -> None:
        self.ground, self.request, self.target = ground, request or Request(), target or ground.target
        self.said = Notes()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._failure: BaseException | None = None

    def _run(self) -> None:
        try:
            receiving.receive(self.ground.settings, self.target, self.request, self.said, self._ended.is_set)
        except BaseException as failure:  # noqa: BLE001 - told by `__exit__`
            self._failure = failure

    def __enter__(self) -> Self:
        self._thread.start()
        until(lambda: self._failure or self.streams(), "a stream")
        if self._failure:
            raise self._failure
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        if self._failure and kind is None:
            raise self._failure

    def streams(self) -> bool:
        with self.ground.connect() as connection:
            named = "state = 'streaming' and application_name like 'haulback/receive/%'"  # a backup streams too
            return bool(one(connection, f"select count(*) from pg_stat_replication where {named}"))

    def program(self, other_than: int = 0) -> int:
        """The process of pg_receivewal, once there is one. Never 0: a signal to that would reach the tests too."""
        return int(until(lambda: [pid for pid in self._programs() if pid != other_than], "pg_receivewal")[0])

    def _programs(self) -> list[int]:
        folder = str(self.ground.archive / "received").encode()
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                words = (path / "cmdline").read_bytes().split(b"\0")
                if words[0].endswith(b"pg_receivewal") and folder in words:
                    found.append(int(path.name))
        return found


def newest(ground: Ground) -> Record | None:
    """The newest commit that is in the archive, by the archive alone."""
    return newest_in(ground, wal.read(ground.archive))


def newest_in(ground: Ground, found: wal.Archive) -> Record | None:
    """The newest commit that was in an archive when it was read."""
    backup = ground.shelf.all()[-1].backup
    assert backup
    since = Physical.of(backup).stop
    run = wal.run_from(found, found.newest_timeline, since)
    return reach.newest_commit(found, ground.cluster._binaries, found.newest_timeline, run, since)


def has_come(ground: Ground, number: int) -> None:
    """Waits until a row is in the archive."""
    wanted = int(ground.noted[number].xid)
    until(lambda: (found := newest(ground)) and found.xid >= wanted, f"row {number} in the archive")


def lose(ground: Ground) -> Ground:
    """The server dies as in a fire: nothing more is written, shipped or asked; what is left of it is the archive."""
    server = postmaster.read(ground.running.data_dir)
    assert server
    os.kill(server.pid, signal.SIGKILL)
    until(lambda: not processes.is_alive(server.pid), "its end")
    postmaster.clear_remains(ground.running.data_dir)
    return ground.with_archive(ground.archive)


def again(ground: Ground) -> None:
    """Starts the server again; where somebody took its port meanwhile, the target leads to the new one."""
    ground.running = ground.cluster.start()
    assert isinstance(ground.target.parameters, dict)
    ground.target.parameters.update(host=str(ground.running.socket_dir), port=str(ground.running.port))
