"""Insert, update and delete.

Each is one statement: what it changed is a common table expression that the answer is built from. More than one are
one transaction, in their order, each of which sees what those before it did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from haulback.gateway.graphql.catalog import Column, Table
from haulback.gateway.graphql.meanings import (
    TYPENAME,
    Argument,
    ColumnValue,
    Computed,
    Delete,
    Fixed,
    Insert,
    NodeId,
    ToMany,
    ToOne,
    Update,
)
from haulback.gateway.graphql.model import Field, InputType, ObjectType, named
from haulback.gateway.graphql.planning.filters import filter_sql
from haulback.gateway.graphql.planning.json import Pair, json_object
from haulback.gateway.graphql.planning.nodes import node_sql
from haulback.gateway.graphql.planning.planning import Planning, only
from haulback.gateway.graphql.planning.source import qualified
from haulback.gateway.graphql.refused import Refused
from haulback.gateway.graphql.selecting import Asked
from haulback.gateway.graphql.values import ABSENT, Absent, Kind, Leaf, Leaves, Rows, Value
from haulback.gateway.quoting import literal, quoted

# What PostgreSQL is made to say where more rows are changed than may be: no function of its own raises at will, but a
# text that is no number does, and says which text.
TOO_MANY = "impacts too many records"


def insert_sql(planning: Planning, of: Field, meaning: Insert, asked: Asked) -> str:
    """The statement of an insert; one row, one column, JSON.

    Raises:
        Refused: there is nothing to insert, or not so.
    """
    only(asked, (Argument.OBJECTS,))
    given = planning.argument(of, asked, Argument.OBJECTS)
    fields = _inputs(planning, of, Argument.OBJECTS)
    if isinstance(given, Rows):
        into = _many(planning, {fields[name]: column for name, column in given.columns.items()})
    else:
        into = _few(planning, meaning.table, _objects(given, fields))
    block = planning.block()
    answer = _answer(planning, of, asked, block, "insert")
    return (
        f"WITH affected AS (INSERT INTO {qualified(meaning.table)}{into} "
        f"RETURNING {_returned(planning, of, meaning.table, asked)}) {answer('affected')}"
    )


def _few(planning: Planning, table: Table, rows: list[dict[str, Value]]) -> str:
    """Rows of which each may leave others to their defaults."""
    names = [name for name in table.columns if any(name in row for row in rows)]
    if not names:
        return " DEFAULT VALUES"
    values = ", ".join(f"({', '.join(_cell(planning, table, row, name) for name in names)})" for row in rows)
    return f"({', '.join(quoted(name) for name in names)}) VALUES {values}"


def _many(planning: Planning, columns: Mapping[Column, Leaves]) -> str:
    """Rows of any number that have the same columns: an array for each column, so that one plan does for all."""
    into = ", ".join(quoted(column.name) for column in columns)
    arrays = ", ".join(
        f"pg_catalog.unnest({planning.binder.value(values)}::pg_catalog.text[])" for values in columns.values()
    )
    names = [f"c{place}" for place in range(len(columns))]
    cast = ", ".join(f"given.{name}::{column.sql}" for name, column in zip(names, columns, strict=True))
    return f"({into}) SELECT {cast} FROM ROWS FROM ({arrays}) AS given ({', '.join(names)})"


def update_sql(planning: Planning, of: Field, meaning: Update, asked: Asked) -> str:
    """The statement of an update; one row, one column, JSON.

    Raises:
        Refused: there is nothing to set, or not so.
    """
    only(asked, (Argument.SET, Argument.FILTER, Argument.AT_MOST))
    changes = _set(planning, of, asked)
    block = planning.block()
    where = filter_sql(planning, of, asked, meaning.table, block)
    at_most = _at_most(planning, of, asked)
    answer = _answer(planning, of, asked, block, "update")
    columns = meaning.table.columns
    assigned = ", ".join(
        f"{quoted(name)} = {_typed(planning, value, columns[name])}" for name, value in changes.items()
    )
    changed = f"UPDATE {qualified(meaning.table)} AS {block} SET {assigned} WHERE {' AND '.join(where) or 'true'}"
    changed += f" RETURNING {_returned(planning, of, meaning.table, asked)}"
    return _bounded(changed, at_most, answer, "update")


def delete_sql(planning: Planning, of: Field, meaning: Delete, asked: Asked) -> str:
    """The statement of a delete; one row, one column, JSON.

    Raises:
        Refused: something is asked for that is not there, or not so.
    """
    only(asked, (Argument.FILTER, Argument.AT_MOST))
    block = planning.block()
    where = filter_sql(planning, of, asked, meaning.table, block)
    at_most = _at_most(planning, of, asked)
    answer = _answer(planning, of, asked, block, "delete")
    changed = f"DELETE FROM {qualified(meaning.table)} AS {block} WHERE {' AND '.join(where) or 'true'}"
    changed += f" RETURNING {_returned(planning, of, meaning.table, asked)}"
    return _bounded(changed, at_most, answer, "delete")


def _bounded(changed: str, at_most: str, answer: Callable[[str], str], verb: str) -> str:
    said = literal(f"{verb} {TOO_MANY}")
    return (
        f"WITH impacted AS ({changed}), "
        "total AS (SELECT pg_catalog.count(*) AS rows FROM impacted) "
        f"SELECT CASE WHEN total.rows > {at_most} "
        f"THEN pg_catalog.to_json(({said} || pg_catalog.left(total.rows::pg_catalog.text, 0))::pg_catalog.int4) "
        f"ELSE ({answer('impacted')}) END FROM total"
    )


def _returned(planning: Planning, of: Field, table: Table, asked: Asked) -> str:
    """The columns that the answer may be built from: those that the role may read.

    Of a key that it may not read PostgreSQL says so, if the identifier is asked for.
    """
    records = planning.object_type(planning.object_type(of).fields[Fixed.RECORDS])
    names: set[str] = set()
    for field in records.fields.values():
        match field.meaning:
            case ColumnValue(column):
                names.add(column.name)
            case ToOne(pairs=pairs) | ToMany(pairs=pairs):
                names.update(here for here, _ in pairs)
            case Computed():  # is only there where all may be read
                names.update(table.columns)
    if not names.issuperset(table.primary_key) and _asks_identifier(planning, of, records, asked):
        names.update(table.primary_key)
    return ", ".join(quoted(name) for name in table.columns if name in names) or "NULL"


def _asks_identifier(planning: Planning, of: Field, records: ObjectType, asked: Asked) -> bool:
    return any(
        each.name == Fixed.RECORDS and field is not None and isinstance(field.meaning, NodeId)
        for each in planning.fields(asked, planning.object_type(of), 1)
        for field in (records.fields.get(below.name) for below in planning.fields(each, records, 2))
    )


def _answer(planning: Planning, of: Field, asked: Asked, block: str, verb: str) -> Callable[[str], str]:
    """The query that builds the answer from the changed rows, given their name."""
    type_ = planning.object_type(of)
    fields = planning.fields(asked, type_, 1)
    pairs: list[Pair] = []
    counted = False
    for each in fields:
        field = type_.fields.get(each.name)
        match Fixed.TYPENAME if each.name == TYPENAME else field and field.meaning:
            case Fixed.TYPENAME:
                pairs.append((each.key, literal(type_.name)))
            case Fixed.AFFECTED_COUNT:
                pairs.append((each.key, "pg_catalog.count(*)"))
                counted = True
            case Fixed.RECORDS if field is not None:
                only(each, ())
                row = node_sql(planning, planning.object_type(field), each, block, 1)
                pairs.append((each.key, f"coalesce(pg_catalog.json_agg({row}), '[]')"))
                counted = True
            case _:
                raise Refused(f"unknown field in {verb}")
    limit = "" if counted else " LIMIT 1"
    return lambda changed: f"SELECT {json_object(pairs)} FROM {changed} AS {block}{limit}"


def _objects(given: Value, fields: Mapping[str, Column]) -> list[dict[str, Value]]:
    """Rows to insert, by column."""
    rows = [
        {fields[name].name: value for name, value in each.items()}
        for each in (given if isinstance(given, list) else ())
        if isinstance(each, dict)
    ]
    if not rows:
        raise Refused("At least one record must be provided to objects")
    return rows


def _set(planning: Planning, of: Field, asked: Asked) -> dict[str, Value]:
    """What to set, by column."""
    given = planning.argument(of, asked, Argument.SET)
    fields = _inputs(planning, of, Argument.SET)
    values = given if isinstance(given, dict) else {}
    changes: dict[str, Value] = {
        fields[name].name: value for name, value in values.items() if not isinstance(value, Absent)
    }
    if not changes:
        raise Refused("At least one mapping must be provided to set argument")
    return changes


def _inputs(planning: Planning, of: Field, argument: Argument) -> Mapping[str, Column]:
    known = planning.schema.type(named(of.arguments[argument].type))
    if not isinstance(known, InputType):
        raise Refused(f"Could not locate {argument} entity type")
    return {
        name: field.meaning.column for name, field in known.fields.items() if isinstance(field.meaning, ColumnValue)
    }


def _cell(planning: Planning, table: Table, row: Mapping[str, Value], name: str) -> str:
    value = row.get(name, ABSENT)
    return "DEFAULT" if isinstance(value, Absent) else _typed(planning, value, table.columns[name])


def _typed(planning: Planning, value: Value, column: Column) -> str:
    return f"({planning.binder.value(value)}::{column.sql})"


def _at_most(planning: Planning, of: Field, asked: Asked) -> str:
    """How many rows may be changed: one, where nothing or nothing useful is said."""
    try:
        value = planning.argument(of, asked, Argument.AT_MOST)
    except Refused:
        return "1"
    if isinstance(value, Leaf) and value.kind is Kind.INTEGER:
        return f"{planning.binder.value(value)}::pg_catalog.int8"
    return "1"
