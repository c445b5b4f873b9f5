"""Rows of the queries in catalog.sql and functions.sql, columns in their order."""

from __future__ import annotations

from typing import NamedTuple


class RelationRow(NamedTuple):
    """verbs: bits as PostgreSQL numbers its commands."""

    oid: int
    schema: str
    name: str
    is_view: bool
    verbs: int
    description: str | None
    is_logged: bool
    is_ruled: bool


class ColumnRow(NamedTuple):
    table: int
    number: int
    name: str
    type: str
    nominal_type: str
    nullable: bool
    description: str | None
    max_length: int | None
    default: str | None
    enum: list[str]


class ConstraintRow(NamedTuple):
    """kind: p primary key, u unique, f foreign key; what is foreign is None or empty but for the last."""

    table: int
    schema: str
    table_name: str
    kind: str
    name: str
    numbers: list[int]
    columns: list[str]
    foreign_table: int
    foreign_schema: str | None
    foreign_name: str | None
    foreign_numbers: list[int] | None
    foreign_columns: list[str]


class ViewRow(NamedTuple):
    oid: int
    rule: str


class ComputedRow(NamedTuple):
    schema: str
    name: str
    table_schema: str
    table: str
    foreign_schema: str
    foreign_table: str
    to_one: bool


class RepresentationRow(NamedTuple):
    source: str
    target: str
    function: str


class HandlerRow(NamedTuple):
    schema: str
    name: str
    target_schema: str | None
    target: str
    asked: str
    answered: str


class RoleRow(NamedTuple):
    role: str
    settings: list[str]


class FunctionRow(NamedTuple):
    """argument_modes: one letter each, none where all are inputs; argument_types: of the inputs only."""

    oid: int
    schema: str
    name: str
    description: str | None
    argument_names: list[str]
    argument_modes: list[str]
    argument_types: list[str]
    defaults: int
    return_schema: str
    return_type: str
    returns_set: bool
    returns_composite: bool
    volatility: str
    variadic: bool
    settings: list[str]


class SettingsChosenRow(NamedTuple):
    of_answers: bool
    of_commits: bool


class ServerRow(NamedTuple):
    version: int
