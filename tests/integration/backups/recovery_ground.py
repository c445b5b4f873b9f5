"""A cluster of its own with a history that is noted row by row: what a recovery must bring back is known exactly."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg

from haulback.app import backing_up, recovering, swapping_in
from haulback.backups.shelf import Shelf
from haulback.config.policy import default_policy
from haulback.deploy.progress import Silent
from haulback.model.aim import Aim
from haulback.model.backup import Backup, BackupKind, Proof
from haulback.model.recovery import BackupSettings
from haulback.model.settings import Settings
from haulback.model.target import Environment, Target
from haulback.pg.binaries import Binaries
from haulback.pg.cluster import SUPERUSER, Cluster, Running


@dataclass(frozen=True)
class Noted:
    """The moment after a row was committed: time, position, transaction, and a restore point's name."""

    number: int
    at: str
    lsn: str
    xid: str
    name: str


@dataclass
class Ground:
    """A server, its archive and its backups.

    Attributes:
        noted: by number, the moment after each row.
    """

    settings: Settings
    target: Target
    cluster: Cluster
    running: Running
    noted: dict[int, Noted] = field(default_factory=dict)

    @property
    def archive(self) -> Path:
        return self.cluster.folder.archive

    @property
    def shelf(self) -> Shelf:
        return backing_up.shelf(self.settings, self.target)

    @property
    def store(self) -> Path:
        folder = self.shelf.store.folder
        assert folder is not None
        return folder

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.running.conninfo(SUPERUSER), autocommit=True)

    def write(self, count: int) -> int:
        """Commits so many more rows, each by itself, and notes the moment after each; the number of the last."""
        with self.connect() as connection:
            connection.execute("create table if not exists oracle (n integer primary key, filler text)")
            last = max(self.noted, default=0)
            for number in range(last + 1, last + 1 + count):
                with connection.transaction():
                    connection.execute("insert into oracle values (%s, repeat('x', 500))", [number])
                    xid = one(connection, "select pg_current_xact_id()::text")
                name = f"after {number}"
                # The position is told before the restore point writes a record of its own.
                lsn = one(connection, "select pg_current_wal_insert_lsn()::text")
                at = one(connection, "select clock_timestamp()").isoformat()
                connection.execute("select pg_create_restore_point(%s)", [name])
                self.noted[number] = Noted(number, at, lsn, xid, name)
        return max(self.noted)

    def summarize(self) -> None:
        """Has the server note which pages change: what an incremental backup goes by."""
        with self.connect() as connection:
            connection.execute("alter system set summarize_wal = on")
            connection.execute("select pg_reload_conf()")

    def switch(self) -> None:
        """Ends the segment that is written, and waits until it is in the archive."""
        with self.connect() as connection:
            name = one(connection, "select pg_walfile_name(pg_switch_wal())")
        deadline = time.monotonic() + 60
        while not (self.archive / name).exists():
            assert time.monotonic() < deadline, f"{name} never came into the archive"
            time.sleep(0.02)

    def back_up(self, kind: BackupKind = BackupKind.PHYSICAL, **options: Any) -> Backup:
        return backing_up.take(self.settings, self.target, backing_up.Request(kind, **options), Silent())

    def prove(self, backup: Backup) -> Proof:
        return backing_up.verify(self.settings, self.target, (backup.id,), Silent())[0]

    def recover(self, aim: Aim, **options: Any) -> list[int]:
        """Recovers, and returns the rows that are there; leaves nothing behind."""
        request = recovering.Request(aim, keep_running=True, **options)
        found = recovering.recover(self.settings, self.target, request, Silent())
        try:
            with psycopg.connect(found.conninfo, autocommit=True) as connection:
                return [n for (n,) in connection.execute("select n from oracle order by n")]
        finally:
            swapping_in.discard(self.settings, self.target, found.restore.id)

    def with_archive(self, archive: Path) -> Ground:
        """The same with another archive, and without a server to ask: as after its loss."""
        gone = {"host": str(self.settings.root / "nobody-listens-here")}
        target = replace(self.target, archive=str(archive), parameters={**self.target.parameters, **gone})
        return replace(self, target=target)


def one(connection: psycopg.Connection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def ground(folder: Path, found: Binaries, *, platform: bool = False, listen: bool = False) -> Iterator[Ground]:
    """A new cluster with an archive, and a target that leads to it."""
    home = folder / "home"
    cluster = Cluster(home, "main", found, platform=platform, listen=listen)
    running = cluster.start()
    try:
        parameters = {
            "host": str(running.socket_dir),
            "port": str(running.port),
            "user": SUPERUSER,
            "dbname": "postgres",
        }
        target = Target(
            "local", Environment.DEVELOPMENT, parameters, default_policy(Environment.DEVELOPMENT),
            archive=str(cluster.folder.archive),
        )  # fmt: skip
        settings = Settings(
            folder, home, folder / "migrations", {"local": target}, "local",
            backups=BackupSettings(str(folder / "store")),
        )  # fmt: skip
        yield Ground(settings, target, cluster, running)
    finally:
        cluster.destroy()
