"""Messages of pgoutput are read as they were written, and nothing else is taken for one."""

from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.realtime.changes import pgoutput
from haulback.gateway.realtime.changes.pgoutput import (
    UNCHANGED,
    Begin,
    Column,
    Commit,
    Delete,
    Insert,
    Malformed,
    Message,
    Other,
    Relation,
    Row,
    Truncate,
    Update,
    decoded,
)

EPOCH = 946_684_800_000_000

oids = st.integers(0, 2**32 - 1)
lsns = st.integers(0, 2**64 - 1)
names = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), min_size=1, max_size=20)
values = st.one_of(st.none(), st.just(UNCHANGED), st.binary(max_size=60))
rows = st.lists(values, max_size=8).map(tuple)


def text(value: str) -> bytes:
    return value.encode() + b"\0"


def row(values: Row) -> bytes:
    written = struct.pack("!H", len(values))
    for value in values:
        if value is None:
            written += b"n"
        elif isinstance(value, bytes):
            written += b"t" + struct.pack("!I", len(value)) + value
        else:
            written += b"u"
    return written


def insert(oid: int, new: Row) -> tuple[bytes, Message]:
    return b"I" + struct.pack("!I", oid) + b"N" + row(new), Insert(oid, new)


def update(oid: int, new: Row, old: Row | None, kind: bytes) -> tuple[bytes, Message]:
    before = b"" if old is None else kind + row(old)
    return b"U" + struct.pack("!I", oid) + before + b"N" + row(new), Update(oid, new, old)


def delete(oid: int, old: Row, kind: bytes) -> tuple[bytes, Message]:
    return b"D" + struct.pack("!I", oid) + kind + row(old), Delete(oid, old)


def begin(lsn: int, time: int, xid: int) -> tuple[bytes, Message]:
    return b"B" + struct.pack("!QqI", lsn, time, xid), Begin(lsn, time + EPOCH, xid)


def commit(lsn: int, end: int, time: int) -> tuple[bytes, Message]:
    return b"C" + struct.pack("!BQQq", 0, lsn, end, time), Commit(lsn, end)


def relation(oid: int, schema: str, name: str, identity: str, columns: tuple[Column, ...]) -> tuple[bytes, Message]:
    written = b"R" + struct.pack("!I", oid) + text(schema) + text(name) + identity.encode()
    written += struct.pack("!H", len(columns))
    for column in columns:
        written += bytes([column.key]) + text(column.name) + struct.pack("!Ii", column.type, column.modifier)
    return written, Relation(oid, schema, name, identity, columns)


def truncate(named: list[int], options: int) -> tuple[bytes, Message]:
    oids_ = b"".join(struct.pack("!I", oid) for oid in named)
    return b"T" + struct.pack("!IB", len(named), options) + oids_, Truncate(tuple(named))


keys = st.sampled_from([b"K", b"O"])
times = st.integers(-(2**62), 2**62)
columns = st.builds(Column, st.booleans(), names, oids, st.integers(-(2**31), 2**31 - 1))
messages = st.one_of(
    st.builds(insert, oids, rows),
    st.builds(update, oids, rows, st.one_of(st.none(), rows), keys),
    st.builds(delete, oids, rows, keys),
    st.builds(begin, lsns, times, oids),
    st.builds(commit, lsns, lsns, times),
    st.builds(relation, oids, names, names, st.sampled_from("dnfi"), st.lists(columns, max_size=6).map(tuple)),
    st.builds(truncate, st.lists(oids, max_size=5), st.integers(0, 3)),
)


@given(messages)
def test_a_message_is_read_as_it_was_written(written: tuple[bytes, Message]) -> None:
    payload, message = written
    assert decoded(payload) == message
    about = message.oid if isinstance(message, Insert | Update | Delete) else None
    assert pgoutput.table(payload) == about


@given(messages, st.data())
def test_a_message_that_ends_early_is_refused(written: tuple[bytes, Message], data: st.DataObject) -> None:
    payload, _ = written
    cut = payload[: data.draw(st.integers(0, len(payload) - 1))]
    with pytest.raises(Malformed):
        decoded(cut)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_refused(payload: bytes) -> None:
    pgoutput.table(payload)
    with suppress(Malformed):
        decoded(payload)


@pytest.mark.parametrize("kind", [b"Y", b"O", b"M", b"S"])
def test_other_kinds_are_passed_over(kind: bytes) -> None:
    assert decoded(kind + b"whatever") == Other(kind[0])


def test_a_table_of_the_catalogs_has_its_schema() -> None:
    payload, _ = relation(1, "x", "pg_class", "n", ())
    assert decoded(payload.replace(b"x\0", b"\0", 1)) == Relation(1, "pg_catalog", "pg_class", "n", ())
