"""Reads the messages of the output plugin pgoutput, protocol version 1.

Source: PostgreSQL's documentation, "Logical Replication Message Formats". Values come in text format.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum
from typing import Final

_EPOCH = 946_684_800_000_000  # microseconds from 1970 to 2000, where PostgreSQL's time begins

_BEGIN = struct.Struct("!QqI")
_COMMIT = struct.Struct("!BQQq")
_OID = struct.Struct("!I")
_COUNT = struct.Struct("!H")
_COLUMN = struct.Struct("!Ii")
_TRUNCATE = struct.Struct("!IB")

_NULL, _UNCHANGED, _TEXT = b"n"[0], b"u"[0], b"t"[0]
_NEW, _KEY, _OLD = b"N"[0], b"K"[0], b"O"[0]


class Malformed(Exception):
    """What came is no message of pgoutput; str() says where."""


class Unchanged(Enum):
    """A value stored out of line that an UPDATE did not touch: the log does not have it."""

    UNCHANGED = "unchanged"


UNCHANGED: Final = Unchanged.UNCHANGED

Value = bytes | None | Unchanged
Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Begin:
    """Attributes: lsn of the commit, its time in microseconds since 1970, and the transaction's 32-bit number."""

    lsn: int
    time: int
    xid: int


@dataclass(frozen=True, slots=True)
class Commit:
    """Attributes: lsn of the commit, and where the log goes on behind it."""

    lsn: int
    end: int


@dataclass(frozen=True, slots=True)
class Column:
    """Attributes: whether it is part of the replica identity, name, oid of the type, and its modifier."""

    key: bool
    name: str
    type: int
    modifier: int


@dataclass(frozen=True, slots=True)
class Relation:
    """What later changes of the table are to be read by; comes again after each change of its definition.

    Attributes:
        identity: replica identity: d default, f full, i index, n nothing.
    """

    oid: int
    schema: str
    name: str
    identity: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Insert:
    oid: int
    new: Row


@dataclass(frozen=True, slots=True)
class Update:
    """old: what the log has of the row before: all of it under replica identity full, else the key if that changed."""

    oid: int
    new: Row
    old: Row | None


@dataclass(frozen=True, slots=True)
class Delete:
    oid: int
    old: Row


@dataclass(frozen=True, slots=True)
class Truncate:
    oids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Other:
    """A message that says nothing about rows: a type, an origin, a logical message, or one that is not known."""

    kind: int


Change = Insert | Update | Delete
Message = Begin | Commit | Relation | Change | Truncate | Other


def decoded(payload: bytes) -> Message:
    """One message.

    Raises:
        Malformed: it ends too early, or has what no message has.
    """
    try:
        return _decoded(payload)
    except (struct.error, IndexError, UnicodeDecodeError, ValueError) as wrong:
        raise Malformed(f"message {payload[:1]!r} of {len(payload)} bytes: {wrong}") from wrong


def table(payload: bytes) -> int | None:
    """Oid of the table whose row a message is about, without reading the row; None for any other message."""
    if len(payload) > _OID.size and payload[0] in b"IUD":
        oid: int = _OID.unpack_from(payload, 1)[0]
        return oid
    return None


def _decoded(payload: bytes) -> Message:  # noqa: PLR0911 - one for each kind of message
    match payload[:1]:
        case b"I":
            oid = _OID.unpack_from(payload, 1)[0]
            _expect(payload, 5, (_NEW,))
            return Insert(oid, _row(payload, 6)[0])
        case b"U":
            return _update(payload)
        case b"D":
            oid = _OID.unpack_from(payload, 1)[0]
            _expect(payload, 5, (_KEY, _OLD))
            return Delete(oid, _row(payload, 6)[0])
        case b"B":
            lsn, time, xid = _BEGIN.unpack_from(payload, 1)
            return Begin(lsn, time + _EPOCH, xid)
        case b"C":
            _, lsn, end, _ = _COMMIT.unpack_from(payload, 1)
            return Commit(lsn, end)
        case b"R":
            return _relation(payload)
        case b"T":
            count, _ = _TRUNCATE.unpack_from(payload, 1)
            return Truncate(tuple(oid for (oid,) in _OID.iter_unpack(_bytes(payload, 6, 4 * count))))
        case b"":
            raise Malformed("an empty message")
        case _:
            return Other(payload[0])


def _update(payload: bytes) -> Update:
    oid = _OID.unpack_from(payload, 1)[0]
    old: Row | None = None
    at = 5
    if _expect(payload, at, (_NEW, _KEY, _OLD)) != _NEW:
        old, at = _row(payload, at + 1)
        _expect(payload, at, (_NEW,))
    return Update(oid, _row(payload, at + 1)[0], old)


def _relation(payload: bytes) -> Relation:
    oid = _OID.unpack_from(payload, 1)[0]
    schema, at = _string(payload, 5)
    name, at = _string(payload, at)
    identity = chr(payload[at])
    (count,) = _COUNT.unpack_from(payload, at + 1)
    at += 3
    columns: list[Column] = []
    for _ in range(count):
        key = bool(payload[at] & 1)
        column, at = _string(payload, at + 1)
        type_, modifier = _COLUMN.unpack_from(payload, at)
        at += _COLUMN.size
        columns.append(Column(key, column, type_, modifier))
    # An empty schema is how pg_catalog is sent.
    return Relation(oid, schema or "pg_catalog", name, identity, tuple(columns))


def _row(payload: bytes, at: int) -> tuple[Row, int]:
    (count,) = _COUNT.unpack_from(payload, at)
    at += 2
    values: list[Value] = []
    for _ in range(count):
        kind = payload[at]
        at += 1
        if kind == _TEXT:
            (size,) = _OID.unpack_from(payload, at)
            values.append(_bytes(payload, at + 4, size))
            at += 4 + size
        elif kind == _NULL:
            values.append(None)
        elif kind == _UNCHANGED:
            values.append(UNCHANGED)
        else:
            raise Malformed(f"a value of kind {kind}")
    return tuple(values), at


def _expect(payload: bytes, at: int, kinds: tuple[int, ...]) -> int:
    if payload[at] not in kinds:
        raise Malformed(f"a row of kind {payload[at]}")
    return payload[at]


def _bytes(payload: bytes, at: int, size: int) -> bytes:
    taken = payload[at : at + size]
    if len(taken) != size:
        raise Malformed("a value ends too early")
    return taken


def _string(payload: bytes, at: int) -> tuple[str, int]:
    end = payload.index(b"\0", at)
    return payload[at:end].decode(), end + 1
