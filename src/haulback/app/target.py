"""Finds the target that a command means, and the server behind it where that is ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from haulback.app import served_api
from haulback.config.choosing import named
from haulback.errors import HaulbackError
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER, Cluster, Running

MAIN = "main"


class EmbeddedDown(HaulbackError):
    template = "the embedded server of {target} does not run"
    hint_template = "Start it with `haulback up --detach`."


def cluster(settings: Settings) -> Cluster:
    """The embedded server of this project."""
    return Cluster(settings.home, MAIN, binaries.embedded())


def opened(settings: Settings, name: str | None, *, start: bool = True) -> Target:
    """The target with an address: an embedded one is started where it does not run.

    Args:
        settings: of the project.
        name: of the target, or None for the default.
        start: false for commands that only look; they get EmbeddedDown instead.
    """
    target = named(settings, name)
    if not target.embedded:
        return target
    server = cluster(settings)
    running = server.start() if start else server.status().running
    if running is None:
        raise EmbeddedDown(target=target.name)
    return replace(
        target,
        parameters=_parameters(running, target),
        api_url=target.api_url or served_api.url(settings),
    )


def operator(settings: Settings, target: Target) -> Callable[[], psycopg.Connection] | None:
    """How to open a session as the operator of an embedded server; None for every other target."""
    if not target.embedded:
        return None

    def connect() -> psycopg.Connection:
        running = cluster(settings).start()
        return psycopg.connect(running.conninfo(user=SUPERUSER), autocommit=True, application_name="haulback operator")

    return connect


def local_directories(settings: Settings, target: Target) -> tuple[Path, ...]:
    """The folders whose file systems a deployment to an embedded target writes to."""
    if not target.embedded:
        return (settings.home,)
    folder = cluster(settings).folder
    return tuple(path for path in (folder.data, folder.archive, settings.home) if path.exists())


def _parameters(running: Running, target: Target) -> dict[str, str]:
    address = {key: str(value) for key, value in conninfo_to_dict(running.conninfo()).items() if value is not None}
    return {**address, **{key: value for key, value in target.parameters.items() if key not in {"host", "port"}}}
