"""Where the recoveries of a target lie, and how its archive and its server are reached."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

from haulback.app import target as targets
from haulback.backups.cluster_errors import NoArchive, NoBinariesFor, RecoveryRuns
from haulback.backups.restores import Restores
from haulback.model.cluster_restore import ClusterRestore
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg import binaries, control
from haulback.pg.cluster import SUPERUSER, Running
from haulback.pg.control import ControlUnreadable
from haulback.pg.private_server import PrivateServer


def archive_of(settings: Settings, target: Target) -> Path:
    """The folder that the WAL of a target is archived in.

    Raises:
        NoArchive: nothing says where.
    """
    if target.embedded:
        return targets.cluster(settings).folder.archive
    if target.archive is None:
        raise NoArchive(target=target.name)
    return Path(target.archive)


def restores_of(settings: Settings, target: Target) -> Restores:
    """The restores of a target: those of an embedded one lie beside its data, so that they can be exchanged."""
    if target.embedded:
        return Restores(targets.cluster(settings).folder.path / "restores")
    return Restores(settings.home.absolute() / "restores" / quote(target.name, safe=""))


def server_of(kept: Restores, restore: ClusterRestore) -> PrivateServer:
    return PrivateServer(kept.place(restore.id), binaries_of(restore), restore.superuser)


def binaries_of(restore: ClusterRestore) -> binaries.Binaries:
    found = binaries.for_major(restore.major)
    if found is None:
        raise NoBinariesFor(major=restore.major)
    return found


def operator_of(running: Running) -> psycopg.Connection:
    return psycopg.connect(running.conninfo(user=SUPERUSER), autocommit=True, application_name="haulback operator")


@contextmanager
def alone(kept: Restores, target: Target) -> Iterator[None]:
    kept.folder.mkdir(parents=True, exist_ok=True, mode=0o711)
    with (kept.folder / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RecoveryRuns(target=target.name) from None
        yield


def at_rest(settings: Settings) -> tuple[str, int]:
    """Identifier and timeline of the embedded cluster while it is stopped; nothing where it is gone."""
    try:
        found = control.read(binaries.embedded(), targets.cluster(settings).folder.data)
    except ControlUnreadable:
        return "", 0
    return found.system, found.timeline
