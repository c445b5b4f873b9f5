"""Values of the log as JSON: what to_jsonb makes of them, as far as it can be told from the text.

Booleans and numbers are bare, dates and times ISO 8601, json and jsonb themselves, arrays lists, and anything else is a
string. Composite types and types of extensions, which may bring a cast of their own, are PostgreSQL's to convert. As in
Realtime, NaN and the infinities of numbers are null and a bytea is its hexadecimal digits alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import msgspec

from haulback.gateway.realtime.changes.tables import Column

Encode = Callable[[bytes], bytes]

_BUILT_IN = 16_384  # types below are PostgreSQL's own
_BOOL, _BYTEA = 16, 17
_INTEGERS = frozenset({20, 21, 23})
_FRACTIONS = frozenset({700, 701, 1700})
_TIMES = frozenset({1114, 1184})  # timestamp, timestamptz
_DATES_AND_TIMES = _TIMES | {1082}
_JSON = frozenset({114, 3802})
_VECTORS = frozenset({22, 30})  # int2vector and oidvector: arrays that are not written as such
_TEXTUAL_KINDS = frozenset("erm")  # enum, range, multirange

_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")
_TIME = re.compile(rb"([^ ]+) ([0-9:.]+)(?:([+-]\d\d)(:\d\d)?(?::\d\d)?)?( BC)?\Z")
_BOUNDS = re.compile(rb"(?:\[[+-]?\d+:[+-]?\d+\])+=")
_DEEPEST = 6  # dimensions that an array may have

_text = msgspec.json.Encoder().encode


class NotAnArray(ValueError):
    """A text that PostgreSQL would not write for an array."""


def string(value: bytes) -> bytes:
    """A JSON string."""
    return _text(value.decode("utf-8", "replace"))


@lru_cache(maxsize=4096)
def encoder(column: Column) -> Encode | None:
    """What makes JSON of a column's values; None where PostgreSQL has to be asked."""
    if column.base in _VECTORS:
        return None
    if column.element:
        one = _scalar(column.element, column.element_kind)
        return _array(one, column.delimiter.encode()) if one is not None else None
    return _scalar(column.base, column.kind)


def _scalar(base: int, kind: str) -> Encode | None:  # noqa: PLR0911 - one for each kind of value
    if base == _BOOL:
        return _boolean
    if base in _INTEGERS:
        return bytes
    if base in _FRACTIONS:
        return _fraction
    if base in _DATES_AND_TIMES:
        return _moment
    if base in _JSON:
        return bytes
    if base == _BYTEA:
        return _hexadecimal
    if kind in _TEXTUAL_KINDS or (base < _BUILT_IN and kind == "b"):
        return string
    return None


def _boolean(value: bytes) -> bytes:
    return b"true" if value == b"t" else b"false"


def _fraction(value: bytes) -> bytes:
    return value if _NUMBER.match(value) else b"null"


def _hexadecimal(value: bytes) -> bytes:
    return string(value.removeprefix(b"\\x"))


def _moment(value: bytes) -> bytes:
    parts = _TIME.match(value)
    if parts is None:  # a date, or infinity
        return string(value)
    date, clock, hours, minutes, before = parts.groups()
    zone = hours + (minutes or b":00") if hours else b""
    return b'"' + date + b"T" + clock + zone + (before or b"") + b'"'


def _array(one: Encode, delimiter: bytes) -> Encode:
    piece = re.compile(
        rb'"((?:[^"\\]|\\.)*)"|([{}])|('
        + re.escape(delimiter)
        + rb")|((?:[^{}\"\\"
        + re.escape(delimiter)
        + rb"]|\\.)+)",
        re.DOTALL,
    )

    def encode(value: bytes) -> bytes:
        bounds = _BOUNDS.match(value)
        at = bounds.end() if bounds else 0
        depth = 0
        out: list[bytes] = []
        if value[at : at + 1] != b"{":
            raise NotAnArray
        while at < len(value):
            found = piece.match(value, at)
            if found is None:
                raise NotAnArray
            at = found.end()
            quoted, brace, comma, bare = found.groups()
            if quoted is not None:
                out.append(one(_unescaped(quoted)))
            elif brace is not None:
                depth += 1 if brace == b"{" else -1
                if not 0 <= depth <= _DEEPEST:
                    raise NotAnArray
                out.append(b"[" if brace == b"{" else b"]")
            elif comma is not None:
                out.append(b",")
            else:
                out.append(b"null" if bare == b"NULL" else one(_unescaped(bare)))
        if depth:
            raise NotAnArray
        return b"".join(out)

    return encode


def _unescaped(value: bytes) -> bytes:
    return re.sub(rb"\\(.)", rb"\1", value, flags=re.DOTALL) if b"\\" in value else value
