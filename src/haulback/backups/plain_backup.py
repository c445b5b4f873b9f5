"""Runs pg_basebackup into a folder that bears another name until everything in it is there."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from psycopg.conninfo import make_conninfo

from haulback.backups import base_errors, cluster_locks, manifest
from haulback.backups.cluster_errors import NoBinariesFor, ServerFailed
from haulback.backups.cluster_locks import UNFINISHED
from haulback.backups.cluster_manifest import ClusterManifest
from haulback.backups.data_folder import DATA
from haulback.backups.engines._engine import Taking
from haulback.backups.errors import StoreFull
from haulback.backups.naming import new_id
from haulback.backups.server_facts import Facts, ended
from haulback.model.backup import Backup, BackupKind, StoredFile
from haulback.pg import binaries, control, postmaster
from haulback.pg.cluster_folder import sync_folder

_PROGRESS = re.compile(r"(\d+)/(\d+) kB")
_FULL = re.compile(r"No space left|Disk quota")
_PIECE = 1024 * 1024


def take(taking: Taking, folder: Path, kind: BackupKind, told: Facts, parent: Backup | None = None) -> Backup:
    """Takes a backup of the whole cluster.

    The folder gets its name when every byte of it is synced, and its manifest after that: killed at any moment,
    what is left is either no backup by its name, or one without a manifest, which the list calls unfinished.

    Args:
        taking: where to.
        folder: of the shelf.
        kind: whole, or what changed since the parent.
        told: by the server.
        parent: that an incremental one builds on; a plain one.

    Raises:
        BackupRuns: another one is being taken.
        NoBinariesFor, MayNotReplicate, PagesDamaged, StoreFull, StoreUnreachable, ServerFailed: no backup was made.
    """
    found = binaries.for_major(told.major)
    if found is None:
        raise NoBinariesFor(major=told.major)
    with cluster_locks.alone(taking.shelf), cluster_locks.told(folder):
        id_ = new_id(told.began_at, kind)
        unfinished = folder / f"{id_}{UNFINISHED}"
        unfinished.mkdir(mode=0o700)
        try:
            since = folder / parent.id / DATA / "backup_manifest" if parent else None
            _run(taking, found, unfinished / DATA, id_, since)
            moment = ended(taking, told)
            described = _described(taking, kind, told, found, id_, unfinished / DATA, moment, parent)
            sync_folder(unfinished)
            unfinished.rename(folder / id_)
            sync_folder(folder)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        with taking.shelf.store.writing(f"{id_}/{manifest.NAME}") as stream:
            stream.write(manifest.to_text(described))
    return described


def _run(taking: Taking, found: binaries.Binaries, data: Path, label: str, since: Path | None) -> None:
    parameters = dict(taking.target.parameters) | {"application_name": "haulback/backup"}
    command: list[str | Path] = [
        found.program("pg_basebackup"), "--pgdata", data, "--format=plain", "--wal-method=stream",
        "--checkpoint=fast", "--label", label, "--progress", "--no-password",
        *([f"--incremental={since}"] if since else []),
        "--dbname", make_conninfo("", **parameters),
    ]  # fmt: skip
    # The password goes through the environment: a command line can be read by every user of the machine.
    secret = {"PGPASSWORD": taking.target.password} if taking.target.password else {}
    kept = {name: os.environ[name] for name in ("HOME", "PGPASSFILE", "PGSSLROOTCERT") if name in os.environ}
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        errors="replace", env=postmaster.environment() | kept | secret, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            problem = _listened(process, lambda done, about: taking.progress("kB of the cluster", done, about))
        except BaseException:
            # With its child that streams the log: alone that would go on, and keep its slot.
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode != 0:
        reason = " / ".join(problem[-3:]) or "pg_basebackup ended without a word"
        if _FULL.search(reason):
            raise StoreFull(store=taking.shelf.store.address, reason=reason)
        raise base_errors.cause(taking, reason)


def _listened(process: subprocess.Popen[str], told: Callable[[int, int], None]) -> list[str]:
    """What it says that is not progress; its progress is told on."""
    assert process.stderr is not None  # noqa: S101 - it is piped
    said = []
    for line in process.stderr:  # in text mode a carriage return ends a line too
        progress = _PROGRESS.search(line)
        if progress:
            told(int(progress[1]), int(progress[2]))
        elif line.strip():
            said.append(line.partition("error: ")[2].strip() or line.strip())
    return said


def _described(
    taking: Taking, kind: BackupKind, told: Facts, found: binaries.Binaries, id_: str, data: Path,
    moment: datetime, parent: Backup | None,
) -> Backup:  # fmt: skip
    own = control.read(found, data)
    read = ClusterManifest()
    with (data / "backup_manifest").open("rb") as stream:
        for _ in read.reading(iter(lambda: stream.read(_PIECE), b"")):
            pass
    try:
        physical = read.physical(kind.value, own.segment_size, told.superuser, checksums=own.checksums)
    except ValueError as error:
        raise ServerFailed(target=taking.target.name, reason=str(error)) from error
    # backup_manifest holds the sum of every other file and its own; of the log it holds none.
    listed = [data / "backup_manifest", *sorted(one for one in (data / "pg_wal").iterdir() if one.is_file())]
    return Backup(
        id=id_,
        kind=kind,
        target=taking.target.name,
        database=told.database,
        system=own.system,
        server_version=told.version,
        lsn=physical.stop_lsn,
        began_at=told.began_at,
        ended_at=moment,
        files=tuple(_stored(one, data) for one in listed),
        parent=parent.id if parent else "",
        detail=physical.detail(),
    )


def _stored(path: Path, data: Path) -> StoredFile:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return StoredFile(f"{DATA}/{path.relative_to(data).as_posix()}", path.stat().st_size, digest)
