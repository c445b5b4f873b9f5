"""Makes up a row from what the catalogs say of a table: the values, and others where a check refuses them. Pure."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import uuid4

from haulback.verify._stage import NoAnswer

MARK = "haulback-canary-"

_NUMBERS = frozenset({"int2", "int4", "int8", "float4", "float8", "numeric", "money", "oid"})
_TEXTS = frozenset({"text", "varchar", "bpchar", "name", "citext"})
_LARGEST = {"int4": 2**31 - 1, "int8": 2**53 - 1}  # a smallint has too few values to be sure of one
_FIXED: Mapping[str, Any] = {
    "bool": False,
    "json": {},
    "jsonb": {},
    "bytea": "\\x00",
    "inet": "127.0.0.1",
    "cidr": "127.0.0.0/8",
    "macaddr": "02:00:00:00:00:00",
    "interval": "1 second",
    "time": "12:00:00",
    "timetz": "12:00:00+00",
    "bit": "0",
    "varbit": "0",
    "point": "(0,0)",
    "tsvector": "",
    "xml": "<haulback/>",
}
_EMPTY: Mapping[str, Any] = {"A": [], "R": "empty"}  # by category: arrays and ranges
_LITERAL = re.compile(r"'((?:[^']|'')*)'|(?<![\w.])(-?\d+(?:\.\d+)?)(?![\w.])")
_MOST = 24  # values of one check that are tried


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `kind`, `category` as pg_type has them, `type` of the base type of a domain."""

    name: str
    required: bool
    filled: bool
    identity: str
    generated: str
    type: str
    kind: str
    category: str
    length: int | None
    label: str | None

    @property
    def choosable(self) -> bool:
        """Whether a statement may say its value."""
        return not self.generated and self.identity != "a"


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key."""

    columns: tuple[str, ...]
    schema: str
    table: str
    referred: tuple[str, ...]

    @property
    def of_users(self) -> bool:
        return (self.schema, self.table) == ("auth", "users") and len(self.columns) == 1


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as far as a row of it is made up.

    Attributes:
        key: columns that tell its rows apart; none where it has no such key.
        checks: (name, columns, text) of its check constraints.
        harm: why no row may be laid; empty where one may.
    """

    schema: str
    table: str
    secured: bool
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    checks: tuple[tuple[str, tuple[str, ...], str], ...] = ()
    harm: str = ""

    def column(self, name: str) -> Column:
        return next(one for one in self.columns if one.name == name)

    @property
    def owner(self) -> str | None:
        """The column that says whose a row is: the lowest that refers to auth.users, as the other probes have it."""
        owners = {one.columns[0] for one in self.references if one.of_users}
        return next((one.name for one in self.columns if one.name in owners), None)

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.table}"


@dataclass(frozen=True, slots=True)
class Row:
    """A made-up row: its values, and those of them that it is known by."""

    values: Mapping[str, Any] = field(default_factory=dict)
    mark: tuple[str, ...] = ()

    @property
    def known_by(self) -> dict[str, Any]:
        return {name: self.values[name] for name in self.mark}


def mark_of(shape: Shape, *, own_users: bool) -> tuple[str, ...]:
    """The columns that a row is known by: its key where we may choose it, else one that can hold a mark of ours.

    Args:
        shape: of the table.
        own_users: whether the owner is a user of ours, so that nobody else's rows are theirs.

    Raises:
        NoAnswer: there is neither.
    """
    referring = {name for one in shape.references for name in one.columns}
    ours = {one.name for one in shape.columns if one.name not in referring and _unique(one)}
    if own_users and shape.owner:
        ours.add(shape.owner)
    if ours.intersection(shape.key) and all(shape.column(name).choosable for name in shape.key):
        return shape.key
    for one in shape.columns:
        if one.name in ours and one.type in _TEXTS:
            return (one.name,)
    raise NoAnswer("no column can tell a row of ours from others")


def needed(shape: Shape, mark: Sequence[str]) -> Iterator[Column]:
    """The columns that must be given a value."""
    for one in shape.columns:
        if one.choosable and (one.name in mark or one.name == shape.owner or _must(one)):
            yield one


def value(column: Column, *, distinct: bool) -> Any:
    """A value for a column, one that nobody else has where it must be distinct.

    Raises:
        NoAnswer: none can be made up.
    """
    if column.type in _TEXTS:
        return _text(column)
    if column.type in _NUMBERS:
        return _number(column) if distinct else 1
    now = datetime.now(UTC)
    made = {
        "uuid": str(uuid4()),
        "timestamp": now.isoformat(),
        "timestamptz": now.isoformat(),
        "date": now.date().isoformat(),
        **_FIXED,
    }
    if column.type in made:
        return made[column.type]
    if column.kind == "e" and column.label is not None:
        return column.label
    if column.category in _EMPTY:
        return _EMPTY[column.category]
    raise NoAnswer(f"no value can be made up for column {column.name} of type {column.type}")


def others(text: str, column: Column) -> Iterator[Any]:
    """Values that a check mentions: one of them may be what it wants; numbers also with their neighbours."""
    for found in islice(_LITERAL.finditer(text), _MOST):
        if found[1] is not None:
            yield found[1].replace("''", "'")
        elif column.type in _NUMBERS:
            number = float(found[2]) if "." in found[2] else int(found[2])
            yield from (number, number + 1, number - 1)


def _must(column: Column) -> bool:
    return column.required and not column.filled and not column.identity


def _unique(column: Column) -> bool:
    """Whether a value of ours would be nobody else's."""
    if not column.choosable or column.kind != "b":
        return False
    wide = column.length is None or column.length > len(MARK) + 8
    return column.type == "uuid" or column.type in _LARGEST or (column.type in _TEXTS and wide)


def _text(column: Column) -> str:
    text = MARK + secrets.token_hex(8)
    return text if column.length is None or column.length >= len(text) else secrets.token_hex(8)[: column.length]


def _number(column: Column) -> int:
    """Below zero, where no sequence counts: a row of ours is never taken for another's."""
    most = _LARGEST.get(column.type, 2**31 - 1)
    return secrets.randbelow(most // 2) - most
