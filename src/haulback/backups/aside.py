"""A private cluster on which backups are restored to prove them: no TCP, no archive, its own data folder."""

from __future__ import annotations

import fcntl
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql

from haulback.errors import Exit, HaulbackError
from haulback.model.schema import Schema
from haulback.pg import binaries
from haulback.pg.catalog.builder import build
from haulback.pg.cluster import SUPERUSER, Cluster, Running
from haulback.pg.platform import extensions

_PREFIX = "haulback_proof_"


class AsideBusy(HaulbackError):
    template = "another restore uses the private cluster {name}"
    hint_template = "Wait for it to end."
    exit_code = Exit.HELD


class Aside:
    """One cluster for the backups of one major, used by one process at a time and left running for the next.

    Args:
        home: such as `.haulback`.
        major: of the server that was backed up; the embedded server stands in where its binaries are not found.
    """

    def __init__(self, home: Path, major: int) -> None:
        found = binaries.for_major(major) or binaries.embedded()
        self.major = found.major
        self._cluster = Cluster(
            home, f"proof-{found.major}", found, durable=False, platform=False, database="haulback", listen=False
        )
        self._lock = home.absolute() / f"proof-{found.major}.lock"

    @contextmanager
    def database(self, schema: Schema) -> Iterator[psycopg.Connection]:
        """A new database with that schema and no rows, as its superuser; it is gone after the block.

        Raises:
            AsideBusy: somebody else restores.
            BuildFailed: the schema cannot be made here.
        """
        with self._opened() as running:
            name = f"{_PREFIX}{secrets.token_hex(4)}"
            with _connected(running, "template1") as admin:
                for (left,) in admin.execute(
                    "select datname from pg_catalog.pg_database where pg_catalog.starts_with(datname, %s)", [_PREFIX]
                ).fetchall():
                    _drop(admin, left)
                admin.execute(
                    sql.SQL("create database {} template template0 strategy file_copy").format(sql.Identifier(name))
                )
                try:
                    with _connected(running, name) as connection:
                        build(connection, schema, create_extension=partial(extensions.create, connection))
                        yield connection
                finally:
                    _drop(admin, name)

    @contextmanager
    def _opened(self) -> Iterator[Running]:
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        with self._lock.open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AsideBusy(name=self._lock.stem) from None
            yield self._cluster.start()


def _connected(running: Running, database: str) -> psycopg.Connection:
    return psycopg.connect(
        running.conninfo(user=SUPERUSER, database=database), autocommit=True, application_name="haulback proof"
    )


def _drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
