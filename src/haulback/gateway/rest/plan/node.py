"""A read as it was planned: a tree of tables, each with what is taken of it and how it hangs on the one above."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from haulback.gateway.rest.query.tree import Aggregate, Compare, In, Is, JsonStep
from haulback.gateway.schema.model import Name, Relationship

SOURCE = Name("", "pgrst_source")


class Root(Enum):
    """Where the rows of the root come from, and so what of the query is still to be applied to them.

    TABLE: the table itself; all of it. WRITE: what a write returned as pgrst_source; filters, limit and offset of the
    root belong to the write. CALL: what a function returned as pgrst_source; all of it.
    """

    TABLE = auto()
    WRITE = auto()
    CALL = auto()


class Rows(NamedTuple):
    """`limit` rows from `offset` on; all of them where it is None."""

    offset: int = 0
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column as an expression needs it.

    Attributes:
        name: `*` for all of them.
        to_jsonb: whether it must become jsonb before the arrows of its path.
        to_tsvector: whether it is searched as to_tsvector, in `language` where that is given.
        transform: the function that a value goes through, of a domain with a representation.
        whole_row: stands for the row rather than a column: count() of a spread counts rows of its own.
    """

    name: str
    path: tuple[JsonStep, ...] = ()
    to_jsonb: bool = False
    to_tsvector: bool = False
    language: str | None = None
    transform: str | None = None
    whole_row: bool = False


@dataclass(frozen=True, slots=True)
class Selected:
    """`aggregate(cast(column))`, cast again, under an alias; `of` qualifies it where it is not of the node's table."""

    column: Column
    alias: str | None = None
    cast: str | None = None
    aggregate: Aggregate | None = None
    aggregate_cast: str | None = None
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """A comparison of a column with values."""

    column: Column
    test: Compare | In | Is
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Embedded:
    """Whether the embed of that aggregate alias has rows: `rel=not.is.null`, or none: `rel=is.null`."""

    aggregate_alias: str
    has_rows: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions joined by and or or."""

    is_or: bool
    terms: tuple[Condition, ...]
    negated: bool = False


Condition = Test | Embedded | Group


@dataclass(frozen=True, slots=True)
class Sorting:
    """One term of ORDER BY; `of` qualifies the column where it is of an embed."""

    column: Column
    descending: bool | None = None
    nulls: str | None = None
    of: str | None = None


@dataclass(frozen=True, slots=True)
class SpreadColumn:
    """A column of a spread as the node above selects it."""

    name: str
    alias: str | None = None
    aggregate: Aggregate | None = None
    aggregate_cast: str | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """An embed whose columns become columns of the node above.

    Of a to-many each becomes an array; `extra` is selected below only to sort them by `order`.
    """

    columns: tuple[SpreadColumn, ...] = ()
    extra: tuple[Selected, ...] = ()
    order: tuple[Sorting, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """How a node hangs on the one above.

    Attributes:
        above: what the columns of the node above are qualified by.
        name: of the JSON column that it becomes.
        aggregate_alias: of the join.
        inner: whether rows above that have none here are left out.
        is_empty: selects nothing, so that it only filters.
        as_jsonb: whether its JSON can be grouped by.
    """

    relationship: Relationship
    above: Name
    name: str
    aggregate_alias: str
    inner: bool = False
    spread: Spread | None = None
    is_empty: bool = False
    as_jsonb: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """One table of a read.

    Attributes:
        source: what stands in FROM.
        alias: under which name it does, where not its own.
        qualifier: what its columns are qualified by.
    """

    table: Name
    source: Name
    alias: str | None
    select: tuple[Selected, ...] = ()
    conditions: tuple[Condition, ...] = ()
    order: tuple[Sorting, ...] = ()
    offset: int = 0
    limit: int | None = None
    link: Link | None = None
    embeds: tuple[Node, ...] = ()

    @property
    def qualifier(self) -> Name:
        return self.source if self.alias is None else Name("", self.alias)
