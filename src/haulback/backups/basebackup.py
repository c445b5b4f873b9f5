"""Runs pg_basebackup into a folder that bears another name until everything in it is there."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from haulback.backups import manifest
from haulback.backups.cluster_errors import (
    BackupRuns,
    MayNotReplicate,
    NeedsFolder,
    NoBinariesFor,
    NotEncrypted,
    PagesDamaged,
    ServerFailed,
    SummariesMissing,
    TablespacesInUse,
)
from haulback.backups.engines._engine import Taking
from haulback.backups.errors import StoreFull, StoreUnreachable
from haulback.backups.naming import new_id
from haulback.backups.stores.file import FULL
from haulback.model.backup import Backup, BackupKind, StoredFile
from haulback.model.physical import Physical
from haulback.model.wal import lsn_of, segment_name
from haulback.pg import binaries, control, postmaster
from haulback.pg.cluster_folder import sync_folder
from haulback.pg.queries import queries
from haulback.pg.server_words import failure_words

DATA = "data"
_SQL = queries("haulback.backups", "sql/physical.sql")
_UNFINISHED = ".unfinished"
_PROGRESS = re.compile(r"(\d+)/(\d+) kB")
_CAUSES = (
    (re.compile(r"checksum (error|verification)"), PagesDamaged),
    (re.compile(r"WAL summaries"), SummariesMissing),
    (re.compile(r"No space left|Disk quota"), StoreFull),
    (re.compile(r"pg_hba\.conf|replication role|permission denied to (start|create)|walsender"), MayNotReplicate),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the server says before the backup begins."""

    version: int
    database: str
    began_at: datetime
    superuser: str
    summarizes: bool

    @property
    def major(self) -> int:
        return self.version // 10000


def facts(taking: Taking) -> Facts:
    """Asks the server, and refuses what cannot be backed up this way.

    Raises:
        NeedsFolder, NotEncrypted, TablespacesInUse, MayNotReplicate: see their hints.
    """
    if taking.shelf.store.folder is None:
        raise NeedsFolder(store=taking.shelf.store.address)
    if taking.key is not None and "in_clear" not in taking.options:
        raise NotEncrypted
    row = taking.connection.execute(_SQL["facts"]).fetchone()
    assert row is not None  # noqa: S101 - a select without from has one row
    version, database, now, superuser, tablespaces, may, summarizes = row
    if tablespaces:
        raise TablespacesInUse(target=taking.target.name, names=", ".join(tablespaces))
    if not may:
        raise MayNotReplicate(target=taking.target.name, reason="its role has no REPLICATION")
    return Facts(version, database, now, superuser, summarizes)


def take(taking: Taking, kind: BackupKind, told: Facts, parent: Backup | None = None) -> Backup:
    """Takes a backup of the whole cluster.

    The folder gets its name when every byte of it is synced, and its manifest after that: killed at any moment,
    what is left is either no backup by its name, or one without a manifest, which the list calls unfinished.

    Raises:
        BackupRuns: another one is being taken.
        NoBinariesFor, MayNotReplicate, PagesDamaged, StoreFull, StoreUnreachable, ServerFailed: no backup was made.
    """
    found = binaries.for_major(told.major)
    if found is None:
        raise NoBinariesFor(major=told.major)
    folder = taking.shelf.store.folder
    assert folder is not None  # noqa: S101 - `facts` refused it
    with _told(folder), _alone(folder, taking.target.name):
        id_ = new_id(told.began_at, kind)
        unfinished = folder / f"{id_}{_UNFINISHED}"
        unfinished.mkdir(mode=0o700)
        try:
            since = folder / parent.id / DATA / "backup_manifest" if parent else None
            _run(taking, found, unfinished / DATA, id_, since)
            ended = _now(taking.connection)
            described = _described(taking, kind, told, found, id_, unfinished / DATA, ended, parent)
            sync_folder(unfinished)
            unfinished.rename(folder / id_)
            sync_folder(folder)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        with taking.shelf.store.writing(f"{id_}/{manifest.NAME}") as stream:
            stream.write(manifest.to_text(described))
    return described


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Names the store where the system alone would have the word."""
    try:
        yield
    except OSError as error:
        kind = StoreFull if error.errno in FULL else StoreUnreachable
        raise kind(store=folder, reason=failure_words(error)) from error


@contextmanager
def _alone(folder: Path, target: str) -> Iterator[None]:
    """One at a time: so whatever bears the name of an unfinished one was left by somebody who is gone."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".physical.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRuns(target=target) from None
        for left in folder.glob(f"*{_UNFINISHED}"):
            # A pg_basebackup whose parent was killed goes on writing for a while: first the name goes.
            doomed = left.rename(left.with_name(f"{secrets.token_hex(4)}.doomed"))
            shutil.rmtree(doomed, ignore_errors=True)
        yield


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
        errors="replace", env=postmaster.environment() | kept | secret,
    ) as process:  # fmt: skip
        try:
            problem = _listened(process, lambda done, about: taking.progress("kB of the cluster", done, about))
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        reason = " / ".join(problem[-3:]) or "pg_basebackup ended without a word"
        kind = next((kind for pattern, kind in _CAUSES if pattern.search(reason)), ServerFailed)
        raise kind(target=taking.target.name, store=taking.shelf.store.address, reason=reason)


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


def _now(connection: psycopg.Connection) -> datetime:
    row = connection.execute(_SQL["now"]).fetchone()
    assert row is not None  # noqa: S101 - a select without from has one row
    moment: datetime = row[0]
    return moment


def _described(
    taking: Taking, kind: BackupKind, told: Facts, found: binaries.Binaries, id_: str, data: Path,
    ended: datetime, parent: Backup | None,
) -> Backup:  # fmt: skip
    document = json.loads((data / "backup_manifest").read_bytes())
    own = control.read(found, data)
    ranges = document["WAL-Ranges"]
    timeline, start, stop = ranges[-1]["Timeline"], ranges[0]["Start-LSN"], ranges[-1]["End-LSN"]
    size = own.segment_size
    detail = Physical(
        engine=kind.value,
        timeline=timeline,
        start_lsn=start,
        stop_lsn=stop,
        start_wal=segment_name(ranges[0]["Timeline"], lsn_of(start) // size, size),
        stop_wal=segment_name(timeline, (lsn_of(stop) - 1) // size, size),
        segment_size=size,
        bytes=sum(int(one["Size"]) for one in document["Files"]),
        count=len(document["Files"]),
        superuser=told.superuser,
        checksums=own.checksums,
    )
    # backup_manifest holds the sum of every other file and its own; of the log it holds none.
    listed = [data / "backup_manifest", *sorted(one for one in (data / "pg_wal").iterdir() if one.is_file())]
    return Backup(
        id=id_,
        kind=kind,
        target=taking.target.name,
        database=told.database,
        system=own.system,
        server_version=told.version,
        lsn=stop,
        began_at=told.began_at,
        ended_at=ended,
        files=tuple(_stored(one, data) for one in listed),
        parent=parent.id if parent else "",
        detail=detail.detail(),
    )


def _stored(path: Path, data: Path) -> StoredFile:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return StoredFile(f"{DATA}/{path.relative_to(data).as_posix()}", path.stat().st_size, digest)
