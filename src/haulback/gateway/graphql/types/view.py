"""What a role sees of the catalog, and under which names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from haulback.gateway.graphql.catalog import (
    Catalog,
    Category,
    Column,
    Enum,
    ForeignKey,
    Function,
    Privileges,
    SqlType,
    Table,
    TablePrivileges,
)
from haulback.gateway.graphql.model import ListOf, Named, Ref
from haulback.gateway.graphql.types import naming, scalars

_SUFFIXES = (
    "",
    "Edge",
    "Connection",
    "Filter",
    "OrderBy",
    "InsertInput",
    "InsertResponse",
    "UpdateInput",
    "UpdateResponse",
    "DeleteResponse",
)
_AGGREGATE_SUFFIXES = (
    "Aggregate",
    "SumAggregateResult",
    "AvgAggregateResult",
    "MinAggregateResult",
    "MaxAggregateResult",
)


@dataclass(frozen=True, slots=True)
class View:
    """The tables, enums and functions that a role may use and GraphQL can name.

    Attributes:
        bases: what the types of a table are named after, by its oid, in order; tables without are not seen.
        rows: the same of tables without a key, of which only single rows are seen that functions of a row return.
        enums: names by oid.
        computed: functions of one row, by the oid of the row's type.
        ways_out, ways_in: foreign keys by the oid of the table that has them, and of that which they lead to.
    """

    catalog: Catalog
    privileges: Privileges
    bases: Mapping[int, str]
    rows: Mapping[int, str]
    enums: Mapping[int, str]
    computed: Mapping[int, tuple[Function, ...]]
    ways_out: Mapping[int, tuple[ForeignKey, ...]]
    ways_in: Mapping[int, tuple[ForeignKey, ...]]

    def allowed(self, table: Table) -> TablePrivileges:
        return self.privileges.tables[table.oid]

    def inflects(self, schema: str) -> bool:
        return self.catalog.schemas[schema].inflect_names

    def tables(self) -> Iterable[tuple[Table, str]]:
        """Those seen, with what their types are named after."""
        return ((self.catalog.tables[oid], base) for oid, base in self.bases.items())

    def table_of(self, type_: SqlType) -> tuple[Table, str] | None:
        """The table whose rows these are, where it is seen, with what its types are named after."""
        return self._named(type_, self.bases)

    def row_of(self, type_: SqlType) -> tuple[Table, str] | None:
        """The same where a single row is seen, if not the table."""
        return self._named(type_, self.bases) or self._named(type_, self.rows)

    def _named(self, type_: SqlType, names: Mapping[int, str]) -> tuple[Table, str] | None:
        oid = type_.relation
        return (self.catalog.tables[oid], names[oid]) if oid is not None and oid in names else None

    def type(self, oid: int) -> SqlType | None:
        """None where the role may not use its schema."""
        found = self.catalog.types.get(oid)
        return found if found and found.schema in self.privileges.schemas else None

    def value(self, type_: SqlType) -> Ref | None:
        """What values of a type are to GraphQL; None where they are nothing: rows, composites."""
        match type_.category:
            case Category.OTHER:
                return Named(scalars.scalar(type_.oid, type_.name))
            case Category.ENUM:
                return Named(self.enums.get(type_.oid, scalars.OPAQUE))
            case Category.ARRAY:
                return self._list(type_)
            case _:
                return None

    def _list(self, type_: SqlType) -> Ref | None:
        if type_.element is None or type_.element in self.privileges.unusable_types:
            return None
        element = self.type(type_.element)
        if element is None:
            return ListOf(Named(scalars.OPAQUE))
        of = self.value(element)
        return None if of is None else ListOf(of)

    def column_name(self, table: Table, column: Column) -> str:
        return naming.column_field(column.name, column.graphql_name, inflect=self.inflects(table.schema))


def view(catalog: Catalog, privileges: Privileges, reserved: Iterable[str]) -> View:
    """Gives each table and enum its name, those of the first schema before others.

    A table one of whose names is taken already is not seen, nor is an enum; their types would stand for two things.

    Args:
        catalog: what there is.
        privileges: what the role may do with it.
        reserved: names of types that are not made of the catalog.
    """
    taken = set(reserved)
    bases = dict(_bases(catalog, privileges, taken))
    enums = dict(_enums(catalog, privileges, taken))
    computed = _computed(catalog, privileges)
    rows = dict(_rows(catalog, privileges, taken, [one for several in computed.values() for one in several]))
    return View(catalog, privileges, bases, rows, enums, computed, *_ways(catalog, bases, privileges))


def _bases(catalog: Catalog, privileges: Privileges, taken: set[str]) -> Iterable[tuple[int, str]]:
    for table in catalog.tables.values():
        base = _base(catalog, table)
        names = {base + suffix for suffix in (*_SUFFIXES, *(_AGGREGATE_SUFFIXES if table.aggregate else ()))}
        if table.primary_key and _selectable(table, privileges) and naming.valid(base) and taken.isdisjoint(names):
            taken |= names
            yield table.oid, base


def _base(catalog: Catalog, table: Table) -> str:
    inflect = catalog.schemas[table.schema].inflect_names
    return naming.type_name(table.name, table.graphql_name, inflect=inflect)


def _rows(
    catalog: Catalog, privileges: Privileges, taken: set[str], functions: Iterable[Function]
) -> Iterable[tuple[int, str]]:
    for function in functions:
        type_ = catalog.types.get(function.returns)
        table = catalog.tables.get(type_.relation or 0) if type_ else None
        if table and not table.primary_key and not function.is_set and _selectable(table, privileges):
            base = _base(catalog, table)
            if naming.valid(base) and base not in taken:
                taken.add(base)
                yield table.oid, base


def _selectable(table: Table, privileges: Privileges) -> bool:
    allowed = privileges.tables.get(table.oid)
    return bool(allowed and allowed.selectable)


def _enums(catalog: Catalog, privileges: Privileges, taken: set[str]) -> Iterable[tuple[int, str]]:
    for enum in catalog.enums.values():
        name = enum_name(catalog, enum)
        names = {name, scalars.filter_name(name)}
        usable = enum.schema in privileges.schemas and enum.oid not in privileges.unusable_types
        listed = any(naming.valid(enum.mappings.get(label, label)) for label in enum.labels)
        if usable and listed and naming.valid(name) and taken.isdisjoint(names):
            taken |= names
            yield enum.oid, name


def enum_name(catalog: Catalog, enum: Enum) -> str:
    return naming.type_name(enum.name, enum.graphql_name, inflect=catalog.schemas[enum.schema].inflect_names)


def _computed(catalog: Catalog, privileges: Privileges) -> Mapping[int, tuple[Function, ...]]:
    found: dict[int, list[Function]] = defaultdict(list)
    rows = {table.row_type for table in catalog.tables.values()}
    for function in catalog.functions:
        if len(function.parameters) == 1 and function.oid in privileges.functions:
            row = function.parameters[0].type
            if row in rows:
                found[row].append(function)
    return {row: tuple(functions) for row, functions in found.items()}


def _ways(
    catalog: Catalog, bases: Mapping[int, str], privileges: Privileges
) -> tuple[Mapping[int, tuple[ForeignKey, ...]], Mapping[int, tuple[ForeignKey, ...]]]:
    """Foreign keys between tables that are seen, all of whose columns are."""
    out: dict[int, list[ForeignKey]] = defaultdict(list)
    back: dict[int, list[ForeignKey]] = defaultdict(list)
    for key in catalog.foreign_keys:
        if (
            key.table in bases
            and key.foreign_table in bases
            and privileges.tables[key.table].selectable.issuperset(key.columns)
            and privileges.tables[key.foreign_table].selectable.issuperset(key.foreign_columns)
        ):
            out[key.table].append(key)
            back[key.foreign_table].append(key)
    return (
        {table: tuple(keys) for table, keys in out.items()},
        {table: tuple(keys) for table, keys in back.items()},
    )
