"""What GraphQL's types are to us: each field says by its meaning what SQL has to do for it.

Types refer to each other by name and are made when they are looked up, so a schema of many tables costs a request
only the types that it names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from haulback.gateway.graphql.catalog import Catalog, Enum, Table
from haulback.gateway.graphql.meanings import InputMeaning, Meaning

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


# Fields and what is given to them.


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
