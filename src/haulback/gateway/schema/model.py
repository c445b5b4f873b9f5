"""What the schema cache tells: tables, how they are related, functions, and who may turn rows into which media type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Name(NamedTuple):
    """A qualified name, as the catalogs spell it."""

    schema: str
    name: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table or view.

    Attributes:
        type: what its values are written as: of a domain the type below it, without a length (`character varying`).
        nominal_type: as declared; of a domain its name.
        max_length: of character types, where one is declared.
        default: the expression, or None; of an identity column its nextval.
        enum: labels in order, where the type is an enum.
    """

    name: str
    type: str
    nominal_type: str
    nullable: bool = True
    description: str | None = None
    max_length: int | None = None
    default: str | None = None
    enum: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table, view, materialised view or foreign table of an exposed schema.

    Attributes:
        is_logged: whether every row that is put into it goes through PostgreSQL's log: an ordinary table, not unlogged,
            without rules, kept as PostgreSQL itself keeps tables.
        is_ruled: whether a rule says what an INSERT does.
    """

    name: Name
    columns: Mapping[str, Column]
    primary_key: tuple[str, ...] = ()
    is_view: bool = False
    insertable: bool = True
    updatable: bool = True
    deletable: bool = True
    description: str | None = None
    is_logged: bool = False
    is_ruled: bool = False


class Cardinality(StrEnum):
    """How many rows of the other table belong to one of this."""

    MANY_TO_ONE = "many-to-one"
    ONE_TO_MANY = "one-to-many"
    ONE_TO_ONE = "one-to-one"
    MANY_TO_MANY = "many-to-many"
    COMPUTED = "computed"


@dataclass(frozen=True, slots=True)
class Junction:
    """The table between two others: pairs of (column of the outer table, column of the junction)."""

    table: Name
    source_constraint: str
    target_constraint: str
    source_columns: tuple[tuple[str, str], ...]
    target_columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Relationship:
    """One way from a table to another.

    Attributes:
        columns: pairs of (column of table, column of foreign_table); none where a junction or a function leads there.
        constraint: the foreign key; "" for a junction or a function.
        is_parent: of a one-to-one: whether foreign_table holds the foreign key.
        function: of a computed relationship.
        to_one: whether at most one row comes back.
    """

    table: Name
    foreign_table: Name
    cardinality: Cardinality
    to_one: bool
    constraint: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    junction: Junction | None = None
    function: Name | None = None
    is_self: bool = False
    is_parent: bool = False
    table_is_view: bool = False
    foreign_is_view: bool = False


class Volatility(StrEnum):
    """What PostgreSQL's planner may assume of a function."""

    IMMUTABLE = "immutable"
    STABLE = "stable"
    VOLATILE = "volatile"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One input of a function; type_max_length is the type that a value is cast to without being cut."""

    name: str
    type: str
    type_max_length: str
    required: bool = True
    variadic: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """What a function returns: a composite (its Name is a table's, where it is one) or a scalar, one or a set."""

    type: Name
    is_set: bool = False
    is_composite: bool = False

    @property
    def is_scalar(self) -> bool:
        return not self.is_set and not self.is_composite

    @property
    def is_void(self) -> bool:
        return not self.is_set and self.type == Name("pg_catalog", "void")


@dataclass(frozen=True, slots=True)
class Routine:
    """A function that can be called by name.

    Attributes:
        settings: of the function itself (`SET statement_timeout = …`), those that a call sets beforehand.
        isolation: of its transaction, where the function says so.
        oid: in the catalogs.
    """

    name: Name
    parameters: tuple[Parameter, ...]
    returns: Returned
    volatility: Volatility = Volatility.VOLATILE
    variadic: bool = False
    description: str | None = None
    isolation: str | None = None
    settings: tuple[tuple[str, str], ...] = ()
    oid: int = 0


@dataclass(frozen=True, slots=True)
class MediaHandler:
    """What makes a body of one media type.

    Attributes:
        function: an aggregate over rows of the target; of a function that returns the media type itself, which is the
            target then, the domain that says so.
        target: a table or a function; None: any rows.
        media_type: of the answer; `*/*` was asked for where it is application/octet-stream.
    """

    function: Name
    target: Name | None
    media_type: str


@dataclass(frozen=True, slots=True)
class RoleSettings:
    """What ALTER ROLE … SET gives a role that requests switch to."""

    settings: tuple[tuple[str, str], ...] = ()
    isolation: str | None = None


@dataclass(frozen=True, slots=True)
class SchemaCache:
    """One reading of the catalogs; never changed, only replaced.

    Attributes:
        schemas: exposed, the default first.
        relationships: by the table they start from; none where all lead through what is not exposed.
        representations: the cast's function as SQL names it, by (source type, target type), for domains.
        handlers: by (target or None for any, media type in lower case).
        chooses_answers: whether anything in the database may set what an answer says (response.headers, .status).
        commits_vary: whether anything but the login's own settings may say when a commit is flushed.
        folding: whether plans may hold what only one who asks should get; see `schema.folding`.
        server_version: as the server numbers it: 150019.
    """

    schemas: tuple[str, ...]
    tables: Mapping[Name, Table] = field(default_factory=dict)
    relationships: Mapping[Name, tuple[Relationship, ...]] = field(default_factory=dict)
    routines: Mapping[Name, tuple[Routine, ...]] = field(default_factory=dict)
    representations: Mapping[tuple[str, str], str] = field(default_factory=dict)
    handlers: Mapping[tuple[Name | None, str], MediaHandler] = field(default_factory=dict)
    roles: Mapping[str, RoleSettings] = field(default_factory=dict)
    chooses_answers: bool = True
    commits_vary: bool = True
    folding: bool = True
    server_version: int = 0
