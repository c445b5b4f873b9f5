"""The JSON text of a change, as one group of subscribers gets it: those who may read and want the same columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from haulback.gateway.realtime.changes.pgoutput import Relation, Unchanged
from haulback.gateway.realtime.changes.pgoutput import Row as Values
from haulback.gateway.realtime.changes.tables import Table

_json = msgspec.json.Encoder().encode

_LARGEST = 1024 * 1024  # bytes of a change beyond which only small values are told
_SMALL = 64  # bytes that a value may have then

UNAUTHORIZED = "Error 401: Unauthorized"
NO_KEY = "Error 400: Bad Request, no primary key"
TOO_LARGE = "Error 413: Payload Too Large"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a row.

    Attributes:
        type: INSERT, UPDATE or DELETE.
        time: of the commit, microseconds since 1970.
        new: values of the row by column, none for DELETE; those that the log does not have are left out.
        old: what is known of the row before: its replica identity.
        size: bytes of the values.
    """

    type: str
    time: int
    new: Mapping[str, bytes | None]
    old: Mapping[str, bytes | None]
    size: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """The values of a change as JSON texts, by column."""

    new: Mapping[str, bytes]
    old: Mapping[str, bytes]


def change(kind: str, time: int, relation: Relation, new: Values | None, old: Values | None) -> Change:
    """A change with its values by column.

    The old row of an UPDATE that left the key as it was is not in the log; its key is the new one's.
    """
    identity = {column.name for column in relation.columns if column.key}
    names = [column.name for column in relation.columns]
    fresh = _named(names, new)
    if old is None and kind == "UPDATE":
        before = {name: value for name, value in fresh.items() if name in identity}
    else:
        before = {name: value for name, value in _named(names, old).items() if name in identity}
    size = sum(len(value) for row in (fresh, before) for value in row.values() if value is not None)
    return Change(kind, time, fresh, before, size)


def _named(names: Iterable[str], row: Values | None) -> dict[str, bytes | None]:
    if row is None:
        return {}
    return {name: value for name, value in zip(names, row, strict=True) if not isinstance(value, Unchanged)}


def data(
    made: Change,
    rendered: Rendered,
    table: Table,
    readable: Collection[str],
    select: tuple[str, ...] | None,
) -> bytes:
    """The JSON text of a change.

    Args:
        made: the change.
        rendered: its values.
        table: that was changed.
        readable: columns that the role may select.
        select: columns that are wanted besides the key, None for all.
    """
    wanted = {
        name
        for name in {*table.columns, *made.new, *made.old}
        if name in readable and (select is None or name in select or name in table.key)
    }
    large = made.size > _LARGEST
    columns = [
        {"name": column.name, "type": column.type_name} for column in table.columns.values() if column.name in wanted
    ]
    # The log has not what an UPDATE left alone out of line, but the old row may.
    new = {**rendered.old, **rendered.new} if made.type == "UPDATE" else rendered.new
    parts = [
        (b"schema", _json(table.schema)),
        (b"table", _json(table.name)),
        (b"type", _json(made.type)),
        (b"commit_timestamp", _json(moment(made.time))),
        (b"columns", _json(columns)),
    ]
    if made.type != "DELETE":
        parts.append((b"record", _object(new, wanted, large=large)))
    if made.type == "UPDATE":
        parts.append((b"old_record", _object(rendered.old, wanted, large=large)))
    if made.type == "DELETE":
        # Nobody can be asked about a row that is gone: under row security only its key is told.
        kept = wanted & set(table.key) if table.row_security else wanted
        parts.append((b"old_record", _object(rendered.old, kept, large=large)))
    parts.append((b"errors", _json([TOO_LARGE]) if large else b"null"))
    return b"{" + b",".join(b'"' + name + b'":' + value for name, value in parts) + b"}"


def key(made: Change, table: Table) -> list[str]:
    """The texts of the primary key of a row."""
    return [(made.new.get(name) or b"").decode("utf-8", "replace") for name in table.key]


def refusal(kind: str, table: Table, error: str) -> bytes:
    """What is told in place of a change that cannot be told."""
    told: dict[str, object] = {
        "schema": table.schema,
        "table": table.name,
        "type": kind,
        "commit_timestamp": None,
        "columns": [],
        "record": {},
        "errors": [error],
    }
    if kind == "UPDATE":
        told["old_record"] = {}
    return _json(told)


def moment(time: int) -> str:
    """Microseconds since 1970 as Realtime writes a time: milliseconds, in UTC."""
    told = datetime.fromtimestamp(time // 1_000_000, UTC)
    return f"{told:%Y-%m-%dT%H:%M:%S}.{time % 1_000_000 // 1000:03d}Z"


def _object(values: Mapping[str, bytes], wanted: Collection[str], *, large: bool) -> bytes:
    pairs = (
        _json(name) + b":" + value
        for name, value in values.items()
        if name in wanted and not (large and len(value) > _SMALL)
    )
    return b"{" + b",".join(pairs) + b"}"
