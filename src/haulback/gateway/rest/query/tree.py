"""What a query string says, before any table is known.

Values of filters on pairs of their own (`id=eq.5`) are not in here: they are Slots, numbers of the pair whose rest is
the value, so that one tree serves every value. Values inside `and=(…)` and `or=(…)` are texts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Slot:
    """The value is what follows the operator in pair number `pair` of the shape."""

    pair: int


Value = str | Slot


@dataclass(frozen=True, slots=True)
class JsonStep:
    """`->key` or `->>key`; an index where the key is a whole number."""

    key: str
    as_text: bool
    is_index: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    path: tuple[JsonStep, ...] = ()


class Quantifier(StrEnum):
    ANY = "any"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Compare:
    """`op` as the query string names it (eq, neq, like, cs, fts…); quantifier for any and all; language for fts."""

    op: str
    value: Value
    quantifier: Quantifier | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class In:
    """One of several: texts, or a Slot whose rest is the list with its parentheses.

    `head` is what stands before that rest, for the message about a list that cannot be read.
    """

    values: tuple[str, ...] | Slot
    head: str = "in."


@dataclass(frozen=True, slots=True)
class Is:
    """null, not_null, true, false or unknown, in lower case."""

    value: str


@dataclass(frozen=True, slots=True)
class Filter:
    field: Field
    test: Compare | In | Is
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Logic:
    """and or or over filters and further ones."""

    is_or: bool
    terms: tuple[Filter | Logic, ...]
    negated: bool = False


class Aggregate(StrEnum):
    COUNT = "count"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"


@dataclass(frozen=True, slots=True)
class SelectField:
    """A column; name `*` for all of them; `count()` is an aggregate over `*`."""

    field: Field
    alias: str | None = None
    cast: str | None = None
    aggregate: Aggregate | None = None
    aggregate_cast: str | None = None


@dataclass(frozen=True, slots=True)
class SelectRelation:
    """An embedded table; `spread` for `...name(…)`, which has no alias."""

    name: str
    select: tuple[SelectField | SelectRelation, ...] = ()
    alias: str | None = None
    hint: str | None = None
    inner: bool | None = None
    spread: bool = False


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """A column, or one of an embedded to-one table where `relation` names it; nulls "first" or "last"."""

    field: Field
    relation: str | None = None
    descending: bool | None = None
    nulls: str | None = None


Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query string; a Path leads to the embedded table that something is said of, () to the root.

    Attributes:
        limits, offsets: as numbers; a text that is no number is as if it were not there.
        columns: of the payload, where `columns=` names them.
        arguments: of a call by GET: name and number of the pair that holds the value, in order.
        filter_fields: names of everything that a filter was written for, as PUT wants to know.
    """

    select: tuple[SelectField | SelectRelation, ...] = (SelectField(Field("*")),)
    filters: tuple[tuple[Path, Filter], ...] = ()
    logic: tuple[tuple[Path, Logic | Filter], ...] = ()
    order: tuple[tuple[Path, tuple[OrderTerm, ...]], ...] = ()
    limits: tuple[tuple[Path, int], ...] = ()
    offsets: tuple[tuple[Path, int], ...] = ()
    columns: tuple[str, ...] | None = None
    on_conflict: tuple[str, ...] | None = None
    arguments: tuple[tuple[str, Slot], ...] = ()
    filter_fields: frozenset[str] = field(default_factory=frozenset)
