"""Several workers on one address: forked from one process, which replaces those that die."""

from __future__ import annotations

import os
import signal
import socket
import time
from dataclasses import dataclass
from types import FrameType

from haulback.errors import HaulbackError
from haulback.gateway.http.accepting import Loads
from haulback.gateway.worker import Serving, work

_TOO_SOON = 5.0  # seconds within which a worker that fails has failed to start


class AddressTaken(HaulbackError):
    template = "cannot listen on {host}:{port}: {reason}"
    hint_template = "Choose another with --port, or stop what listens there."


class WorkerFailed(HaulbackError):
    template = "the workers of the API could not start"
    hint_template = "The lines above say why."


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; all workers take connections from it.

    Raises:
        AddressTaken: it cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(1024)
    except (OSError, OverflowError) as refused:
        listening.close()
        reason = getattr(refused, "strerror", None) or str(refused)
        raise AddressTaken(host=host, port=port, reason=reason) from refused
    listening.settimeout(0)  # accepting is the loop's to wait for
    return listening


def serve(listening: socket.socket, serving: Serving, workers: int) -> None:
    """Runs workers until SIGTERM or SIGINT, then waits for them.

    Raises:
        WorkerFailed: one ended before it could serve.
    """
    if workers == 1:
        work(listening, serving)
        return
    _Crew(listening, serving, workers).run()


@dataclass(frozen=True)
class _Worker:
    place: int
    born: float


class _Crew:
    def __init__(self, listening: socket.socket, serving: Serving, size: int) -> None:
        self._listening = listening
        self._serving = serving
        self._size = size
        self._loads = Loads(size)
        self._workers: dict[int, _Worker] = {}
        self._ending = False
        # Nobody writes into it: a worker sees its end when this process is gone, and does not outlive it on its port.
        self._alive = os.pipe()

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        for place in range(self._size):
            self._fork(place)
        failed = False
        while self._workers:
            try:
                process, status = os.wait()
            except InterruptedError:
                continue
            except ChildProcessError:
                break
            worker = self._workers.pop(process, None)
            if worker is None or self._ending:
                continue
            # One that somebody killed is replaced; one that ended by itself at once will do so again.
            if os.waitstatus_to_exitcode(status) > 0 and time.monotonic() - worker.born < _TOO_SOON:
                failed = True
                self._end(signal.SIGTERM, None)
                continue
            self._serving.tell(f"worker {process} ended; another takes its place")
            self._loads.leave(worker.place)
            self._fork(worker.place)
        if failed:
            raise WorkerFailed

    def _fork(self, place: int) -> None:
        process = os.fork()
        if process:
            self._workers[process] = _Worker(place, time.monotonic())
            return
        code = 1
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            reading, writing = self._alive
            os.close(writing)
            work(self._listening, self._serving, reading, self._loads, place)
            code = 0
        except Exception as failure:  # noqa: BLE001 - the parent is told by the exit code, the reader by this line
            self._serving.tell(str(failure))
        finally:
            os._exit(code)  # what the parent set up is not this process's to take down

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._ending = True
        for process in self._workers:
            os.kill(process, signal.SIGTERM)
