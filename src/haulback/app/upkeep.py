"""Use case: start the embedded server, keep its schedules running, stop it again."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from haulback.app import api_keeper, receiving, served_api
from haulback.app.beating import Pulse
from haulback.app.receive_keeper import ReceiveKeeper
from haulback.app.scheduled import Keeper
from haulback.app.target import cluster
from haulback.clock import Clock
from haulback.errors import Exit, HaulbackError
from haulback.model.settings import Settings
from haulback.modules import scheduling
from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER, Cluster, Running
from haulback.pg.private_server import PrivateServer

_EVERY = 5.0  # seconds between two looks at the schedules
_API_PATIENCE = 15.0  # seconds for the API to be served
_PATIENCE = 10.0  # seconds for the worker to end


class WorkerRuns(HaulbackError):
    template = "another `haulback up` keeps this server: pid {pid}"
    hint_template = "Stop it with `haulback down`."
    exit_code = Exit.HELD


@dataclass(frozen=True, slots=True)
class Stopped:
    """What `down` found to stop."""

    worker: int | None
    clusters: tuple[str, ...]


def start(settings: Settings) -> Running:
    """Starts the embedded server unless it runs."""
    return cluster(settings).start()


def stop_server(settings: Settings) -> bool:
    """Stops the embedded server; whether it ran."""
    return cluster(settings).stop()


def detach(settings: Settings) -> int:
    """Leaves a worker behind that keeps the schedules; returns its process id."""
    known = _worker(settings)
    if known is not None:
        return known
    log = settings.home / "worker.log"
    with log.open("ab") as output:
        os.fchmod(output.fileno(), 0o600)  # mails to users of development targets are in it, with their links
        process = subprocess.Popen(
            [sys.executable, "-m", "haulback", "up", "--worker"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=settings.root,
            start_new_session=True,
        )
    return process.pid


def keep(
    settings: Settings,
    clock: Clock,
    ended: Callable[[], bool],
    begun: Callable[[], None] = lambda: None,
) -> None:
    """Runs what is due, and serves the API, until `ended` says so. One process at a time.

    Args:
        settings: of the project.
        clock: for the schedules.
        ended: asked again and again.
        begun: told once the API is served, or could not be.

    Raises:
        WorkerRuns: there is one already.
    """
    path = _pid_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkerRuns(pid=_written(path)) from None
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        last: dict[scheduling.Job, datetime] = {}
        since = clock.now()
        api = api_keeper.keeper(settings)
        backups = Keeper(settings, clock) if settings.backups.schedule else None
        receiver, pulse = _of_the_log(settings, clock)
        try:
            api.look()
            begun()
            while not ended():
                api.look()
                with suppress(psycopg.Error, HaulbackError):  # the server may be down for a moment; the next look tells
                    _look(settings, clock, last, since)
                with suppress(HaulbackError):  # so may the store
                    if backups:
                        backups.look()
                with suppress(psycopg.Error, HaulbackError):
                    if receiver:
                        receiver.look()
                if pulse:
                    pulse.look()
                for _ in range(int(_EVERY / 0.1)):
                    if ended():
                        return
                    clock.sleep(0.1)
        finally:
            if receiver:
                receiver.end()
            api.end()
            if backups:
                backups.end()


def _of_the_log(settings: Settings, clock: Clock) -> tuple[ReceiveKeeper | None, Pulse | None]:
    """What sees to the log of the embedded server: its receiver, and the heartbeat where no receiver writes it."""
    embedded = [one for one in settings.targets.values() if one.embedded]
    received = [one for one in embedded if one.receive != "off"]
    if received:
        return ReceiveKeeper(settings, received[0], clock), None
    if embedded:
        return ReceiveKeeper(settings, embedded[0], clock), Pulse(settings, embedded[0], "up", clock)
    return None, None


def api(settings: Settings, worker: int) -> str | None:
    """Where the worker that was left behind serves the API, once it does; None where it does not in time."""
    if not api_keeper.wanted(settings):
        return None
    deadline = time.monotonic() + _API_PATIENCE
    while (found := served_api.url(settings)) is None and served_api.lives(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def stop(settings: Settings) -> Stopped:
    """Stops the worker, the embedded server, the shadows of this project, and recovered servers left running."""
    worker = _worker(settings)
    if worker is not None:
        os.kill(worker, signal.SIGTERM)
        deadline = time.monotonic() + _PATIENCE
        while _worker(settings) is not None and time.monotonic() < deadline:
            time.sleep(0.05)
    for target in settings.targets.values():
        if target.embedded:  # a worker that was killed leaves it behind
            receiving.end(settings, target)
    folder = settings.home / "clusters"
    names = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    found = binaries.embedded()
    stopped = tuple(name for name in names if Cluster(settings.home, name, found).stop())
    private = tuple(name for name in _private(settings) if _stopped(settings.home.absolute() / name))
    return Stopped(worker, stopped + private)


def _private(settings: Settings) -> list[str]:
    """Folders of private servers below the home: one is left running for a look, or by a process that was killed."""
    home = settings.home.absolute()
    below = ("drills/*", "proofs/*", "restores/*/*", "clusters/*/restores/*")
    return sorted(str(data.parent.relative_to(home)) for one in below for data in home.glob(f"{one}/data"))


def _stopped(folder: Path) -> bool:
    server = PrivateServer(folder, binaries.embedded(), SUPERUSER)
    ran = server.running() is not None
    server.stop()
    return ran


def _look(settings: Settings, clock: Clock, last: dict[scheduling.Job, datetime], since: datetime) -> None:
    running = cluster(settings).status().running
    if running is None:
        return
    with _session(running, SUPERUSER) as operator:
        now = clock.now()
        for job in scheduling.jobs(operator):
            if scheduling.due(job, last.get(job, since), now):
                last[job] = now
                with _session(running, job.user) as connection:
                    scheduling.run(connection, operator, job, now)


def _session(running: Running, user: str) -> psycopg.Connection:
    return psycopg.connect(running.conninfo(user=user), autocommit=True, application_name="haulback schedules")


def _worker(settings: Settings) -> int | None:
    """The process id of a living worker: it holds a lock on its file, which a dead one cannot."""
    path = _pid_file(settings)
    if not path.exists():
        return None
    with path.open("r+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return _written(path)
    return None


def _written(path: Path) -> int | None:
    text = path.read_text(encoding="ascii").strip()
    return int(text) if text.isdigit() else None


def _pid_file(settings: Settings) -> Path:
    return settings.home / "worker.pid"
