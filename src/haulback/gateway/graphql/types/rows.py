"""The rows that the catalogs are read as, by the queries of their names."""

from __future__ import annotations

from typing import NamedTuple


class SchemaRow(NamedTuple):
    name: str
    comment: str | None


class TableRow(NamedTuple):
    oid: int
    schema: str
    name: str
    row_type: int
    row_security: bool
    comment: str | None


class ColumnRow(NamedTuple):
    """modifier: as pg_attribute has it; -1 for none."""

    table: int
    number: int
    name: str
    type: int
    sql: str
    modifier: int
    not_null: bool
    generated: bool
    serial: bool
    comment: str | None


class KeyRow(NamedTuple):
    table: int
    primary: bool
    columns: list[str]


class ForeignKeyRow(NamedTuple):
    table: int
    columns: list[str]
    foreign_table: int
    foreign_columns: list[str]
    comment: str | None


class EnumRow(NamedTuple):
    oid: int
    schema: str
    name: str
    labels: list[str]
    comment: str | None


class FunctionRow(NamedTuple):
    """modes: empty where all arguments are inputs; types: of the inputs; defaults: as SQL, of the last inputs."""

    oid: int
    schema: str
    name: str
    names: list[str]
    modes: list[str]
    types: list[int]
    defaults: str | None
    default_count: int
    returns: int
    is_set: bool
    volatility: str
    overloaded: bool
    plain: bool
    comment: str | None


class TypeRow(NamedTuple):
    oid: int
    schema: str
    name: str
    sql: str
    category: str
    element: int | None
    relation: int | None


class TablePrivilegeRow(NamedTuple):
    """The lists are of columns that are granted by themselves."""

    oid: int
    select: bool
    insert: bool
    update: bool
    delete: bool
    selectable: list[str]
    insertable: list[str]
    updatable: list[str]


class NameRow(NamedTuple):
    name: str


class OidRow(NamedTuple):
    oid: int
