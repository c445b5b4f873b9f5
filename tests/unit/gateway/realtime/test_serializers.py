"""Both serializers: what clients write is read, and what they are written is what they read."""

from __future__ import annotations

import contextlib
import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.realtime.serializers import (
    VERSION_1,
    VERSION_2,
    Malformed,
    Push,
    Sent,
    Serializer,
    of_version,
)

names = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
objects = st.dictionaries(names, st.integers(-(2**53), 2**53) | names | st.booleans() | st.none(), max_size=4)
refs = st.none() | names | st.integers(-(2**53), 2**53)


def payload_of(frame: bytes) -> bytes:
    """What a frame of a server carries."""
    assert frame[0] in {0x81, 0x82}
    if frame[1] < 126:
        return frame[2:]
    size, at = (struct.unpack("!H", frame[2:4])[0], 4) if frame[1] == 126 else (struct.unpack("!Q", frame[2:10])[0], 10)
    assert len(frame) == at + size
    return frame[at:]


def push(join_ref: Any, ref: Any, topic: str, event: str, payload: object) -> Push:
    return Push(join_ref, ref, topic, event, json.dumps(payload).encode())


@given(refs, refs, names, names, objects)
def test_texts_are_read_as_they_were_written(join_ref: Any, ref: Any, topic: str, event: str, payload: Any) -> None:
    text = {"topic": topic, "event": event, "payload": payload, "ref": ref, "join_ref": join_ref}
    expected = push(join_ref, ref, topic, event, payload)
    assert VERSION_1.read_text(json.dumps(text).encode()) == expected
    assert VERSION_2.read_text(json.dumps([join_ref, ref, topic, event, payload]).encode()) == expected


@given(refs, refs, names, names, objects)
def test_texts_are_written_as_clients_read_them(join_ref: Any, ref: Any, topic: str, event: str, payload: Any) -> None:
    given_ = (join_ref, ref, json.dumps(topic).encode(), event, json.dumps(payload).encode())
    one = json.loads(payload_of(VERSION_1.write(*given_)))
    assert one == {"topic": topic, "event": event, "payload": payload, "ref": ref}
    assert json.loads(payload_of(VERSION_2.write(*given_))) == [join_ref, ref, topic, event, payload]


def binary_push(
    join_ref: bytes, ref: bytes, topic: bytes, event: bytes, meta: bytes, encoding: int, rest: bytes
) -> bytes:
    parts = (join_ref, ref, topic, event, meta)
    return bytes((3, *map(len, parts), encoding)) + b"".join(parts) + rest


@given(names, names, names, st.binary(max_size=300))
def test_a_broadcast_as_bytes(ref: str, topic: str, event: str, rest: bytes) -> None:
    read = VERSION_2.read_binary(binary_push(b"1", ref.encode(), topic.encode(), event.encode(), b"{}", 0, rest))
    assert read == Push("1", ref or None, topic, "broadcast", b"", Sent(event, rest, binary=True))
    written = VERSION_2.write_broadcast(json.dumps(topic).encode(), Sent(event, rest, binary=True))
    assert written is not None
    told = payload_of(written)
    head = bytes((4, len(topic.encode()), len(event.encode()), 0, 0))
    assert told == head + topic.encode() + event.encode() + rest
    assert VERSION_1.write_broadcast(json.dumps(topic).encode(), Sent(event, rest, binary=True)) is None


def test_a_broadcast_of_json_in_each_version() -> None:
    sent = Sent("told", b'{"a":1}', meta=b'{"id":"x"}')
    one = VERSION_1.write_broadcast(b'"room"', sent)
    two = VERSION_2.write_broadcast(b'"room"', sent)
    assert one is not None
    assert two is not None
    payload = {"event": "told", "payload": {"a": 1}, "type": "broadcast", "meta": {"id": "x"}}
    assert json.loads(payload_of(one)) == {"topic": "room", "event": "broadcast", "payload": payload, "ref": None}
    assert payload_of(two) == b'\x04\x04\x04\x0a\x01roomtold{"id":"x"}{"a":1}'


def test_names_that_are_too_long_for_bytes_go_as_text_or_not_at_all() -> None:
    topic = json.dumps("x" * 256).encode()
    text = VERSION_2.write_broadcast(topic, Sent("e", b"{}"))
    assert text is not None
    assert json.loads(payload_of(text))[2:4] == ["x" * 256, "broadcast"]
    assert VERSION_2.write_broadcast(topic, Sent("e", b"{}", binary=True)) is None


@pytest.mark.parametrize("serializer", [VERSION_1, VERSION_2])
@given(st.binary(max_size=80))
def test_anything_is_read_or_malformed(serializer: Serializer, message: bytes) -> None:
    for read in (serializer.read_text, serializer.read_binary):
        with contextlib.suppress(Malformed):
            assert isinstance(read(message), Push)


@pytest.mark.parametrize("payload", [b'"\xff"', b'"\\ud800"', b"[" * 100_000, b"01", b'{"a":}', b"nul", b""])
def test_a_payload_that_others_could_not_read_is_malformed(payload: bytes) -> None:
    with pytest.raises(Malformed):
        VERSION_1.read_text(b'{"topic":"t","event":"broadcast","payload":' + payload + b"}")
    with pytest.raises(Malformed):
        VERSION_2.read_text(b'[null,null,"t","broadcast",' + payload + b"]")
    with pytest.raises(Malformed):
        VERSION_2.read_binary(binary_push(b"", b"1", b"t", b"e", b"", 1, payload))


@pytest.mark.parametrize(
    ("version", "serializer"),
    [("", VERSION_1), ("1.0.0", VERSION_1), ("2.0.0", VERSION_2), ("3.0.0", None), ("x", None)],
)
def test_the_version_that_is_asked_for(version: str, serializer: Serializer | None) -> None:
    assert of_version(version) is serializer
