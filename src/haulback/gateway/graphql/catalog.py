"""What GraphQL reads of the catalogs, before any role looks at it; and what a role may do with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

DEFAULT_MAX_ROWS = 30


class Category(StrEnum):
    """What a type is made of, as far as GraphQL tells them apart; domains are `other`."""

    ARRAY = "array"
    ENUM = "enum"
    TABLE = "table"
    COMPOSITE = "composite"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SqlType:
    """A type that a column, a parameter or a result is of.

    Attributes:
        name: as pg_type has it (`int4`), without its schema.
        sql: as a cast writes it, qualified where it must be (`integer`, `public."Mood"`, `text[]`).
        element: oid of the type of an array's elements.
        relation: oid of the table whose rows these are.
    """

    oid: int
    schema: str
    name: str
    sql: str
    category: Category = Category.OTHER
    element: int | None = None
    relation: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table or view.

    Attributes:
        type: oid.
        sql: its type with its length, as a cast writes it (`character varying(10)`).
        max_length: of character types, where one is declared.
        generated: computed by PostgreSQL from others.
        serial: an identity or serial column, which inputs leave out.
        graphql_name: what the comment says it is called.
        description: what the comment says of it.
    """

    name: str
    number: int
    type: int
    sql: str
    not_null: bool = False
    max_length: int | None = None
    generated: bool = False
    serial: bool = False
    graphql_name: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """One way from a table to another, by a constraint or by a comment.

    Attributes:
        table, foreign_table: oids.
        columns, foreign_columns: pairwise.
        local_name: what the comment calls the way back, from the foreign table to this.
        foreign_name: what the comment calls the way there.
    """

    table: int
    columns: tuple[str, ...]
    foreign_table: int
    foreign_columns: tuple[str, ...]
    local_name: str | None = None
    foreign_name: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table, view, materialised view or foreign table of an exposed schema.

    Attributes:
        columns: by name, in order.
        primary_key: its columns in order, of a view those that its comment says; none without.
        unique: sets of columns that tell rows apart, whole indexes only, the primary key among them.
        row_security: whether policies may hide rows of it.
        max_rows: the longest page, by its comment, its schema's or 30.
    """

    oid: int
    schema: str
    name: str
    columns: Mapping[str, Column]
    primary_key: tuple[str, ...] = ()
    unique: tuple[frozenset[str], ...] = ()
    row_security: bool = False
    row_type: int = 0
    graphql_name: str | None = None
    description: str | None = None
    total_count: bool = False
    aggregate: bool = False
    max_rows: int = DEFAULT_MAX_ROWS


class Volatility(StrEnum):
    """What PostgreSQL's planner may assume of a function, as pg_proc writes it."""

    IMMUTABLE = "i"
    STABLE = "s"
    VOLATILE = "v"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One input of a function.

    Attributes:
        name: "" where it has none.
        type: oid.
        sql: as a cast writes it.
        optional: whether it has a default.
        default: the default as GraphQL writes it, where it can.
    """

    name: str
    type: int
    sql: str
    optional: bool = False
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """A function of an exposed schema.

    Attributes:
        returns: oid of the type.
        is_set: whether it returns any number of rows; not where it says that it returns one (`ROWS 1`).
        overloaded: whether another exposed function has its name.
    """

    oid: int
    schema: str
    name: str
    parameters: tuple[Parameter, ...]
    returns: int
    is_set: bool = False
    volatility: Volatility = Volatility.VOLATILE
    overloaded: bool = False
    graphql_name: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Enum:
    """An enum type.

    Attributes:
        labels: in order.
        mappings: GraphQL's value by label, where the comment gives one.
    """

    oid: int
    schema: str
    name: str
    labels: tuple[str, ...]
    mappings: Mapping[str, str] = field(default_factory=dict)
    graphql_name: str | None = None


@dataclass(frozen=True, slots=True)
class Namespace:
    """An exposed schema, with what its comment says."""

    name: str
    inflect_names: bool = False
    max_rows: int = DEFAULT_MAX_ROWS
    introspection: bool = False


@dataclass(frozen=True, slots=True)
class Catalog:
    """One reading of the catalogs; never changed, only replaced.

    Attributes:
        schemas: exposed, by name, in the order in which names are looked up.
        tables, enums, types: by oid; types of all schemas, the others of the exposed.
        foreign_keys: by constraint, then by comment.
        trouble: why there is nothing to serve: a comment that cannot be read.
    """

    schemas: Mapping[str, Namespace]
    tables: Mapping[int, Table] = field(default_factory=dict)
    types: Mapping[int, SqlType] = field(default_factory=dict)
    enums: Mapping[int, Enum] = field(default_factory=dict)
    foreign_keys: tuple[ForeignKey, ...] = ()
    functions: tuple[Function, ...] = ()
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class TablePrivileges:
    """What a role may do with a table.

    Attributes:
        select: the whole of each row, which a function of the row needs.
        selectable, insertable, updatable: names of columns, all where the table itself is granted.
    """

    select: bool = False
    delete: bool = False
    selectable: frozenset[str] = frozenset()
    insertable: frozenset[str] = frozenset()
    updatable: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Privileges:
    """What a role may do.

    Attributes:
        schemas: names of those it may use, of all schemas.
        tables: by oid; none of those with which it may do nothing.
        functions: oids of those it may call.
        unusable_types: oids of those exposed that it may not use.
    """

    role: str
    schemas: frozenset[str] = frozenset()
    tables: Mapping[int, TablePrivileges] = field(default_factory=dict)
    functions: frozenset[int] = frozenset()
    unusable_types: frozenset[int] = frozenset()
