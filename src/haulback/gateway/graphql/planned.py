"""A request ready to be run with any values of its shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from haulback.gateway.graphql.binding import Bind, bound

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with $1… whose one row has a column for each value of the answer that it makes."""

    sql: bytes
    binds: tuple[Bind, ...] = ()

    def values(self, variables: Mapping[str, Any]) -> list[bytes | None]:
        """The values to send, where it is the only statement.

        Raises:
            Refused: they cannot be sent.
        """
        return bound(self.binds, variables)


@dataclass(frozen=True, slots=True)
class Ready:
    """A value that is known without the database: JSON."""

    json: bytes


@dataclass(frozen=True, slots=True)
class FromRow:
    """A value that a statement brings: which, and which column of its row."""

    statement: int
    column: int = 0


Piece = tuple[bytes, Ready | FromRow]


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to be done, and how its answer is put together.

    Attributes:
        statements: in order, of one transaction.
        pieces: each key of the answer, written as JSON with its colon, and where its value comes from.
        errors: why there is nothing, or not everything.
        no_data: whether the answer says nothing but the errors.
        writes: whether something is changed.
        calls: whether functions are called, which may leave settings behind and take long.
        unseen: whether a name was asked for that the role does not see.
    """

    statements: tuple[Statement, ...] = ()
    pieces: tuple[Piece, ...] = ()
    errors: tuple[str, ...] = ()
    no_data: bool = False
    writes: bool = False
    calls: bool = False
    unseen: bool = False

    def body(self, rows: Sequence[Sequence[bytes | None]]) -> bytes:
        """The answer, given the row of each statement."""
        if self.no_data:
            return failed(self.errors, no_data=True)
        fields = [
            key + (value.json if isinstance(value, Ready) else rows[value.statement][value.column] or b"null")
            for key, value in self.pieces
        ]
        if not self.errors:
            return b'{"data":{' + b",".join(fields) + b"}}"
        if not fields:
            return failed(self.errors)
        return b'{"data":{' + b",".join(fields) + b'},"errors":' + _listed(self.errors) + b"}"


def failed(errors: Sequence[str], *, no_data: bool = False) -> bytes:
    """The answer to a request that came to nothing."""
    return (b'{"errors":' if no_data else b'{"data":null,"errors":') + _listed(errors) + b"}"


def key(name: str) -> bytes:
    """A key of an object, with its colon."""
    return _encode(name) + b":"


def _listed(errors: Sequence[str]) -> bytes:
    return _encode([{"message": each} for each in errors])
