"""Moves tables to the attic, in time that does not grow with their rows.

Everything that would leak out of the attic, hold the application up or stand in the way of what follows is taken off
first: keys both ways, policies, triggers, rules, publications, defaults, statistics, grants. What a deployment created
comes back from the attic as rows, into a table that the migration makes anew; so none of that is put on again. What a
deployment dropped comes back itself, and the inverse puts on again what is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from haulback.capture import attic, registry
from haulback.capture.naming import SCHEMA, attic_name
from haulback.model.capture import Capture, CaptureKind, Keeps
from haulback.model.deployment import Deployment
from haulback.pg.queries import queries

_SQL = queries("haulback.capture", "sql/moving.sql")


@dataclass(frozen=True, slots=True)
class _Table:
    """A table to move; `root` is the partitioned table it moves with, if that moves too."""

    oid: int
    schema: str
    name: str
    identity: str
    root: int | None


def move_aside(
    connection: psycopg.Connection,
    deployment: Deployment,
    tables: Sequence[str],
    *,
    sequences: Sequence[str] = (),
    types: Sequence[str] = (),
    copied: Sequence[str] = (),
    keeps: Keeps = Keeps.AFTER,
) -> tuple[Capture, ...]:
    """Moves tables with their partitions to the attic, in the caller's transaction.

    Args:
        connection: inside a transaction with a lock_timeout; every table is locked at once.
        deployment: the one that made them.
        tables: identities; one that is not there is passed over, so that a second run does no harm.
        sequences: created sequences to move though no table owns them.
        types: created types; those that a moved or copied table uses move along.
        copied: bare names of tables in the attic whose columns use such types as well.
        keeps: which side of the deployment this is; what was there before keeps its generated columns, for it comes
            back itself.

    Returns:
        The captures, rows not yet counted: see `counting.count`, after the commit.
    """
    attic.install(connection)
    found = _resolve(connection, tables)
    oids = [table.oid for table in found]
    details = {table.oid: described(connection, table.oid) for table in found}
    stripped: list[dict[str, Any]] = []
    if found:
        hold(connection, oids)
        for query in ("part", "strip"):
            stripped += _execute(connection, _SQL[query], oids, returns=keeps is Keeps.BEFORE)
    owned = _move_sequences(connection, deployment, oids, sequences)
    renamed = _rename_indexes(connection, deployment, oids)
    # What a table uses is seen through its columns wherever it lies: before or after it moves.
    used = [*oids, *_attic_oids(connection, copied)]
    moved = {table.oid: _move_relation(connection, deployment, table) for table in found}
    captures = []
    for table in found:
        if table.root is not None:
            continue
        parts = [
            {"identity": part.identity, "attic_table": moved[part.oid]}
            for part in found
            if part.root is not None and _topmost(found, part) == table.oid
        ]
        mine = {table.oid, *(part.oid for part in found if _topmost(found, part) == table.oid)}
        detail = {
            **details[table.oid],
            "schema": table.schema,
            "parts": parts,
            "sequences": [one for one in owned if one["table"] in mine],
            "renamed": renamed,
            "stripped": stripped,
        }
        captures.append(
            registry.keep(
                connection, deployment, keeps, CaptureKind.MOVED_TABLE, table.identity, moved[table.oid], detail
            )
        )
    captures += [
        registry.keep(
            connection,
            deployment,
            Keeps.AFTER,
            CaptureKind.MOVED_SEQUENCE,
            one["identity"],
            one["attic_table"],
            {"sequences": [one]},
        )
        for one in owned
        if one["table"] is None or one["table"] not in set(oids)
    ]
    captures += _move_types(connection, deployment, used, types)
    return tuple(captures)


def _resolve(connection: psycopg.Connection, identities: Sequence[str]) -> tuple[_Table, ...]:
    rows = connection.execute(_SQL["resolve"], {"identities": list(identities)}).fetchall()
    return tuple(_Table(*row) for row in rows)


def _topmost(tables: Sequence[_Table], table: _Table) -> int:
    by_oid = {one.oid: one for one in tables}
    while table.root is not None:
        table = by_oid[table.root]
    return table.oid


def described(connection: psycopg.Connection, oid: int) -> dict[str, Any]:
    """What a capture says of its table: owner, acl, key, columns, user columns, foreign keys; names bare."""
    row = connection.execute(_SQL["describe"], {"oid": oid}).fetchone()
    assert row is not None  # noqa: S101 - it was just resolved
    return dict(row[0])


def hold(connection: psycopg.Connection, oids: list[int]) -> None:
    """Locks the tables, all at once, against everybody else."""
    _execute(connection, _SQL["hold"], oids)


def _execute(
    connection: psycopg.Connection, query: Any, oids: list[int], *, returns: bool = False
) -> list[dict[str, Any]]:
    """Runs the statements that the server wrote, and returns what they took off."""
    rows = connection.execute(query, {"oids": oids, "returns": returns}).fetchall()
    for statement, *_ in rows:
        connection.execute(statement.encode())
    return [{"statement": statement, "was": was[0]} for statement, *was in rows if was]


def _move_sequences(
    connection: psycopg.Connection, deployment: Deployment, oids: list[int], identities: Sequence[str]
) -> list[dict[str, Any]]:
    """Renames the sequences of the tables, which then move with them, and moves the others."""
    parameters = {"oids": oids, "identities": list(identities)}
    moved = []
    for oid, schema, name, identity, table, column, internal, grantees in connection.execute(
        _SQL["sequences"], parameters
    ).fetchall():
        here = sql.Identifier(schema, name)
        position = connection.execute(sql.SQL("select last_value, is_called from {}").format(here)).fetchone()
        assert position is not None  # noqa: S101 - a sequence has one row
        new = attic_name(deployment.number, oid, name)
        for role in grantees:  # quoted by the server
            connection.execute(sql.SQL("revoke all on sequence {} from {} cascade").format(here, sql.SQL(role)))
        connection.execute(sql.SQL("alter sequence {} rename to {}").format(here, sql.Identifier(new)))
        if table is None:
            _set_schema(connection, "sequence", schema, new)
        elif table not in oids:
            # Owned by a column that stays or goes by itself: the sequence stays behind in the attic.
            connection.execute(sql.SQL("alter sequence {} owned by none").format(sql.Identifier(schema, new)))
            _set_schema(connection, "sequence", schema, new)
        moved.append(
            {
                "identity": identity,
                "attic_table": new,
                "table": table,
                "column": column,
                "identity_column": internal,
                "last_value": position[0],
                "is_called": position[1],
            }
        )
    return moved


def positions(connection: psycopg.Connection, oids: list[int]) -> list[dict[str, Any]]:
    """Where the sequences that these tables own stand."""
    found = []
    for _, schema, name, identity, table, column, internal, _ in connection.execute(
        _SQL["sequences"], {"oids": oids, "identities": []}
    ).fetchall():
        row = connection.execute(
            sql.SQL("select last_value, is_called from {}").format(sql.Identifier(schema, name))
        ).fetchone()
        assert row is not None  # noqa: S101 - a sequence has one row
        found.append(
            {
                "identity": identity,
                "table": table,
                "column": column,
                "identity_column": internal,
                "last_value": row[0],
                "is_called": row[1],
            }
        )
    return found


def _rename_indexes(connection: psycopg.Connection, deployment: Deployment, oids: list[int]) -> dict[str, str]:
    renamed = {}
    for oid, schema, name in connection.execute(_SQL["indexes"], {"oids": oids}).fetchall():
        new = attic_name(deployment.number, oid, name)
        connection.execute(
            sql.SQL("alter index {} rename to {}").format(sql.Identifier(schema, name), sql.Identifier(new))
        )
        renamed[new] = name
    return renamed


def _move_relation(connection: psycopg.Connection, deployment: Deployment, table: _Table) -> str:
    new = attic_name(deployment.number, table.oid, table.name)
    connection.execute(
        sql.SQL("alter table {} rename to {}").format(sql.Identifier(table.schema, table.name), sql.Identifier(new))
    )
    _set_schema(connection, "table", table.schema, new)
    return new


def _move_types(
    connection: psycopg.Connection, deployment: Deployment, oids: list[int], identities: Sequence[str]
) -> list[Capture]:
    captures = []
    rows = connection.execute(_SQL["types"], {"oids": oids, "identities": list(identities)}).fetchall()
    for oid, schema, name, identity, form in rows:
        new = attic_name(deployment.number, oid, name)
        noun = "domain" if form == "d" else "type"
        connection.execute(
            sql.SQL("alter {} {} rename to {}").format(sql.SQL(noun), sql.Identifier(schema, name), sql.Identifier(new))
        )
        _set_schema(connection, noun, schema, new)
        captures.append(
            registry.keep(connection, deployment, Keeps.AFTER, CaptureKind.MOVED_TYPE, identity, new, {"form": form})
        )
    return captures


def _set_schema(connection: psycopg.Connection, noun: str, schema: str, name: str) -> None:
    kind: sql.SQL = _NOUNS[noun]
    connection.execute(
        sql.SQL("alter {} {} set schema {}").format(kind, sql.Identifier(schema, name), sql.Identifier(SCHEMA))
    )


_NOUNS = {
    "table": sql.SQL("table"),
    "sequence": sql.SQL("sequence"),
    "type": sql.SQL("type"),
    "domain": sql.SQL("domain"),
}


def _attic_oids(connection: psycopg.Connection, names: Sequence[str]) -> list[int]:
    if not names:
        return []
    rows = connection.execute(_SQL["attic_oids"], {"names": list(names)}).fetchall()
    return [row[0] for row in rows]
