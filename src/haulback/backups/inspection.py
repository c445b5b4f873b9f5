"""Reads everything in a cluster: every page of every table and B-tree through amcheck, and every row once.

A server that starts proves little: it reads a handful of pages. What is done here leaves nothing behind: amcheck is
installed in a transaction that is rolled back.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from haulback.pg import postmaster
from haulback.pg.private_server import PrivateServer
from haulback.pg.queries import queries

_SQL = queries("haulback.backups", "sql/physical.sql")
_SCHEMA = "haulback_inspection"
_MOST = 20  # problems that are told; a damaged disk has thousands


@dataclass
class Inspection:
    """What reading everything showed.

    Attributes:
        rows: of the users' tables, by database and identity.
        problems: what is damaged.
        amcheck: whether the structure was checked; without it everything was only read.
    """

    rows: dict[str, int] = field(default_factory=dict)
    tables: int = 0
    indexes: int = 0
    problems: list[str] = field(default_factory=list)
    amcheck: bool = True


def inspect(server: PrivateServer, told: Callable[[str, int, int], None]) -> Inspection:
    """Reads all databases of a private server.

    Raises:
        psycopg.OperationalError: no session could be opened.
    """
    found = Inspection()
    with server.session("template1") as connection:
        names = [name for (name,) in connection.execute(_SQL["databases"])]
    for name in names:
        with server.session(name) as connection:
            _inspect_one(connection, name, found, told)
    return found


def pages_problem(server: PrivateServer) -> str:
    """What pg_checksums says of all files of a server that is stopped; empty where every page is sound."""
    done = subprocess.run(
        [server.binaries.program("pg_checksums"), "--check", "-D", server.data],
        capture_output=True, text=True, errors="replace", check=False, env=postmaster.environment(),
    )  # fmt: skip
    if done.returncode == 0:
        return ""
    lines = [line.partition("error: ")[2] for line in done.stderr.splitlines() if "error: " in line]
    return (lines or ["pg_checksums ended without a word"])[0]


def _inspect_one(
    connection: psycopg.Connection, database: str, found: Inspection, told: Callable[[str, int, int], None]
) -> None:
    try:
        with connection.transaction(force_rollback=True):
            # No trigger of the users' may hear of this, and no timeout of a role may end it.
            for name, value in (("session_replication_role", "replica"), ("statement_timeout", "0")):
                connection.execute("select pg_catalog.set_config(%s, %s, true)", [name, value])
            schema = _amcheck(connection)
            found.amcheck = found.amcheck and schema is not None
            tables = connection.execute(_SQL["tables"]).fetchall()
            indexes = connection.execute(_SQL["indexes"]).fetchall()
            total = len(tables) + len(indexes)
            for number, (oid, identity, is_heap, is_system) in enumerate(tables, start=1):
                _table(connection, schema if is_heap else None, oid, identity, found, database, counted=not is_system)
                told(f"{database}: {identity}", number, total)
            for number, (oid, identity) in enumerate(indexes, start=len(tables) + 1):
                if schema is not None:
                    query = sql.SQL("select {}(%s::pg_catalog.oid::pg_catalog.regclass)")
                    _checked(connection, query.format(sql.Identifier(schema, "bt_index_check")), oid, identity, found)
                told(f"{database}: {identity}", number, total)
            found.tables += len(tables)
            found.indexes += len(indexes)
    except psycopg.Error as failure:
        if not connection.closed:
            raise
        _problem(found, f"the server died while {database} was read: {_first(failure)}")


def _amcheck(connection: psycopg.Connection) -> str | None:
    """The schema that amcheck is in, made for this transaction where it is not installed; None where it cannot be."""
    row = connection.execute(
        "select n.nspname::text from pg_catalog.pg_extension as e"
        " join pg_catalog.pg_namespace as n on n.oid = e.extnamespace where e.extname = 'amcheck'"
    ).fetchone()
    if row:
        return str(row[0])
    with suppress(psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile), connection.transaction():
        connection.execute(sql.SQL("create schema {}").format(sql.Identifier(_SCHEMA)))
        connection.execute(sql.SQL("create extension amcheck schema {}").format(sql.Identifier(_SCHEMA)))
        return _SCHEMA
    return None


def _table(
    connection: psycopg.Connection, schema: str | None, oid: int, identity: str, found: Inspection, database: str,
    *, counted: bool,
) -> None:  # fmt: skip
    if schema is not None:
        pages = sql.SQL(
            "select c.blkno, c.msg from {}(relation => %s::pg_catalog.oid::pg_catalog.regclass, check_toast => true)"
            " as c limit 3"
        )
        rows = _checked(connection, pages.format(sql.Identifier(schema, "verify_heapam")), oid, identity, found)
        for block, message in rows:
            _problem(found, f"{identity}, page {block}: {message}")
    if counted or schema is None:
        # The identity was quoted by the server itself.
        query = sql.Composed([sql.SQL("select pg_catalog.count(*) from only "), sql.SQL(identity)])
        rows = _checked(connection, query, None, identity, found)
        if counted and rows:
            found.rows[f"{database}: {identity}"] = int(rows[0][0])


def _checked(
    connection: psycopg.Connection, query: sql.Composed, oid: int | None, identity: str, found: Inspection
) -> list[tuple[Any, ...]]:
    """The rows of a query; where it fails that is a problem of what it reads, not of ours."""
    try:
        with connection.transaction():
            return connection.execute(query, None if oid is None else [oid]).fetchall()
    except psycopg.Error as failure:
        if connection.closed:
            raise
        _problem(found, f"{identity}: {_first(failure)}")
        return []


def _problem(found: Inspection, text: str) -> None:
    if len(found.problems) < _MOST:
        found.problems.append(text)


def _first(failure: psycopg.Error) -> str:
    # Never the detail: it repeats values of the row.
    return failure.diag.message_primary or (str(failure) or type(failure).__name__).splitlines()[0]
