"""Makes extensions creatable, or creates them, on clusters of our own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from haulback.pg.platform import queries, standins
from haulback.pg.platform.extension_names import ExtensionRequest, requests_in
from haulback.pg.platform.standins import StandIn

CONTROL_PATH_VERSION = 180000
_OWNER = "postgres"
_SPACE = r"(?:\s|--[^\n]*\n|/\*.*?\*/)*"
_CREATES_EXTENSION = re.compile(rf"{_SPACE}create{_SPACE}extension\b", re.IGNORECASE | re.DOTALL)
_VECTOR_OPTIONS = re.compile(
    r"(?P<index>\busing\s+(?:hnsw|ivfflat)\s*\([^;]*?\)\s*)(?P<options>\bwith\s*\([^)]*\))", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement that can be run.

    Attributes:
        text: to be run instead; as long as the original, so that positions in errors stay true.
        unknown: extensions in it for which there is nothing but an empty stand-in.
    """

    text: str
    unknown: tuple[str, ...]


def prepare(connection: psycopg.Connection[Any], statement: str) -> Prepared:
    """Makes ready for one statement of a migration, on a cluster of our own.

    Since PostgreSQL 18 the statement itself stays as it is. Before, the extensions it creates are created here,
    in its place, and options of vector indexes that the stand-in cannot know are blanked out.

    Args:
        connection: as for `ensure`; in the transaction that the statement is going to run in.
        statement: one, with or without the comments before it.
    """
    requests = requests_in(statement)
    unknown = ensure(connection, requests)
    if connection.info.server_version >= CONTROL_PATH_VERSION:
        return Prepared(statement, unknown)
    if requests and _CREATES_EXTENSION.match(statement):
        return Prepared(_blank(statement), unknown)
    if _VECTOR_OPTIONS.search(statement) and not _is_available(connection, "vector"):
        statement = _VECTOR_OPTIONS.sub(lambda m: m["index"] + _blank(m["options"]), statement)
    return Prepared(statement, unknown)


def ensure(connection: psycopg.Connection[Any], wanted: Iterable[str | ExtensionRequest]) -> tuple[str, ...]:
    """Makes sure that `CREATE EXTENSION IF NOT EXISTS` as `postgres` works for each of `wanted`.

    Since PostgreSQL 18 that takes a control file for those nobody has heard of; the others are creatable.
    Before, each is created here and now: the statement in the migration must then say IF NOT EXISTS, or be
    left out. What it creates is a member of the extension, as if PostgreSQL had made it.

    Args:
        connection: one whose login is the bootstrap superuser. Its session may have given itself to
            `postgres` by SET SESSION AUTHORIZATION, and has it again afterwards; in a transaction, what
            is created is part of it.
        wanted: names, or names with the schema they are wanted in.

    Returns:
        Those for which there is nothing but an empty stand-in.
    """
    requests = [w if isinstance(w, ExtensionRequest) else ExtensionRequest(w, None) for w in wanted]
    unknown = []
    for request in requests:
        stand_in = standins.find(request.name)
        if _exists(connection, request.name):
            continue
        if connection.info.server_version >= CONTROL_PATH_VERSION:
            if not _is_available(connection, request.name):
                standins.write_control(_control_path(connection), standins.empty(request.name))
                unknown.append(request.name)
            continue
        with _as_superuser(connection):
            if _is_available(connection, request.name):
                create(connection, request.name, request.schema or "public")
            else:
                _stand_in(connection, stand_in or standins.empty(request.name), request.schema or "public")
                if stand_in is None:
                    unknown.append(request.name)
    return tuple(unknown)


def create(connection: psycopg.Connection[Any], name: str, schema: str) -> None:
    """Creates an extension as the superuser and gives it to `postgres`.

    Args:
        connection: as the superuser.
        name: of an extension that is available, or has a stand-in.
        schema: where to put it, if it may be put anywhere.
    """
    stand_in = standins.find(name)
    if not _is_available(connection, name):
        if stand_in is None:
            stand_in = standins.empty(name)
        _stand_in(connection, stand_in, schema)
        return
    if stand_in is not None and stand_in.schema is not None:
        schema = stand_in.schema
    _make_schema(connection, schema)
    connection.execute(
        sql.SQL("CREATE EXTENSION {} WITH SCHEMA {} CASCADE").format(sql.Identifier(name), sql.Identifier(schema))
    )
    connection.execute(queries.text("give_extension"), {"name": name, "owner": _OWNER})


def _stand_in(connection: psycopg.Connection[Any], stand_in: StandIn, schema: str) -> None:
    """Does what CREATE EXTENSION would do, where PostgreSQL cannot be shown our control files."""
    home = stand_in.schema or schema
    with connection.transaction():
        before = connection.execute("SELECT pg_catalog.current_setting('search_path')").fetchone()
        _make_schema(connection, home)
        connection.execute(sql.SQL("SET LOCAL search_path = {}, pg_temp").format(sql.Identifier(home)))
        # All that is new once the script ran is the extension's: what is there now is remembered.
        connection.execute(queries.text("remember_objects"))
        connection.execute(stand_in.script.encode())
        connection.execute(
            queries.text("register_extension"),
            {"name": stand_in.name, "version": stand_in.version, "schema": home, "owner": _OWNER},
        )
        for (statement,) in connection.execute(queries.text("list_memberships"), {"name": stand_in.name}).fetchall():
            connection.execute(str(statement).encode())
        connection.execute("DROP TABLE pg_temp.haulback_remembered")
        if before is not None:
            connection.execute("SELECT pg_catalog.set_config('search_path', %s, true)", [before[0]])


@contextmanager
def _as_superuser(connection: psycopg.Connection[Any]) -> Iterator[None]:
    row = connection.execute("SELECT session_user::text, current_user::text").fetchone()
    assert row is not None  # noqa: S101 - a query without FROM has a row
    connection.execute("RESET SESSION AUTHORIZATION")
    try:
        yield
    finally:
        if connection.info.transaction_status != psycopg.pq.TransactionStatus.INERROR:
            connection.execute(sql.SQL("SET SESSION AUTHORIZATION {}").format(sql.Identifier(row[0])))
            if row[1] != row[0]:
                connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(row[1])))


def _exists(connection: psycopg.Connection[Any], name: str) -> bool:
    query = "SELECT 1 FROM pg_catalog.pg_extension WHERE extname = %s"
    return connection.execute(query, [name]).fetchone() is not None


def _is_available(connection: psycopg.Connection[Any], name: str) -> bool:
    query = "SELECT 1 FROM pg_catalog.pg_available_extensions WHERE name = %s"
    return connection.execute(query, [name]).fetchone() is not None


def _control_path(connection: psycopg.Connection[Any]) -> Path:
    row = connection.execute("SELECT pg_catalog.current_setting('extension_control_path')").fetchone()
    assert row is not None  # noqa: S101 - a setting of this version has a value
    return Path(str(row[0]).split(":")[0])


def _make_schema(connection: psycopg.Connection[Any], name: str) -> None:
    # Not IF NOT EXISTS: for pg_catalog, where pg_cron is put, that is refused even though it exists.
    if connection.execute("SELECT pg_catalog.to_regnamespace(pg_catalog.quote_ident(%s))", [name]).fetchone() == (
        None,
    ):
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
