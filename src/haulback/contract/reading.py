"""Reads the API's surface from a database, as its roles have it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from haulback.contract import graph_reading
from haulback.contract.realtime import PUBLICATION
from haulback.gateway.schema.configuration import Held
from haulback.gateway.schema.model import Column, Name, Relationship, Routine, SchemaCache, Table
from haulback.gateway.schema.reading import read as read_cache
from haulback.hazards.names import dotted
from haulback.model.contract import (
    ALL,
    ROLES,
    Argument,
    Columns,
    Embed,
    OfferedColumn,
    OfferedFunction,
    OfferedTable,
    SentTable,
    Surface,
    Verb,
)
from haulback.pg.queries import queries

_SQL = queries("haulback.contract", "surface.sql")
# As pg_get_constraintdef writes `check (kind in ('a', 'b'))`.
_LIST = re.compile(r"= ANY \(\(?ARRAY\[(?P<values>.*)\]")
_MORE = (" OR ", " AND ", "NOT (")  # then the list is not all that the check says
_VALUE = re.compile(r"'((?:[^']|'')*)'::")


@dataclass(frozen=True, slots=True)
class _Call:
    returns: str
    roles: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Facts:
    """What the schema cache does not tell.

    Attributes:
        may: by relation, role and verb.
        filling: tables with a trigger that may fill columns.
        given: columns that fill themselves, and whether they take no value.
        lists: what checks hold a column to.
        calls: by oid of the function.
        sent: what Realtime sends, by name.
    """

    roles: tuple[str, ...]
    may: Mapping[Name, Mapping[str, Mapping[Verb, Columns]]]
    filling: frozenset[Name]
    given: Mapping[tuple[Name, str], bool]
    lists: Mapping[tuple[Name, str], tuple[str, ...]]
    calls: Mapping[int, _Call]
    sent: Mapping[str, SentTable]


def read(
    connection: psycopg.Connection[Any],
    schemas: Sequence[str],
    anonymous: str = ROLES[0],
    reached: Sequence[str] = (),
    *,
    graphql: bool = False,
) -> Surface:
    """The surface of these schemas; the connection may be of any role, and must not be in a transaction.

    Args:
        connection: to the database.
        schemas: that are exposed.
        anonymous: role of who has no token; "" where there must be one.
        reached: schemas behind them, whose views may lead to tables.
        graphql: whether GraphQL is asked, too.

    Raises:
        psycopg.Error: the server is gone, or an object was dropped while it was read.
    """
    roles = tuple(dict.fromkeys((*ROLES, *filter(None, (anonymous,)))))
    found = _surface(read_cache(connection, schemas, reached), _facts(connection, schemas, roles))
    found = replace(found, anonymous=anonymous)
    return replace(found, graphql=graph_reading.read(connection, schemas, found.roles)) if graphql else found


def surface(now: Held, connection: psycopg.Connection[Any], *, graphql: bool) -> Surface:
    """As `read`, by what holds of the API."""
    anonymous, reached = now.options.anonymous or "", now.options.extra_search_path
    return read(connection, now.schemas, anonymous, reached, graphql=graphql)


def _facts(connection: psycopg.Connection[Any], schemas: Sequence[str], roles: Sequence[str]) -> _Facts:
    parameters = {"schemas": list(schemas), "roles": list(roles), "publication": PUBLICATION}

    def asked(name: str) -> list[tuple[Any, ...]]:
        return connection.execute(_SQL[name], parameters).fetchall()

    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute("SELECT pg_catalog.set_config('search_path', '', true)")
        return _Facts(
            roles=tuple(name for (name,) in asked("roles")),
            may=_may(asked("privileges")),
            filling=frozenset(Name(schema, table) for schema, table in asked("filling")),
            given={(Name(schema, table), column): always for schema, table, column, always in asked("given")},
            lists=_lists(asked("lists")),
            calls={
                oid: _Call(returns, tuple(able), tuple((name, type_) for name, type_ in columns))
                for oid, returns, able, columns in asked("calls")
            },
            sent=_sent(asked("sent"), roles),
        )


def _may(rows: Iterable[tuple[Any, ...]]) -> dict[Name, dict[str, dict[Verb, Columns]]]:
    found: dict[Name, dict[str, dict[Verb, Columns]]] = {}
    for role, schema, table, verb, whole, columns in rows:
        if whole or columns:
            found.setdefault(Name(schema, table), {}).setdefault(role, {})[Verb(verb)] = (
                ALL if whole else tuple(columns)
            )
    return found


def _sent(rows: Iterable[tuple[Any, ...]], roles: Sequence[str]) -> dict[str, SentTable]:
    found = {}
    for schema, table, columns, types, readable, key, old, operations, where in rows:
        able = {role: tuple(readable[role]) for role in roles if readable and readable.get(role)}
        if able:
            found[dotted(schema, table)] = SentTable(
                columns=dict(zip(columns, types, strict=True)),
                may={role: ALL if len(names) == len(columns) else names for role, names in able.items()},
                key=tuple(key),
                old=ALL if old is None else tuple(old),
                operations=tuple(operations),
                where=where,
            )
    return _sorted(found)


def _lists(rows: Iterable[tuple[str, str, str, str]]) -> dict[tuple[Name, str], tuple[str, ...]]:
    found: dict[tuple[Name, str], tuple[str, ...]] = {}
    for schema, table, column, definition in rows:
        listed = _LIST.search(definition)
        values = tuple(one.replace("''", "'") for one in _VALUE.findall(listed["values"])) if listed else ()
        if values and not any(word in definition for word in _MORE):
            found[Name(schema, table), column] = values
    return found


def _surface(cache: SchemaCache, facts: _Facts) -> Surface:
    tables = {name: _table(table, cache, facts) for name, table in cache.tables.items()}
    offered = {name: one for name, one in tables.items() if one.may}
    reached = frozenset(dotted(*name) for name in offered)
    return Surface(
        schemas=cache.schemas,
        roles=facts.roles,
        tables=_sorted({dotted(*name): _within(one, reached) for name, one in offered.items()}),
        functions=_sorted(_functions(cache.routines.values(), facts)),
        sent=facts.sent,
    )


def _table(table: Table, cache: SchemaCache, facts: _Facts) -> OfferedTable:
    possible = {
        Verb.SELECT: True,
        Verb.INSERT: table.insertable,
        Verb.UPDATE: table.updatable,
        Verb.DELETE: table.deletable,
    }
    may = {
        role: {verb: _whole(columns, table) for verb, columns in verbs.items() if possible[verb]}
        for role, verbs in facts.may.get(table.name, {}).items()
    }
    return OfferedTable(
        columns={name: _column(table.name, one, facts) for name, one in table.columns.items()},
        may={role: may[role] for role in facts.roles if may.get(role)},
        embeds=_embeds(cache.relationships.get(table.name, ())),
        key=table.primary_key,
        fills=table.name in facts.filling,
    )


def _whole(columns: Columns, table: Table) -> Columns:
    """ALL where every column is named one by one: `select=*` works then, too."""
    return ALL if columns != ALL and set(columns) >= table.columns.keys() else columns


def _column(table: Name, column: Column, facts: _Facts) -> OfferedColumn:
    always = facts.given.get((table, column.name))
    return OfferedColumn(
        type=column.nominal_type,
        nullable=column.nullable,
        required=not column.nullable and column.default is None and always is None,
        written=not always,
        values=column.enum or facts.lists.get((table, column.name), ()),
    )


def _embeds(relationships: Iterable[Relationship]) -> dict[str, tuple[Embed, ...]]:
    found: dict[str, set[Embed]] = {}
    for one in relationships:
        way = one.constraint
        if one.junction is not None:
            way = dotted(*one.junction.table)
        elif one.function is not None:
            way = f"{dotted(*one.function)}()"
        found.setdefault(dotted(*one.foreign_table), set()).add(Embed(way, one.to_one))
    return _sorted({name: tuple(sorted(ways, key=lambda way: (way.by, way.to_one))) for name, ways in found.items()})


def _within(table: OfferedTable, reached: frozenset[str]) -> OfferedTable:
    """The table without the ways to what nobody can use."""
    embeds = {name: ways for name, ways in table.embeds.items() if name in reached}
    return replace(table, embeds=embeds)


def _functions(routines: Iterable[Sequence[Routine]], facts: _Facts) -> dict[str, tuple[OfferedFunction, ...]]:
    found: dict[str, list[OfferedFunction]] = {}
    for overloads in routines:
        for one in overloads:
            call = facts.calls.get(one.oid)
            if call is not None and call.roles:
                found.setdefault(dotted(*one.name), []).append(_function(one, call))
    return {name: tuple(sorted(several, key=_signature)) for name, several in found.items()}


def _function(one: Routine, call: _Call) -> OfferedFunction:
    return OfferedFunction(
        arguments=tuple(Argument(each.name, each.type, each.required) for each in one.parameters),
        returns=call.returns,
        is_set=one.returns.is_set,
        columns=call.columns,
        roles=call.roles,
    )


def _signature(one: OfferedFunction) -> tuple[tuple[str, str], ...]:
    return tuple((each.name, each.type) for each in one.arguments)


def _sorted(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in sorted(found)}
