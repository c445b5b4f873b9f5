"""What the API of a target offers to each role, and how two such offers differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

# The roles that requests come in: strangers, users, servers.
ROLES = ("anon", "authenticated", "service_role")


# Columns that a role may use; ALL is every one of the table, those that are added later included.
Columns = tuple[str, ...] | Literal["*"]
ALL: Literal["*"] = "*"


class Verb(StrEnum):
    """What a role may do with rows."""

    SELECT = "select"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class OfferedColumn:
    """A column as clients see it.

    Attributes:
        type: as declared, with its schema where that is not pg_catalog: `character varying(20)`.
        required: whether an insert that leaves it out fails.
        written: whether clients may give it a value; not of generated columns.
        values: that it can hold and no others: the labels of its enum, or the list of its check constraint.
    """

    type: str
    nullable: bool = True
    required: bool = False
    written: bool = True
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Embed:
    """One way from a table to another that a client can embed.

    Attributes:
        by: what tells it from other ways: a foreign key, a junction or a function.
        to_one: whether an object comes back, and not an array.
    """

    by: str
    to_one: bool


@dataclass(frozen=True, slots=True)
class OfferedTable:
    """A table or view as clients see it.

    Attributes:
        columns: by name, in their order.
        may: of each role that may do anything, by verb, the columns that it may do it with.
        embeds: ways by the table that they lead to.
        key: columns of the primary key, which upserts go by.
        fills: whether a trigger may fill what an insert leaves out.
    """

    columns: Mapping[str, OfferedColumn]
    may: Mapping[str, Mapping[Verb, Columns]]
    embeds: Mapping[str, tuple[Embed, ...]] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    fills: bool = False


@dataclass(frozen=True, slots=True)
class Argument:
    """One input of a function; without a name it takes the whole body."""

    name: str
    type: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class OfferedFunction:
    """One overload of a function as clients call it.

    Attributes:
        returns: its type: `bigint`, `public.orders`.
        columns: (name, type) of what it returns, where it says so itself: outputs, or the columns of its table.
        roles: that may call it.
    """

    arguments: tuple[Argument, ...]
    returns: str
    is_set: bool = False
    columns: tuple[tuple[str, str], ...] = ()
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SentTable:
    """A table whose changes Realtime sends, since the publication has it.

    Attributes:
        columns: their types by name, in their order; only those that are published.
        may: of each role that gets anything, the columns that it gets.
        key: columns of the primary key; without one Realtime sends an error in the place of rows.
        old: columns that events tell of a row as it was before, and that deletes can be filtered by.
        operations: of insert, update and delete, those that are published.
        where: the condition of the publication that rows have to meet; empty where there is none.
    """

    columns: Mapping[str, str]
    may: Mapping[str, Columns]
    key: tuple[str, ...] = ()
    old: Columns = ()
    operations: tuple[str, ...] = ("insert", "update", "delete")
    where: str = ""


@dataclass(frozen=True, slots=True)
class Surface:
    """The whole offer of an API.

    Attributes:
        schemas: exposed, the default first.
        roles: of ROLES and the one of strangers, those that the server has.
        tables, functions: by name with their schema, as the catalogs quote it; only what some role can use.
        sent: by name as well, what Realtime sends; None where that was not read, as in older snapshots.
        graphql: by role the lines of GraphQL's schema as it sees it; None where that was not read.
        anonymous: role that a request without a token is made as; empty where there must be one.
    """

    schemas: tuple[str, ...]
    roles: tuple[str, ...]
    tables: Mapping[str, OfferedTable] = field(default_factory=dict)
    functions: Mapping[str, tuple[OfferedFunction, ...]] = field(default_factory=dict)
    sent: Mapping[str, SentTable] | None = None
    graphql: Mapping[str, tuple[str, ...]] | None = None
    anonymous: str = ROLES[0]


class Severity(StrEnum):
    """What a difference does to clients that are deployed."""

    BREAKING = "breaking"  # a request that worked fails, or its answer is not what was promised
    RISK = "risk"  # some clients may not be ready for it
    COMPATIBLE = "compatible"


class Concerns(StrEnum):
    """Who is hit."""

    REQUESTS = "requests"
    RESPONSES = "responses"


@dataclass(frozen=True, slots=True)
class Origin:
    """The statement that a difference comes from, as well as it can be told: file, and line from 1."""

    migration: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is offered otherwise than before, or not as a client needs it.

    Attributes:
        kind: stable, kebab-case: `column-gone`.
        path: the names that lead to it, unquoted: schema, table, column.
        told: for a person, in lower case, without a full stop.
        roles: that are hit; none where it does not go by role.
        words: that a statement may say in the place of the last name: an enum's own name, its new label.
    """

    kind: str
    severity: Severity
    concerns: Concerns
    path: tuple[str, ...]
    told: str
    roles: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    origin: Origin | None = None

    @property
    def breaks(self) -> bool:
        return self.severity is Severity.BREAKING


@dataclass(frozen=True)
class ContractCheck:
    """How the contract of a target differs between two moments.

    Attributes:
        before, after: the moments, for a person.
        problems: what could not be looked at.
        notes: what was not looked at, since it is not used there.
    """

    target: str
    before: str
    after: str
    differences: tuple[Difference, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def breaking(self) -> tuple[Difference, ...]:
        return tuple(one for one in self.differences if one.breaks)
