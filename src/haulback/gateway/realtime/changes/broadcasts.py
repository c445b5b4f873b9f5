"""Broadcasts that the database sends: rows of realtime.messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import psycopg

from haulback.gateway.realtime.changes.pgoutput import Insert, Relation
from haulback.gateway.realtime.changes.tables import Catalog, Replayed, gone
from haulback.gateway.realtime.members import Message

PUBLICATION = "supabase_realtime_messages_publication"  # the name that Realtime gives it
_SCHEMA, _TABLE = "realtime", "messages"
_MOST = 25  # rows that are replayed at once
_PORTION = 5000


def is_one(relation: Relation) -> bool:
    """Whether rows of a table are broadcasts: those of realtime.messages and of its partitions."""
    return relation.schema == _SCHEMA and (relation.name == _TABLE or relation.name.startswith(f"{_TABLE}_"))


def message(relation: Relation, inserted: Insert) -> Message | None:
    """What a row says; None where it lacks what a broadcast has."""
    row: Mapping[str, bytes] = {
        column.name: value
        for column, value in zip(relation.columns, inserted.new, strict=True)
        if isinstance(value, bytes)
    }
    try:
        topic, event, id_, private = (row[name].decode() for name in ("topic", "event", "id", "private"))
        binary = row.get("binary_payload")
        payload = row["payload"] if binary is None else bytes.fromhex(binary.decode().removeprefix("\\x"))
    except (KeyError, ValueError):
        return None
    return Message(topic, event, payload, private == "t", id_, binary is not None)


async def replayed(catalog: Catalog, topic: str, since: int, limit: int) -> Sequence[Message]:
    """The newest private broadcasts of a topic since a time in milliseconds, the oldest of them first.

    Raises:
        psycopg.Error: they cannot be read.
    """
    rows = await catalog.replay(topic, since, max(1, min(limit, _MOST)))
    return [_replayed(topic, row) for row in reversed(rows) if row.event is not None]


def _replayed(topic: str, row: Replayed) -> Message:
    binary = row.binary is not None
    payload = row.binary if row.binary is not None else (row.payload or "null").encode()
    return Message(topic, row.event or "", payload, private=True, id=row.id, binary=binary)


async def pruned(catalog: Catalog, tell: Callable[[str], None]) -> bool:
    """Deletes a portion of what is older than three days, as Realtime does; whether there may be more.

    Raises:
        psycopg.OperationalError: the server is gone.
    """
    try:
        return await catalog.prune(_PORTION) == _PORTION
    except psycopg.errors.UndefinedTable:
        return False  # partitions by day are pruned by whoever makes them
    except psycopg.Error as refused:
        if gone(refused):
            raise
        tell(f"changes: old rows of realtime.messages cannot be deleted: {refused}")
        return False
