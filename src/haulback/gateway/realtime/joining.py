"""What a client asks for when it joins a channel."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from haulback.gateway.realtime.members import Binding
from haulback.gateway.realtime.rejected import Rejected

PREFIX = "realtime:"
_ID = 0x7FFFFFF  # ids have 27 bits, as Erlang's phash2 makes them
_MOST_REPLAYED = 25
_LATEST = 253_402_300_800_000  # milliseconds until the year 10000, which PostgreSQL and Python both can say
_sorted = msgspec.json.Encoder(order="deterministic").encode
_encode = msgspec.json.encode


@dataclass(frozen=True, slots=True)
class Replay:
    """What is to be sent again: milliseconds since 1970, and how many at most."""

    since: int
    limit: int


@dataclass(frozen=True, slots=True)
class Join:
    """The payload of a join.

    Attributes:
        ack: whether a broadcast of this member is replied to.
        itself: whether this member gets its own broadcasts.
        ready: whether it is to be told that the database is followed.
        replay: what of earlier broadcasts is to be sent.
        private: whether policies decide who reads and writes.
        presence: whether this member wants to know who is there.
        key: that it is present under.
        bindings: to changes of tables.
        echo: JSON text of `postgres_changes` in the reply: the entries as they came, each with its id.
        token: that it is made as, or None for the one of the socket.
    """

    ack: bool
    itself: bool
    ready: bool
    replay: Replay | None
    private: bool
    presence: bool
    key: str
    bindings: tuple[Binding, ...]
    echo: bytes
    token: str | None


def joined(payload: Any) -> Join:
    """Reads the payload of a join. What is wrong in it counts as not there, as with Supabase's server.

    Raises:
        Rejected: a change that is asked for, or a replay, cannot be read.
    """
    try:
        return _joined(_map(payload))
    except (OverflowError, RecursionError) as wrong:  # it can be read, but not be said again
        raise Rejected("UnknownErrorOnChannel", "the payload is too deep, or has a number that is too large") from wrong


def _joined(asked: Mapping[str, Any]) -> Join:
    config = _map(asked.get("config"))
    broadcast, presence = _map(config.get("broadcast")), _map(config.get("presence"))
    changes = _changes(config.get("postgres_changes"))
    key = presence.get("key")
    token = next((asked[name] for name in ("user_token", "access_token") if isinstance(asked.get(name), str)), None)
    return Join(
        ack=_flag(broadcast.get("ack")),
        itself=_flag(broadcast.get("self")),
        ready=_flag(broadcast.get("replication_ready")),
        replay=_replay(broadcast),
        private=_flag(config.get("private")),
        presence=_flag(presence.get("enabled")),
        key=_key(key),
        bindings=tuple(_binding(change) for change in changes),
        echo=_encode([{**change, "id": _id(change)} for change in changes]),
        token=token,
    )


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _flag(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _key(value: Any) -> str:
    if value is None or value == "":
        return str(uuid.uuid4())
    return value if isinstance(value, str) else _encode(value).decode()


def _changes(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        return []
    changes = [change for change in value if change is not None]
    if not all(isinstance(change, dict) for change in changes):
        raise Rejected("UnknownErrorOnChannel", "an entry of postgres_changes is not an object")
    return changes


def _replay(broadcast: Mapping[str, Any]) -> Replay | None:
    if "replay" not in broadcast:
        return None
    asked = broadcast["replay"]
    since, limit = (asked.get("since"), asked.get("limit", 25)) if isinstance(asked, dict) else (None, None)
    if type(since) is not int or type(limit) is not int or not 0 <= since < _LATEST:
        raise Rejected("UnableToReplayMessages", "Replay params are not valid")
    return Replay(since, max(1, min(limit, _MOST_REPLAYED)))


def _id(change: Mapping[str, Any]) -> int:
    return zlib.crc32(_sorted(change)) & _ID


def _binding(change: Mapping[str, Any]) -> Binding:
    select = change.get("select")
    if isinstance(select, str):
        select = [name.strip() for name in select.split(",") if name.strip()]
    columns = tuple(name for name in select if isinstance(name, str)) if isinstance(select, list) else ()
    return Binding(
        id=_id(change),
        event=_text(change.get("event")) or "*",
        schema=_text(change.get("schema")) or ("public" if _text(change.get("table")) else ""),
        table=_text(change.get("table")),
        filter=_text(change.get("filter")),
        select=columns or None,
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
