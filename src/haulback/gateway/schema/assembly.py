"""Makes the schema cache of what the catalogs say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from haulback.gateway.schema import rows
from haulback.gateway.schema.keys import ForeignKey, Keys, Side, View, Views, primary_keys, traced
from haulback.gateway.schema.model import (
    Cardinality,
    Column,
    MediaHandler,
    Name,
    Relationship,
    RoleSettings,
    SchemaCache,
    Table,
)
from haulback.gateway.schema.node_tree import origins
from haulback.gateway.schema.relationships import relationships
from haulback.gateway.schema.routines import ISOLATION, isolation, parted, routines

_UPDATE, _INSERT, _DELETE = 4, 8, 16


@dataclass(frozen=True, slots=True)
class Catalog:
    """All that was read, in one snapshot."""

    relations: Sequence[rows.RelationRow]
    columns: Sequence[rows.ColumnRow]
    constraints: Sequence[rows.ConstraintRow]
    views: Sequence[rows.ViewRow]
    computed: Sequence[rows.ComputedRow]
    functions: Sequence[rows.FunctionRow]
    representations: Sequence[rows.RepresentationRow]
    handlers: Sequence[rows.HandlerRow]
    roles: Sequence[rows.RoleRow]
    settings_chosen: Sequence[rows.SettingsChosenRow]
    servers: Sequence[rows.ServerRow]


def assembled(schemas: tuple[str, ...], catalog: Catalog, hoisted: frozenset[str], *, folding: bool) -> SchemaCache:
    columns = _by_table(catalog.columns)
    keys = _keys(catalog.constraints)
    views = Views(_views(catalog, columns))
    primary = primary_keys(keys, views)
    computed = [_computed(row) for row in catalog.computed]
    return SchemaCache(
        schemas=schemas,
        tables={table.name: table for table in _tables(catalog.relations, columns, primary)},
        relationships=relationships(keys, views, primary, computed, frozenset(schemas)),
        routines=routines(catalog.functions, hoisted),
        representations={(row.source, row.target): row.function for row in catalog.representations},
        handlers=_handlers(catalog.handlers),
        roles={row.role: _role(row) for row in catalog.roles},
        chooses_answers=catalog.settings_chosen[0].of_answers,
        commits_vary=catalog.settings_chosen[0].of_commits,
        folding=folding,
        server_version=catalog.servers[0].version,
    )


def _by_table(columns: Iterable[rows.ColumnRow]) -> dict[int, list[rows.ColumnRow]]:
    found: dict[int, list[rows.ColumnRow]] = defaultdict(list)
    for row in columns:
        found[row.table].append(row)
    return found


def _tables(
    relations: Iterable[rows.RelationRow],
    columns: Mapping[int, Sequence[rows.ColumnRow]],
    primary: Mapping[Name, tuple[str, ...]],
) -> Iterable[Table]:
    for row in relations:
        name = Name(row.schema, row.name)
        yield Table(
            name=name,
            columns={column.name: _column(column) for column in columns.get(row.oid, ())},
            primary_key=primary.get(name, ()),
            is_view=row.is_view,
            insertable=bool(row.verbs & _INSERT),
            updatable=bool(row.verbs & _UPDATE),
            deletable=bool(row.verbs & _DELETE),
            description=row.description,
            is_logged=row.is_logged,
            is_ruled=row.is_ruled,
        )


def _column(row: rows.ColumnRow) -> Column:
    return Column(
        name=row.name,
        type=row.type,
        nominal_type=row.nominal_type,
        nullable=row.nullable,
        description=row.description,
        max_length=row.max_length,
        default=row.default,
        enum=tuple(row.enum),
    )


def _keys(constraints: Sequence[rows.ConstraintRow]) -> Keys:
    unique = {(row.table, frozenset(row.numbers)) for row in constraints if row.kind in "pu"}
    return Keys(
        primary=[_side(row) for row in constraints if row.kind == "p"],
        foreign=[
            ForeignKey(
                constraint=row.name,
                source=_side(row),
                target=_foreign_side(row),
                is_unique=(row.table, frozenset(row.numbers)) in unique,
            )
            for row in constraints
            if row.kind == "f"
        ],
    )


def _side(row: rows.ConstraintRow) -> Side:
    return Side(row.table, Name(row.schema, row.table_name), tuple(row.numbers), tuple(row.columns))


def _foreign_side(row: rows.ConstraintRow) -> Side:
    name = Name(row.foreign_schema or "", row.foreign_name or "")
    return Side(row.foreign_table, name, tuple(row.foreign_numbers or ()), tuple(row.foreign_columns))


def _views(catalog: Catalog, columns: Mapping[int, Sequence[rows.ColumnRow]]) -> Iterable[View]:
    """The views of the exposed schemas; those behind them only lead to their tables."""
    rules = {row.oid: origins(row.rule) for row in catalog.views}
    for row in catalog.relations:
        if row.is_view and row.oid in rules:
            names = {column.number: column.name for column in columns.get(row.oid, ())}
            yield View(Name(row.schema, row.name), names, traced(row.oid, rules))


def _computed(row: rows.ComputedRow) -> Relationship:
    table = Name(row.table_schema, row.table)
    foreign_table = Name(row.foreign_schema, row.foreign_table)
    return Relationship(
        table=table,
        foreign_table=foreign_table,
        cardinality=Cardinality.COMPUTED,
        to_one=row.to_one,
        function=Name(row.schema, row.name),
        is_self=table == foreign_table,
    )


def _handlers(handlers: Iterable[rows.HandlerRow]) -> dict[tuple[Name | None, str], MediaHandler]:
    found: dict[tuple[Name | None, str], MediaHandler] = {}
    for row in handlers:
        target = None if row.target_schema is None else Name(row.target_schema, row.target)
        found[target, row.asked] = MediaHandler(Name(row.schema, row.name), target, row.answered)
    return found


def _role(row: rows.RoleRow) -> RoleSettings:
    settings = parted(row.settings)
    return RoleSettings(
        settings=tuple((key, value) for key, value in settings if key != ISOLATION),
        isolation=isolation(settings),
    )
