"""The two serializers of Phoenix channels: 1.0.0 (JSON objects) and 2.0.0 (JSON arrays, and bytes for broadcasts).

Payloads stay the JSON text that they came as, wherever nobody has to look into them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from haulback.gateway.http.websocket import binary_frame, text_frame

Ref = str | int | None

_PUSH, _BROADCAST = 3, 4
_PUSHED = struct.Struct("!7B")
_SHORT = 255  # bytes of a name in a binary message, and characters of a reference
_encode = msgspec.json.encode


class Malformed(Exception):
    """A message that is none of the serializer's."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A broadcast on its way.

    Attributes:
        event: of the user.
        payload: JSON text, or bytes of any kind where `binary`.
        whole: the whole JSON object as a client wrote it, which members get as it is; None where there is none.
        meta: JSON text beside the payload, or None.
        id: of the row in the database that it came from.
    """

    event: str
    payload: bytes
    binary: bool = False
    whole: bytes | None = None
    meta: bytes | None = None
    id: str | None = None

    def text(self) -> bytes | None:
        """The JSON object that members get; None where the payload is not JSON."""
        if self.whole is not None:
            return self.whole
        if self.binary:
            return None
        meta = b"" if self.meta is None else b',"meta":' + self.meta
        return b'{"event":' + _encode(self.event) + b',"payload":' + self.payload + b',"type":"broadcast"' + meta + b"}"


@dataclass(frozen=True, slots=True)
class Push:
    """A message of a client.

    Attributes:
        payload: JSON text.
        sent: the broadcast, where the message came as bytes.
    """

    join_ref: Ref
    ref: Ref
    topic: str
    event: str
    payload: bytes
    sent: Sent | None = None

    @property
    def size(self) -> int:
        """Bytes of what it carries."""
        return len(self.payload) + (0 if self.sent is None else len(self.sent.payload))


class Serializer(Protocol):
    """How one version writes messages. Topics are given as JSON text."""

    def read_text(self, message: bytes) -> Push:
        """Raises Malformed."""

    def read_binary(self, message: bytes) -> Push:
        """Raises Malformed."""

    def write(self, join_ref: Ref, ref: Ref, topic: bytes, event: str, payload: bytes) -> bytes:
        """A frame with a message."""

    def write_broadcast(self, topic: bytes, sent: Sent) -> bytes | None:
        """A frame with a broadcast; None where this version cannot say it."""


class _Object(msgspec.Struct):
    topic: str
    event: str
    payload: msgspec.Raw = msgspec.Raw(b"{}")
    ref: Ref = None
    join_ref: Ref = None


def _short(ref: Ref) -> Ref:
    """A reference, which is given back and kept."""
    if isinstance(ref, str) and len(ref) > _SHORT:
        raise Malformed("a reference is too long")
    return ref


_read_object = msgspec.json.Decoder(_Object).decode
_read_array = msgspec.json.Decoder(list[msgspec.Raw]).decode
_read_ref = msgspec.json.Decoder(Ref).decode
_read_name = msgspec.json.Decoder(str).decode
_read_over = msgspec.json.Decoder(msgspec.Raw).decode
_read_any = msgspec.json.Decoder().decode
_read_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_WRONG = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def checked(json: bytes) -> bytes:
    """JSON text that others may be handed as it is. Nothing is made of it, which would take ten times as long.

    Raises:
        Malformed: it is none.
    """
    try:
        _read_over(json)
        json.decode()
    except _WRONG as wrong:
        raise Malformed(str(wrong)) from wrong
    return json


def value_of(json: bytes) -> Any:
    """The value that JSON text stands for; None also where a number is too large for any."""
    try:
        return _read_any(json)
    except _WRONG:
        return None


def fields_of(json: bytes) -> dict[str, msgspec.Raw] | None:
    """The values of a JSON object by name, as the text that they came as; None where it is no object."""
    try:
        return {name: value.copy() for name, value in _read_fields(json).items()}
    except _WRONG:
        return None


class Version1:
    """A text is an object with topic, event, payload and ref."""

    def read_text(self, message: bytes) -> Push:
        try:
            read = _read_object(message)
        except _WRONG as wrong:
            raise Malformed(str(wrong)) from wrong
        return Push(_short(read.join_ref), _short(read.ref), read.topic, read.event, checked(bytes(read.payload)))

    def read_binary(self, message: bytes) -> Push:
        del message
        raise Malformed("version 1.0.0 has no binary messages")

    def write(self, join_ref: Ref, ref: Ref, topic: bytes, event: str, payload: bytes) -> bytes:
        del join_ref
        return text_frame(
            b'{"ref":%b,"topic":%b,"event":%b,"payload":%b}' % (_encode(ref), topic, _encode(event), payload)
        )

    def write_broadcast(self, topic: bytes, sent: Sent) -> bytes | None:
        payload = sent.text()
        return None if payload is None else self.write(None, None, topic, "broadcast", payload)


class Version2:
    """A text is an array of join_ref, ref, topic, event and payload."""

    def read_text(self, message: bytes) -> Push:
        try:
            join_ref, ref, topic, event, payload, *_ = _read_array(message)
            return Push(
                _short(_read_ref(join_ref)),
                _short(_read_ref(ref)),
                _read_name(topic),
                _read_name(event),
                checked(bytes(payload)),
            )
        except (ValueError, *_WRONG) as wrong:
            raise Malformed(str(wrong)) from wrong

    def read_binary(self, message: bytes) -> Push:
        if len(message) < _PUSHED.size or message[0] != _PUSH:
            raise Malformed("no broadcast")
        _, *sizes, encoding = _PUSHED.unpack_from(message)
        at, parts = _PUSHED.size, []
        for size in sizes:
            parts.append(message[at : at + size])
            at += size
        if at > len(message):
            raise Malformed("shorter than it says")
        try:
            join_ref, ref, topic, event, _meta = (part.decode() for part in parts)
        except UnicodeDecodeError as wrong:
            raise Malformed(str(wrong)) from wrong
        payload = message[at:] if encoding == 0 else checked(message[at:])
        sent = Sent(event, payload, binary=encoding == 0)
        return Push(join_ref or None, ref or None, topic, "broadcast", b"", sent)

    def write(self, join_ref: Ref, ref: Ref, topic: bytes, event: str, payload: bytes) -> bytes:
        return text_frame(b"[%b,%b,%b,%b,%b]" % (_encode(join_ref), _encode(ref), topic, _encode(event), payload))

    def write_broadcast(self, topic: bytes, sent: Sent) -> bytes | None:
        if sent.whole is not None:
            return self.write(None, None, topic, "broadcast", sent.whole)
        name, event, meta = _read_name(topic).encode(), sent.event.encode(), sent.meta or b""
        if max(len(name), len(event), len(meta)) > _SHORT:
            payload = sent.text()
            return None if payload is None else self.write(None, None, topic, "broadcast", payload)
        head = bytes((_BROADCAST, len(name), len(event), len(meta), 0 if sent.binary else 1))
        return binary_frame(b"".join((head, name, event, meta, sent.payload)))


def of_version(version: str) -> Serializer | None:
    """The serializer that a client asks for by `vsn`; without one, the first."""
    if not version or version.startswith("1."):
        return VERSION_1
    return VERSION_2 if version.startswith("2.") else None


VERSION_1 = Version1()
VERSION_2 = Version2()
