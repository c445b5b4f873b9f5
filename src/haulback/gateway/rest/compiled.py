"""A request turned into a statement that can be prepared once and run with other values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from haulback.gateway.answer import Refusal

ZERO_BYTE = 'invalid byte sequence for encoding "UTF8": 0x00'


@dataclass(frozen=True, slots=True)
class FromPair:
    """The value of a pair of the shape, through `into` (a list of `in.(…)` becomes an array literal)."""

    pair: int
    into: Callable[[str], str] | None = None


@dataclass(frozen=True, slots=True)
class FromPairs:
    """Several values of pairs as one array literal: a variadic argument that was given more than once."""

    pairs: tuple[int, ...]
    into: Callable[[Sequence[str]], str]


@dataclass(frozen=True, slots=True)
class Constant:
    """The same for every request of this shape."""

    text: str


@dataclass(frozen=True, slots=True)
class Body:
    """The body of the request as it came; PostgreSQL reads it. None where it is empty; `binary` for bytea."""

    binary: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One value of an object in the body, as PostgreSQL's json functions would take it.

    That is: null as no value, a string without its quotes unless it `is_json`, anything else as it is written.
    """

    key: str
    is_json: bool


Bind = FromPair | FromPairs | Constant | Body | Field


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with $1… and where each value comes from, in order."""

    sql: str
    binds: tuple[Bind, ...] = ()

    @property
    def formats(self) -> list[int] | None:
        """Formats of the values, where one of them is not a text."""
        formats = [int(isinstance(bind, Body) and bind.binary) for bind in self.binds]
        return formats if any(formats) else None


def bound(
    binds: Sequence[Bind], values: Sequence[str], body: bytes | None, fields: Mapping[str, msgspec.Raw] | None = None
) -> list[bytes | None]:
    """Values to send with a statement, as PostgreSQL reads them: text in UTF-8.

    Args:
        binds: of the statement.
        values: of the pairs of the shape.
        body: of the request.
        fields: of the object in it, where the statement takes them one by one.

    Raises:
        Refusal: 22021, where one of them has a zero byte, as PostgreSQL says it.
    """
    given = fields or {}
    return [_value(bind, values, body, given) for bind in binds]


def _value(bind: Bind, values: Sequence[str], body: bytes | None, fields: Mapping[str, msgspec.Raw]) -> bytes | None:
    match bind:
        case FromPair(pair, into):
            text = values[pair]
            return _text(into(text) if into else text)
        case Field(key, is_json):
            return _field(bytes(fields[key]), is_json=is_json)
        case Constant(text):
            return _text(text)
        case FromPairs(pairs, into_array):
            return _text(into_array([values[pair] for pair in pairs]))
        case Body():
            return body


def _field(text: bytes, *, is_json: bool) -> bytes | None:
    if text == b"null":
        return None
    return text[1:-1] if text[:1] == b'"' and not is_json else text


def _text(text: str) -> bytes:
    if "\0" in text:  # libpq would end the value there, and so compare with another
        raise Refusal(400, "22021", ZERO_BYTE)
    return text.encode()
