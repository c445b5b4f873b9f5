"""Keeps the API of the embedded server served while `haulback up` runs, by a process that is begun anew if it dies."""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
from contextlib import suppress
from typing import IO

import psutil

from haulback.app import served_api
from haulback.model.api import ApiSettings
from haulback.model.settings import Settings
from haulback.model.target import Target

_PATIENCE = 15.0  # seconds until a new process listens, and until one ends


class ApiKeeper:
    """One process that serves; it ends by itself when we are gone, since it reads from a pipe that only we hold."""

    def __init__(self, settings: Settings, target: Target) -> None:
        self._settings, self._target = settings, target
        self._process: subprocess.Popen[bytes] | None = None
        self._port: int | None = None

    def look(self) -> None:
        """Begins it where it does not run."""
        if self._process is not None and self._process.poll() is None:
            return
        self._close()
        served_api.forget(self._settings)
        self._begin()

    def end(self) -> None:
        served_api.forget(self._settings)
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._close()

    def _begin(self) -> None:
        port = self._port if self._port is not None and _free(self._settings.api.host, self._port) else None
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "haulback", "serve", "--json", "--while-read"),
                *("--target", self._target.name, "--port", str(port or _port(self._settings.api))),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=self._settings.root,
            start_new_session=True,  # Ctrl-C is for us, and we end it
        )
        told = _told(self._process.stdout)
        if told is None:
            return  # it died, and said why where our own lines go; the next look tries again
        url, self._port = told
        with suppress(psutil.Error, OSError):
            served_api.write(self._settings, url, self._process.pid)

    def _close(self) -> None:
        if self._process is None:
            return
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        self._process = None


class Nothing:
    """Serves nothing."""

    def look(self) -> None: ...

    def end(self) -> None: ...


def wanted(settings: Settings) -> bool:
    """Whether there is an embedded target whose API is to be served."""
    return settings.api.serve and any(one.embedded for one in settings.targets.values())


def keeper(settings: Settings) -> ApiKeeper | Nothing:
    """What keeps the API of the embedded target served, if that is wanted."""
    embedded = [one for one in settings.targets.values() if one.embedded]
    return ApiKeeper(settings, embedded[0]) if wanted(settings) else Nothing()


def _told(stream: IO[bytes] | None) -> tuple[str, int] | None:
    """The address and port that it listens at, from its first line; None where it ends before, or takes too long."""
    if stream is None or not select.select([stream], [], [], _PATIENCE)[0]:
        return None
    try:
        told = json.loads(stream.readline())
        return str(told["url"]), int(told["port"])
    except (ValueError, KeyError, TypeError):
        return None


def _port(api: ApiSettings) -> int:
    """The port that is configured; any other where it is the usual one and taken, so that two projects can be up."""
    usual = ApiSettings().port
    return 0 if api.port == usual and not _free(api.host, api.port) else api.port


def _free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
            trial.listen()
        except OSError:
            return False
    return True
