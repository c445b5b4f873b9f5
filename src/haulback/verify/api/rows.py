"""Reads a table's shape, and makes a row that the table takes: tried in a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from haulback.pg.queries import queries
from haulback.verify._stage import SERVICE, Attempt, NoAnswer, attempt, rolled_back
from haulback.verify.api import making
from haulback.verify.api.harm import Trigger, harm
from haulback.verify.api.making import Column, Reference, Row, Shape

_SQL = queries("haulback.verify", "api/api.sql")
_CHECK, _REFUSED = "23514", "42501"
_TRIES = 200  # rows in all; each takes a fraction of a millisecond
_TABLES = ("r", "p")


class Unlaid(NoAnswer):
    """Not even service_role may lay a row; `row` is one that it would be refused."""

    def __init__(self, row: Row) -> None:
        super().__init__("service_role may lay no row")
        self.row = row


def shape(connection: psycopg.Connection, schema: str, table: str) -> Shape | None:
    """The table as it is; None where there is no table of that name (it may be a view)."""
    with rolled_back(connection):
        found = connection.execute(_SQL["table"], {"schema": schema, "table": table}).fetchone()
        if found is None or found[1] not in _TABLES:
            return None
        oid, _, secured, ruled = found
        key = connection.execute(_SQL["keys"], {"oid": oid}).fetchone()
        columns = tuple(Column(*row[1:]) for row in connection.execute(_SQL["columns"], {"oid": oid}))
        references = tuple(
            Reference(tuple(own), where, name, tuple(theirs))
            for own, where, name, theirs in connection.execute(_SQL["references"], {"oid": oid})
        )
        checks = connection.execute(_SQL["checks"], {"oid": oid}).fetchall()
        harmful = "a rule rewrites its writes" if ruled else _harm(connection, oid)
    return Shape(
        schema,
        table,
        bool(secured),
        columns,
        tuple(key[0]) if key else (),
        references,
        tuple((name, tuple(names), text) for name, names, text in checks),
        harmful,
    )


def made(connection: psycopg.Connection, shape: Shape, owner: UUID | None, *, own_users: bool) -> Row:
    """A row that the table takes from service_role, and lets it delete again.

    Args:
        connection: in autocommit.
        shape: of the table.
        owner: whose the row is.
        own_users: whether the owner is a user of ours, who has no other rows.

    Raises:
        Unlaid: service_role may lay none.
        NoAnswer: none could be made up; the text says why.
    """
    mark = making.mark_of(shape, own_users=own_users)
    values = _values(connection, shape, mark, owner)
    tried = _tried(connection, shape, Row(values, mark))
    for _ in range(_TRIES):
        if tried.state != _CHECK:
            break
        better = next(_repaired(connection, shape, Row(values, mark), tried), None)
        if better is None:
            break
        values, tried = better
    if tried.state == _REFUSED:
        raise Unlaid(Row(values, mark))
    if tried.state:
        raise NoAnswer(f"no row could be made up: {tried.message}")
    if tried.count != 1:
        raise NoAnswer("a row that is laid could not be deleted again")
    return Row(values, mark)


def another(shape: Shape, row: Row) -> Row:
    """The same row with a mark of its own."""
    referring = {name for one in shape.references for name in one.columns}
    fresh = {
        name: making.value(shape.column(name), distinct=True)
        for name in row.mark
        if name not in referring and shape.column(name).kind == "b"
    }
    return Row({**row.values, **fresh}, row.mark)


def insert(shape: Shape, row: Row) -> sql.Composed:
    """A statement without parameters: with them a percent sign in a name would be taken for one."""
    return sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier(shape.schema, shape.table),
        sql.SQL(", ").join(map(sql.Identifier, row.values)),
        sql.SQL(", ").join(map(literal, row.values.values())),
    )


def where(known_by: Mapping[str, Any]) -> sql.Composed:
    """The condition that a row is known by."""
    return sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), literal(value)) for name, value in known_by.items()
    )


def literal(value: Any) -> sql.Literal:
    if isinstance(value, list):
        return sql.Literal("{}")  # an empty array of whatever type
    return sql.Literal(Jsonb(value) if isinstance(value, dict) else value)


def _tried(connection: psycopg.Connection, shape: Shape, row: Row) -> Attempt:
    """Inserts as service_role, and deletes as whoever may; nothing stays."""
    table = sql.Identifier(shape.schema, shape.table)
    with rolled_back(connection):
        tried = attempt(connection, SERVICE, None, insert(shape, row))
        if tried.state:
            return tried
        gone = sql.SQL("delete from {} where {}").format(table, where(row.known_by))
        with suppress(psycopg.Error), connection.transaction():
            if (count := connection.execute(gone).rowcount) == 1:
                return Attempt(count=count)
        tried = attempt(connection, SERVICE, None, gone)
        return Attempt(count=tried.count)


def _repaired(
    connection: psycopg.Connection, shape: Shape, row: Row, tried: Attempt
) -> Iterator[tuple[dict[str, Any], Attempt]]:
    """Rows with one value taken from the check that refused, as far as they get further."""
    for column, other in _suggested(shape, row, tried):
        values = {**row.values, column: other}
        again = _tried(connection, shape, Row(values, row.mark))
        unfit = (again.state or "").startswith("22")  # the value is none of the column's type, or too long for it
        if not unfit and (again.state != _CHECK or again.message != tried.message):
            yield values, again


def _suggested(shape: Shape, row: Row, tried: Attempt) -> Iterator[tuple[str, Any]]:
    """Columns of the checks that a refusal names, with the values that these checks mention."""
    for name, columns, text in shape.checks:
        if f'"{name}"' not in tried.message:
            continue
        for column in map(shape.column, columns):
            if column.choosable and column.name not in {*row.mark, shape.owner}:
                yield from ((column.name, other) for other in making.others(text, column))


def _values(connection: psycopg.Connection, shape: Shape, mark: tuple[str, ...], owner: UUID | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    wanted = tuple(making.needed(shape, mark))
    for one in shape.references:
        if not any(column.name in one.columns for column in wanted):
            continue
        if one.of_users and owner is not None:
            values[one.columns[0]] = str(owner)
        else:
            values |= zip(one.columns, _referred(connection, one), strict=True)
    for column in wanted:
        if column.name not in values:
            values[column.name] = making.value(column, distinct=column.name in mark or column.name in shape.key)
    return values


def _referred(connection: psycopg.Connection, one: Reference) -> tuple[str, ...]:
    """A row that a foreign key can refer to: any that is there.

    Raises:
        NoAnswer: there is none, or it may not be read.
    """
    columns = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in one.referred)
    query = sql.SQL("select {} from {} limit 1").format(columns, sql.Identifier(one.schema, one.table))
    with rolled_back(connection):
        row = connection.execute(query).fetchone()
    if row is None:
        raise NoAnswer(f"it refers to {one.schema}.{one.table}, which has no row")
    return tuple(row)


def _harm(connection: psycopg.Connection, oid: int) -> str:
    triggers = [Trigger(*row) for row in connection.execute(_SQL["triggers"], {"oid": oid})]
    if not triggers:
        return ""
    volatile = frozenset(name for (name,) in connection.execute(_SQL["volatile"]))
    following = [(schema, name) for schema, name in connection.execute(_SQL["following"], {"oid": oid})]
    return harm(triggers, volatile, following)
