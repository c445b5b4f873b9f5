"""What GraphQL's types are to us: each field says by its meaning what SQL has to do for it.

Types refer to each other by name and are made when they are looked up, so a schema of many tables costs a request
only the types that it names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from haulback.gateway.graphql.catalog import Catalog, Column, Enum, ForeignKey, Function, Parameter, SqlType, Table

TYPENAME = "__typename"


# How types are written where they are used.


@dataclass(frozen=True, slots=True)
class Named:
    """The type of this name."""

    name: str


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list."""

    of: Ref


@dataclass(frozen=True, slots=True)
class NonNull:
    """Never null."""

    of: Named | ListOf


Ref = Named | ListOf | NonNull


def named(ref: Ref) -> str:
    """The name of the type below all lists and non-nulls."""
    while not isinstance(ref, Named):
        ref = ref.of
    return ref.name


def nullable(ref: Ref) -> Named | ListOf:
    """The type without its outermost non-null."""
    return ref.of if isinstance(ref, NonNull) else ref


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


@dataclass(frozen=True, slots=True)
class Input:
    """An argument of a field, or a field of an input.

    Attributes:
        default: as GraphQL writes it (`1`, `"a"`).
        meaning: a column where it is a value, a filter or an order of one; the parameter of a function.
    """

    name: str
    type: Ref
    meaning: InputMeaning
    description: str | None = None
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object or interface."""

    name: str
    type: Ref
    meaning: Meaning
    arguments: Mapping[str, Input] = field(default_factory=dict)
    description: str | None = None
    deprecation: str | None = None


# The types.


class Purpose(StrEnum):
    """What a type stands for: of a table where it has one, else of all."""

    QUERY = "Query"
    MUTATION = "Mutation"
    PAGE_INFO = "PageInfo"
    NODE = "a row"
    EDGE = "Edge"
    CONNECTION = "Connection"
    INSERT_RESPONSE = "InsertResponse"
    UPDATE_RESPONSE = "UpdateResponse"
    DELETE_RESPONSE = "DeleteResponse"
    AGGREGATE = "Aggregate"
    AGGREGATE_RESULT = "AggregateResult"
    FILTER = "Filter"
    VALUE_FILTER = "a filter of one value"
    ORDER_BY = "OrderBy"
    INSERT_INPUT = "InsertInput"
    UPDATE_INPUT = "UpdateInput"
    META = "a type of introspection"


@dataclass(frozen=True, slots=True)
class ObjectType:
    """An object; `interfaces` are names."""

    name: str
    fields: Mapping[str, Field]
    purpose: Purpose
    table: Table | None = None
    description: str | None = None
    interfaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InterfaceType:
    """An interface: `Node`."""

    name: str
    fields: Mapping[str, Field]
    description: str | None = None


@dataclass(frozen=True, slots=True)
class InputType:
    """An input object."""

    name: str
    fields: Mapping[str, Input]
    purpose: Purpose
    table: Table | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class EnumValue:
    """One value of an enum; `label` is PostgreSQL's."""

    name: str
    label: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class EnumType:
    """An enum; `enum` where it is one of the database."""

    name: str
    values: Mapping[str, EnumValue]
    enum: Enum | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class ScalarType:
    """A scalar."""

    name: str
    description: str


GraphType = ObjectType | InterfaceType | InputType | EnumType | ScalarType


class Schema(Protocol):
    """What one role sees of one reading of the catalogs."""

    @property
    def catalog(self) -> Catalog:
        """What it was made from."""

    @property
    def role(self) -> str:
        """Who sees it."""

    @property
    def query(self) -> ObjectType:
        """The root of queries."""

    @property
    def mutation(self) -> ObjectType | None:
        """The root of mutations, where the role may change anything."""

    @property
    def introspection(self) -> bool:
        """Whether a schema's comment allows `__schema` and `__type`; without, Query has no such fields."""

    def type(self, name: str) -> GraphType | None:
        """The type of a name; None where the role sees none."""

    def names(self) -> Sequence[str]:
        """The names of all types, sorted."""


@dataclass(frozen=True, slots=True)
class Selected:
    """One field that was asked for, with fragments, variables and directives resolved.

    Attributes:
        key: in the answer: the alias or the name.
        arguments: values as JSON has them.
    """

    key: str
    name: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    selection: tuple[Selected, ...] = ()
