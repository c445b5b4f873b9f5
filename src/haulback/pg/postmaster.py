"""One server process on one data folder: its pid file, starting it, stopping it, and what a crash left."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from haulback.errors import HaulbackError
from haulback.pg import processes

StopMode = Literal["smart", "fast", "immediate"]
_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
_POLL_SECONDS = 0.01
_ORPHAN_SECONDS = 2.0
_PID_FILE_LINES = 8
_LOG_LINES = 8
_TELLING = ("FATAL", "PANIC", "HINT", "invalid", "could not", "unrecognized")


class ClusterDidNotStart(HaulbackError):
    template = "the PostgreSQL server on {data} did not start: {reason}"
    hint_template = "Its log is {log}."


class ClusterDidNotStop(HaulbackError):
    template = "the PostgreSQL server with pid {pid} did not stop within {seconds:.0f} s"
    hint_template = "Look for a client that holds it up, or stop it with mode immediate."


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What a running server wrote into postmaster.pid."""

    pid: int
    port: int
    socket_dir: Path | None
    ready: bool


def read(data: Path) -> Postmaster | None:
    """The server that runs on `data`, or None; a pid file that a crash left behind is none."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not lines or not lines[0].strip().isdigit():
        return None
    pid = int(lines[0])
    # The pid may belong to somebody else by now.
    if not processes.is_alive(pid) or not processes.works_in(pid, data):
        return None
    whole = len(lines) >= _PID_FILE_LINES
    return Postmaster(
        pid=pid,
        port=int(lines[3]) if whole else 0,
        socket_dir=Path(lines[4]) if whole and lines[4] else None,
        ready=whole and lines[7].strip() == "ready",
    )


def answers(socket_dir: Path, port: int) -> bool:
    """Whether something listens on the server's socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            client.connect(str(socket_dir / f".s.PGSQL.{port}"))
        except OSError:
            return False
    return True


def launch(
    command: Sequence[str], data: Path, log: Path, seconds: float, meanwhile: Callable[[], None] = lambda: None
) -> Postmaster:
    """Starts the server and waits until it accepts connections.

    Args:
        command: `postgres -D …`, with what it takes to run it as its OS user.
        data: its data folder.
        log: file that its output is appended to.
        seconds: how long to wait; crash recovery counts.
        meanwhile: called now and then.

    Raises:
        ClusterDidNotStart: it ended, or was not ready in time.
    """
    before = log.stat().st_size if log.exists() else 0
    # The shell in between makes the server nobody's child: it outlives us, and nobody has to reap it. In a
    # session of its own it gets none of our terminal's signals.
    script = 'log=$1; shift; "$@" </dev/null >>"$log" 2>&1 & echo $!'
    started = subprocess.run(
        ["/bin/sh", "-c", script, "sh", str(log), *command],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True, text=True,
        start_new_session=True, cwd="/", env=environment(),
    )  # fmt: skip
    pid = int(started.stdout)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = read(data)
        if found and found.pid == pid and found.ready and found.socket_dir:
            if answers(found.socket_dir, found.port):
                return found
        elif not processes.is_alive(pid):
            raise ClusterDidNotStart(data=data, log=log, reason=_reason(log, before))
        meanwhile()
        time.sleep(_POLL_SECONDS)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGQUIT)
    raise ClusterDidNotStart(data=data, log=log, reason=f"not ready after {seconds:.0f} s")


def reload(server: Postmaster) -> None:
    """Has a server read its settings again, which wakes its checkpointer.

    After a clean start that one went to sleep before recovery was over, when archive_timeout did not count yet: for the
    first checkpoint_timeout (5 min) no segment would be archived for its age.
    """
    with suppress(ProcessLookupError):
        os.kill(server.pid, signal.SIGHUP)


def environment() -> dict[str, str]:
    """The environment of PostgreSQL's programs: nothing of ours that would change what they do."""
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "LD_LIBRARY_PATH", "TMPDIR"}}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def boot() -> str:
    """Tells one run of this machine from the next; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def stop(server: Postmaster, data: Path, mode: StopMode, seconds: float) -> None:
    """Stops a server and waits until it is gone.

    Raises:
        ClusterDidNotStop: it is still there after `seconds`.
    """
    with suppress(ProcessLookupError):
        os.kill(server.pid, _SIGNALS[mode])
    deadline = time.monotonic() + seconds
    while processes.is_alive(server.pid) and processes.works_in(server.pid, data):
        if time.monotonic() > deadline:
            raise ClusterDidNotStop(pid=server.pid, seconds=seconds)
        time.sleep(_POLL_SECONDS)


def clear_remains(data: Path) -> None:
    """Makes `data` startable after the server was killed; call only when `read` found none.

    The children of a killed server leave once they notice, but one that computes notices late, and while it
    is attached to the shared memory no new server starts. They cannot commit any more: the server that would
    have to flush for them is gone with its locks.
    """
    started = time.monotonic()
    while (orphans := processes.all_in(data)) and time.monotonic() < started + 2 * _ORPHAN_SECONDS:
        if time.monotonic() > started + _ORPHAN_SECONDS:
            for pid in orphans:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(_POLL_SECONDS)
    # PostgreSQL would take the file's pid for a living server if another process has that pid today.
    (data / "postmaster.pid").unlink(missing_ok=True)


def _reason(log: Path, start: int) -> str:
    try:
        with log.open("rb") as file:
            file.seek(start)
            lines = file.read().decode(errors="replace").strip().splitlines()
    except OSError:
        return "it left no log"
    told = [line for line in lines if any(word in line for word in _TELLING)]
    return " / ".join((told or lines)[-_LOG_LINES:]) or "it left no log"
