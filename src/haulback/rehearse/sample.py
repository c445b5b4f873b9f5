"""Takes a sample of a target's rows, closed over foreign keys, and loads it into a shadow."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from haulback.model.sample import Sample
from haulback.pg.queries import queries

_SQL = queries("haulback.rehearse", "sample.sql")
_ROUNDS = 10  # of following parents; a chain of foreign keys longer than that is left open

Name = tuple[str, str]


@dataclass
class _Table:
    columns: tuple[str, ...]
    rows: dict[bytes, None] = field(default_factory=dict)  # COPY TEXT lines, in order, each once


def take(connection: psycopg.Connection, most: int) -> Sample:
    """Reads up to `most` rows of each table, and every row that those refer to.

    Runs in one read-only snapshot with row_security off, so that a policy raises an error instead of thinning
    the sample out; a table that cannot be read is skipped and named.
    """
    if most == 0:
        return Sample()
    skipped: list[tuple[str, str]] = []
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        connection.execute("set local row_security = off")
        tables = {
            (schema, name): _Table(tuple(columns)) for schema, name, columns in connection.execute(_SQL["tables"])
        }
        fresh = {name: _read(connection, name, table, most, skipped) for name, table in tables.items()}
        for _ in range(_ROUNDS):
            fresh = _parents(connection, tables, fresh, skipped)
            if not any(fresh.values()):
                break
    return _packed(tables, skipped)


def load(connection: psycopg.Connection, sample: Sample) -> None:
    """Copies a sample into a shadow, as its superuser, with triggers and foreign keys silent."""
    with connection.transaction():
        connection.execute("set local session_replication_role = replica")
        for name, (columns, rows) in sample.tables.items():
            statement = sql.SQL("copy {} ({}) from stdin").format(
                sql.SQL(name),  # quoted by `_packed`
                sql.SQL(", ").join(map(sql.Identifier, columns)),
            )
            with connection.cursor().copy(statement) as copy:
                copy.write(rows)


def _read(
    connection: psycopg.Connection, name: Name, table: _Table, most: int, skipped: list[tuple[str, str]]
) -> list[bytes]:
    query = sql.SQL("select {columns} from only {table} limit {most}").format(
        columns=sql.SQL(", ").join(map(sql.Identifier, table.columns)),
        table=sql.Identifier(*name),
        most=sql.Literal(most),
    )
    return _add(connection, query, name, table, skipped)


def _add(
    connection: psycopg.Connection, query: sql.Composed, name: Name, table: _Table, skipped: list[tuple[str, str]]
) -> list[bytes]:
    """Adds rows to the table; returns the new ones."""
    try:
        with (
            connection.transaction(),
            connection.cursor().copy(sql.SQL("copy ({}) to stdout").format(query)) as copy,
        ):
            lines = [bytes(line) for line in copy]
    except psycopg.Error as error:
        skipped.append((".".join(name), error.diag.message_primary or str(error)))
        return []
    fresh = [line for line in lines if line not in table.rows]
    table.rows.update(dict.fromkeys(fresh))
    return fresh


def _parents(
    connection: psycopg.Connection,
    tables: dict[Name, _Table],
    fresh: dict[Name, list[bytes]],
    skipped: list[tuple[str, str]],
) -> dict[Name, list[bytes]]:
    """Follows the foreign keys of the rows that came last; returns the rows that this brought."""
    brought: dict[Name, list[bytes]] = {name: [] for name in tables}
    for name, lines in fresh.items():
        if not lines:
            continue
        found = connection.execute(_SQL["references"], {"schema": name[0], "table": name[1]}).fetchall()
        for parent_schema, parent_table, own, theirs in found:
            parent = (parent_schema, parent_table)
            if parent not in tables or not set(own) <= set(tables[name].columns):
                continue
            keys = _keys(lines, tables[name].columns, own)
            if keys:
                query = _by_key(parent, tables[parent], theirs, keys)
                brought[parent] += _add(connection, query, parent, tables[parent], skipped)
    return brought


def _keys(lines: list[bytes], columns: tuple[str, ...], wanted: list[str]) -> list[tuple[str, ...]]:
    places = [columns.index(one) for one in wanted]
    keys = {tuple(line.rstrip(b"\n").split(b"\t")[place] for place in places) for line in lines}
    return sorted(tuple(_plain(part) for part in key) for key in keys if b"\\N" not in key)


def _plain(value: bytes) -> str:
    """Undoes the escapes of COPY TEXT that a key can hold."""
    text = value.decode()
    for escaped, plain in (("\\t", "\t"), ("\\n", "\n"), ("\\r", "\r"), ("\\\\", "\\")):
        text = text.replace(escaped, plain)
    return text


def _by_key(parent: Name, table: _Table, columns: list[str], keys: list[tuple[str, ...]]) -> sql.Composed:
    """COPY takes no parameters: the values go in as quoted literals, which the server casts to the column's type."""
    row = sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Identifier, columns)))
    values = sql.SQL(", ").join(sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Literal, key))) for key in keys)
    return sql.SQL("select {columns} from only {table} where {row} in ({values})").format(
        columns=sql.SQL(", ").join(map(sql.Identifier, table.columns)),
        table=sql.Identifier(*parent),
        row=row,
        values=values,
    )


def _packed(tables: dict[Name, _Table], skipped: list[tuple[str, str]]) -> Sample:
    packed = {
        ".".join('"' + part.replace('"', '""') + '"' for part in name): (table.columns, b"".join(table.rows))
        for name, table in tables.items()
        if table.rows
    }
    digest = hashlib.sha256(repr(sorted(packed.items())).encode()).hexdigest()
    return Sample(packed, tuple(skipped), digest)
