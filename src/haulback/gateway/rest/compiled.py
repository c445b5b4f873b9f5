"""A request turned into a statement that can be prepared once and run with other values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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


Bind = FromPair | FromPairs | Constant | Body


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


def bound(binds: Sequence[Bind], values: Sequence[str], body: bytes | None) -> list[bytes | None]:
    """Values to send with a statement, as PostgreSQL reads them: text in UTF-8.

    Raises:
        Refusal: 22021, where one of them has a zero byte, as PostgreSQL says it.
    """
    return [_value(bind, values, body) for bind in binds]


def _value(bind: Bind, values: Sequence[str], body: bytes | None) -> bytes | None:
    match bind:
        case FromPair(pair, into):
            text = values[pair]
            return _text(into(text) if into else text)
        case Constant(text):
            return _text(text)
        case FromPairs(pairs, into_array):
            return _text(into_array([values[pair] for pair in pairs]))
        case Body():
            return body


def _text(text: str) -> bytes:
    if "\0" in text:  # libpq would end the value there, and so compare with another
        raise Refusal(400, "22021", ZERO_BYTE)
    return text.encode()
