"""Makes a catalog of the rows that were read and of what the comments say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from haulback.gateway.graphql.catalog import (
    Catalog,
    Category,
    Column,
    Enum,
    ForeignKey,
    Function,
    Namespace,
    Parameter,
    SqlType,
    Table,
    Volatility,
)
from haulback.gateway.graphql.types import comments, rows
from haulback.gateway.graphql.types.defaults import defaults

_INPUTS = frozenset("ibv")
_CHARACTERS = frozenset({1042, 1043})  # bpchar, varchar
_LENGTH_WORD = 4  # bytes that a length modifier counts and a length does not


@dataclass(frozen=True, slots=True)
class Read:
    """All that was read, in one snapshot."""

    schemas: Sequence[rows.SchemaRow]
    tables: Sequence[rows.TableRow]
    columns: Sequence[rows.ColumnRow]
    keys: Sequence[rows.KeyRow]
    foreign_keys: Sequence[rows.ForeignKeyRow]
    enums: Sequence[rows.EnumRow]
    functions: Sequence[rows.FunctionRow]
    types: Sequence[rows.TypeRow]


def assembled(read: Read) -> Catalog:
    """The catalog; of a comment that cannot be understood only the trouble, which every request is told."""
    try:
        return _assembled(read)
    except comments.BadCommentError as bad:
        return Catalog({}, trouble=f"Error while loading schema, check comment directives. {bad}")


def _assembled(read: Read) -> Catalog:
    schemas = {row.name: _namespace(row) for row in read.schemas}
    said = {row.oid: comments.of_table(row.comment) for row in read.tables}
    types = {row.oid: _type(row) for row in read.types}
    tables = _tables(read, schemas, said)
    return Catalog(
        schemas=schemas,
        tables=tables,
        types=types,
        enums={row.oid: _enum(row) for row in read.enums},
        foreign_keys=(*map(_foreign_key, read.foreign_keys), *_declared(tables, said)),
        functions=tuple(_function(row, types) for row in read.functions if row.plain),
    )


def _namespace(row: rows.SchemaRow) -> Namespace:
    said = comments.of_schema(row.comment)
    return Namespace(row.name, said.inflect_names, said.max_rows, said.introspection)


def _tables(read: Read, schemas: Mapping[str, Namespace], said: Mapping[int, comments.OfTable]) -> dict[int, Table]:
    columns: dict[int, list[rows.ColumnRow]] = defaultdict(list)
    for column in read.columns:
        columns[column.table].append(column)
    keys: dict[int, list[rows.KeyRow]] = defaultdict(list)
    for key in read.keys:
        keys[key.table].append(key)
    return {
        row.oid: _table(row, columns[row.oid], keys[row.oid], said[row.oid], schemas[row.schema]) for row in read.tables
    }


def _table(
    row: rows.TableRow,
    columns: Iterable[rows.ColumnRow],
    keys: Sequence[rows.KeyRow],
    said: comments.OfTable,
    schema: Namespace,
) -> Table:
    by_name = {column.name: _column(column) for column in columns}
    declared = () if said.primary_key is None or set(said.primary_key) - by_name.keys() else said.primary_key
    return Table(
        oid=row.oid,
        schema=row.schema,
        name=row.name,
        columns=by_name,
        primary_key=next((tuple(key.columns) for key in keys if key.primary), declared),
        unique=tuple(frozenset(key.columns) for key in keys),
        row_security=row.row_security,
        row_type=row.row_type,
        graphql_name=said.name,
        description=said.description,
        total_count=said.total_count,
        aggregate=said.aggregate,
        max_rows=schema.max_rows if said.max_rows is None else said.max_rows,
    )


def _column(row: rows.ColumnRow) -> Column:
    said = comments.of_column(row.comment)
    limited = row.modifier >= 0 and row.type in _CHARACTERS
    return Column(
        name=row.name,
        number=row.number,
        type=row.type,
        sql=row.sql,
        not_null=row.not_null,
        max_length=row.modifier - _LENGTH_WORD if limited else None,
        generated=row.generated,
        serial=row.serial,
        graphql_name=said.name,
        description=said.description,
    )


def _foreign_key(row: rows.ForeignKeyRow) -> ForeignKey:
    said = comments.of_key(row.comment)
    return ForeignKey(
        row.table,
        tuple(row.columns),
        row.foreign_table,
        tuple(row.foreign_columns),
        said.local_name,
        said.foreign_name,
    )


def _declared(tables: Mapping[int, Table], said: Mapping[int, comments.OfTable]) -> Iterable[ForeignKey]:
    """Foreign keys by comment; one that names what is not there is passed over."""
    by_name = {(table.schema, table.name): table for table in tables.values()}
    for oid, of_table in said.items():
        for key in of_table.foreign_keys:
            foreign = by_name.get((key.foreign_schema, key.foreign_table))
            if foreign and len(key.columns) == len(key.foreign_columns) and not _missing(key, tables[oid], foreign):
                yield ForeignKey(oid, key.columns, foreign.oid, key.foreign_columns, key.local_name, key.foreign_name)


def _missing(key: comments.Key, table: Table, foreign: Table) -> set[str]:
    return (set(key.columns) - table.columns.keys()) | (set(key.foreign_columns) - foreign.columns.keys())


def _type(row: rows.TypeRow) -> SqlType:
    return SqlType(row.oid, row.schema, row.name, row.sql, Category(row.category), row.element, row.relation)


def _enum(row: rows.EnumRow) -> Enum:
    said = comments.of_enum(row.comment)
    return Enum(row.oid, row.schema, row.name, tuple(row.labels), said.mappings, said.name)


def _function(row: rows.FunctionRow, types: Mapping[int, SqlType]) -> Function:
    said = comments.of_function(row.comment)
    names = row.names or [""] * len(row.types)
    if row.modes:
        names = [name for name, mode in zip(names, row.modes, strict=True) if mode in _INPUTS]
    given = defaults(row.defaults, row.default_count, row.types)
    return Function(
        oid=row.oid,
        schema=row.schema,
        name=row.name,
        parameters=tuple(
            Parameter(name, type_, types[type_].sql, optional, default)
            for name, type_, (optional, default) in zip(names, row.types, given, strict=True)
        ),
        returns=row.returns,
        is_set=row.is_set,
        volatility=Volatility(row.volatility),
        overloaded=row.overloaded,
        graphql_name=said.name,
        description=said.description,
    )
