"""Looks into one capture: its columns and its first rows, without what an erasure means to be gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql

from haulback.capture import live
from haulback.capture.naming import SCHEMA
from haulback.model.attic_view import KeptColumn, NotedRow
from haulback.model.capture import Capture, CaptureKind
from haulback.pg.queries import queries

_SQL = queries("haulback.capture", "sql/showing.sql")
CUT = 200  # characters of a value, or bytes
_EVENTS = {"i": "insert", "u": "update", "d": "delete"}
_FORMS = {
    **dict.fromkeys(("boolean", "smallint", "integer", "bigint"), "short"),
    **dict.fromkeys(("json", "jsonb"), "document"),
    "bytea": "bytes",
}


def columns(connection: psycopg.Connection, capture: Capture) -> tuple[KeptColumn, ...]:
    """What is kept of a row; none where the capture holds no rows, or its table is gone."""
    there = _columns(connection, capture)
    if capture.kind is CaptureKind.CHANGED_ROWS:
        return tuple(one for one in there if one.name in capture.detail["columns"])
    return there


def rows(connection: psycopg.Connection, capture: Capture, most: int) -> tuple[Mapping[str, Any], ...]:
    """The first rows of a capture of whole rows or columns, by key where there is one."""
    there = _columns(connection, capture)
    if capture.kind is CaptureKind.CHANGED_ROWS or not there:
        return ()
    key = [one for one in capture.key if one in {column.name for column in there}]
    found = _read(connection, capture, there, order=key or ["ctid"], most=most)
    return tuple(dict(zip((one.name for one in there), row, strict=True)) for row in found)


def noted(connection: psycopg.Connection, capture: Capture, most: int) -> tuple[NotedRow, ...]:
    """The first changes that a capture of changed rows tells of."""
    there = _columns(connection, capture)
    if capture.kind is not CaptureKind.CHANGED_ROWS or not there:
        return ()
    only = sql.SQL("k.haulback_event in ('i', 'u', 'd')")
    found = _read(connection, capture, there, where=[only], order=["haulback_statement", *capture.key], most=most)
    names = [one.name for one in there]
    return tuple(_change(capture, dict(zip(names, row, strict=True))) for row in found)


def _change(capture: Capture, row: Mapping[str, Any]) -> NotedRow:
    event = _EVENTS[row["haulback_event"]]
    key = {name: row[name] for name in capture.key}
    pairs = {name: (row[name], row[new]) for name, new in capture.detail["new"].items()}
    if event == "update":
        # Cut values may look alike: then the change lies behind the cut, and both are shown.
        pairs = {name: both for name, both in pairs.items() if both[0] != both[1] or _is_cut(both[0])}
    old = {name: before for name, (before, _) in pairs.items()} if event != "insert" else {}
    new = {name: after for name, (_, after) in pairs.items()} if event != "delete" else {}
    return NotedRow(event, key, old, new)


def _is_cut(value: Any) -> bool:
    return isinstance(value, str) and len(value) > CUT and value.endswith("…")


def _columns(connection: psycopg.Connection, capture: Capture) -> tuple[KeptColumn, ...]:
    if not capture.holds_rows:
        return ()
    found = connection.execute(_SQL["columns"], {"name": capture.attic_table}).fetchall()
    return tuple(KeptColumn(name, type_) for name, type_ in found)


def _read(
    connection: psycopg.Connection,
    capture: Capture,
    there: Sequence[KeptColumn],
    *,
    order: Iterable[str],
    most: int,
    where: Iterable[sql.Composable] = (),
) -> list[list[Any]]:
    """Values as JSON has them, each cut; an erased user's rows are left out even while they lie there."""
    users = [one.name for one in there if one.name in capture.user_columns] if live.honours_erasure(connection) else []
    conditions = [*where, *map(_not_erased, users)]
    with connection.transaction():
        connection.execute(live.SQL["canonical"])
        found = connection.execute(
            sql.SQL(_SQL["rows"]).format(
                values=sql.SQL(", ").join(map(_value, there)),
                table=sql.Identifier(SCHEMA, capture.attic_table),
                where=sql.SQL(" and ").join(conditions) if conditions else sql.SQL("true"),
                order=sql.SQL(", ").join(sql.Identifier("k", one) for one in order),
                most=sql.Literal(most),
            )
        ).fetchall()
    return [row[0] for row in found]


def _value(column: KeptColumn) -> sql.Composed:
    form = _SQL[_FORMS.get(column.type, "text")]
    return sql.SQL(form).format(value=sql.Identifier("k", column.name), most=sql.Literal(CUT))


def _not_erased(column: str) -> sql.Composed:
    return sql.SQL("public.is_erased({}::pg_catalog.text::pg_catalog.uuid) is not true").format(
        sql.Identifier("k", column)
    )
