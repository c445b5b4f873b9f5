"""What fields and arguments mean: what SQL has to do for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from haulback.gateway.graphql.catalog import Column, ForeignKey, Function, Parameter, SqlType, Table

TYPENAME = "__typename"


# What a field has SQL do.


@dataclass(frozen=True, slots=True)
class Collection:
    """Rows of a table, from the root."""

    table: Table


@dataclass(frozen=True, slots=True)
class ByNodeId:
    """The one row that a nodeId says, of whichever table."""


@dataclass(frozen=True, slots=True)
class ByPrimaryKey:
    """The one row of a key; the arguments mean its columns, in order."""

    table: Table
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function called with arguments.

    Attributes:
        table: whose rows come back; None where values do.
        many: whether the rows come as a connection, with the arguments of one after the function's own.
        arguments: the parameters by the names of the arguments.
    """

    function: Function
    arguments: Mapping[str, Parameter]
    table: Table | None = None
    many: bool = False


@dataclass(frozen=True, slots=True)
class ColumnValue:
    """A column of the row; `type` is what it is of."""

    column: Column
    type: SqlType


@dataclass(frozen=True, slots=True)
class NodeId:
    """The identifier of the row: schema, table and the key's values."""

    table: Table


@dataclass(frozen=True, slots=True)
class ToOne:
    """A row of another table.

    Attributes:
        table: the other.
        pairs: (column here, column there).
        reverse: whether the other table holds the foreign key.
    """

    table: Table
    pairs: tuple[tuple[str, str], ...]
    key: ForeignKey
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class ToMany:
    """Rows of another table as a connection; pairs are (column here, column there)."""

    table: Table
    pairs: tuple[tuple[str, str], ...]
    key: ForeignKey


@dataclass(frozen=True, slots=True)
class Computed:
    """A function of the row.

    Attributes:
        table: whose rows come back; None where a value does.
        many: whether the rows come as a connection.
        type: of the value.
    """

    function: Function
    type: SqlType
    table: Table | None = None
    many: bool = False


class Fixed(StrEnum):
    """A field of a fixed type, which tells no more than its name."""

    EDGES = "edges"
    PAGE_INFO = "pageInfo"
    TOTAL_COUNT = "totalCount"
    AGGREGATE = "aggregate"
    CURSOR = "cursor"
    NODE = "node"
    NODE_ID = "nodeId"
    END_CURSOR = "endCursor"
    HAS_NEXT_PAGE = "hasNextPage"
    HAS_PREVIOUS_PAGE = "hasPreviousPage"
    START_CURSOR = "startCursor"
    COUNT = "count"
    AFFECTED_COUNT = "affectedCount"
    RECORDS = "records"
    TYPENAME = TYPENAME
    SCHEMA = "__schema"
    TYPE = "__type"
    META = "a field of a type of introspection"


class Operation(StrEnum):
    """An aggregate; its value is the field's name."""

    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"


@dataclass(frozen=True, slots=True)
class Aggregated:
    """One aggregate of several columns."""

    operation: Operation


@dataclass(frozen=True, slots=True)
class AggregatedColumn:
    """One aggregate of one column."""

    operation: Operation
    column: Column
    type: SqlType


@dataclass(frozen=True, slots=True)
class Insert:
    """Adds rows."""

    table: Table


@dataclass(frozen=True, slots=True)
class Update:
    """Changes rows."""

    table: Table


@dataclass(frozen=True, slots=True)
class Delete:
    """Takes rows away."""

    table: Table


Meaning = (
    Collection
    | ByNodeId
    | ByPrimaryKey
    | Call
    | ColumnValue
    | NodeId
    | ToOne
    | ToMany
    | Computed
    | Fixed
    | Aggregated
    | AggregatedColumn
    | Insert
    | Update
    | Delete
)


# What an argument or a field of an input means.


class Argument(StrEnum):
    """An argument of a field, or a field of an input, which tells no more than its name."""

    FIRST = "first"
    LAST = "last"
    BEFORE = "before"
    AFTER = "after"
    OFFSET = "offset"
    FILTER = "filter"
    ORDER_BY = "orderBy"
    NODE_ID = "nodeId"
    OBJECTS = "objects"
    SET = "set"
    AT_MOST = "atMost"
    AND = "and"
    OR = "or"
    NOT = "not"
    NAME = "name"
    META = "an argument of introspection"


class Operator(StrEnum):
    """What a filter compares by; its value is the name."""

    EQ = "eq"
    NEQ = "neq"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    IN = "in"
    IS = "is"
    STARTS_WITH = "startsWith"
    LIKE = "like"
    ILIKE = "ilike"
    REGEX = "regex"
    IREGEX = "iregex"
    CONTAINS = "contains"
    CONTAINED_BY = "containedBy"
    OVERLAPS = "overlaps"


InputMeaning = Argument | Operator | ColumnValue | Parameter
