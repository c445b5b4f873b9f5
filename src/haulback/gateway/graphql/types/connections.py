"""The types of many rows: connections, edges, pages and aggregates."""

from __future__ import annotations

from collections.abc import Iterable

from haulback.gateway.graphql.catalog import Category, SqlType, Table
from haulback.gateway.graphql.meanings import Aggregated, AggregatedColumn, Fixed, Operation
from haulback.gateway.graphql.model import Field, ListOf, Named, NonNull, ObjectType, Purpose
from haulback.gateway.graphql.types import naming
from haulback.gateway.graphql.types.nodes import readable
from haulback.gateway.graphql.types.view import View

PAGE_INFO = "PageInfo"

_INTEGERS = {"int2": "Int", "int4": "Int", "int8": "BigInt"}
_NUMBERS = _INTEGERS | {"float4": "BigFloat", "float8": "BigFloat", "numeric": "BigFloat", "money": "Opaque"}
_COMPARED = _NUMBERS | {
    "text": "String",
    "varchar": "String",
    "char": "String",
    "bpchar": "String",
    "name": "String",
    "citext": "String",
    "date": "Date",
    "time": "Time",
    "timetz": "Time",
    "timestamp": "Datetime",
    "timestamptz": "Datetime",
    "bool": "Boolean",
}
# What each aggregate gives, by the name of the column's type.
_RESULTS = {
    Operation.SUM: {name: "BigInt" if name in _INTEGERS else "BigFloat" for name in _NUMBERS},
    Operation.AVG: dict.fromkeys(_NUMBERS, "BigFloat"),
    Operation.MIN: _COMPARED,
    Operation.MAX: _COMPARED,
}
_WORDS = {
    Operation.SUM: ("Summation", "Sum", "numeric"),
    Operation.AVG: ("Average", "Average", "numeric"),
    Operation.MIN: ("Minimum", "Minimum", "comparable"),
    Operation.MAX: ("Maximum", "Maximum", "comparable"),
}


def connection(_: View, table: Table, base: str) -> ObjectType:
    fields = [
        Field("edges", NonNull(ListOf(NonNull(Named(f"{base}Edge")))), Fixed.EDGES),
        Field("pageInfo", NonNull(Named(PAGE_INFO)), Fixed.PAGE_INFO),
    ]
    if table.total_count:
        description = "The total number of records matching the `filter` criteria"
        fields.append(Field("totalCount", NonNull(Named("Int")), Fixed.TOTAL_COUNT, description=description))
    if table.aggregate:
        description = f"Aggregate functions calculated on the collection of `{base}`"
        fields.append(Field("aggregate", Named(f"{base}Aggregate"), Fixed.AGGREGATE, description=description))
    return ObjectType(f"{base}Connection", _by_name(fields), Purpose.CONNECTION, table)


def edge(_: View, table: Table, base: str) -> ObjectType:
    fields = (
        Field("cursor", NonNull(Named("String")), Fixed.CURSOR),
        Field("node", NonNull(Named(base)), Fixed.NODE),
    )
    return ObjectType(f"{base}Edge", _by_name(fields), Purpose.EDGE, table)


def page_info() -> ObjectType:
    fields = (
        Field("endCursor", Named("String"), Fixed.END_CURSOR),
        Field("hasNextPage", NonNull(Named("Boolean")), Fixed.HAS_NEXT_PAGE),
        Field("hasPreviousPage", NonNull(Named("Boolean")), Fixed.HAS_PREVIOUS_PAGE),
        Field("startCursor", Named("String"), Fixed.START_CURSOR),
    )
    return ObjectType(PAGE_INFO, _by_name(fields), Purpose.PAGE_INFO)


def aggregate(seen: View, table: Table, base: str) -> ObjectType:
    fields = [
        Field("count", NonNull(Named("Int")), Fixed.COUNT, description="The number of records matching the query")
    ]
    for operation in aggregates(seen, table):
        noun, _, kind = _WORDS[operation]
        fields.append(
            Field(
                operation.value,
                Named(result_name(base, operation)),
                Aggregated(operation),
                description=f"{noun} aggregates for {kind} fields",
            )
        )
    return ObjectType(f"{base}Aggregate", _by_name(fields), Purpose.AGGREGATE, table, f"Aggregate results for `{base}`")


def aggregates(seen: View, table: Table) -> Iterable[Operation]:
    """Those that at least one column has."""
    return (operation for operation in Operation if any(True for _ in _columns(seen, table, operation)))


def result_name(base: str, operation: Operation) -> str:
    return f"{base}{operation.capitalize()}AggregateResult"


def aggregate_result(operation: Operation, seen: View, table: Table, base: str) -> ObjectType:
    noun = _WORDS[operation][0]
    return ObjectType(
        name=result_name(base, operation),
        fields=_by_name(_columns(seen, table, operation)),
        purpose=Purpose.AGGREGATE_RESULT,
        table=table,
        description=f"Result of {noun.lower()} aggregation for `{base}`",
    )


def _columns(seen: View, table: Table, operation: Operation) -> Iterable[Field]:
    word = _WORDS[operation][1]
    for column, type_ in readable(seen, table):
        result = _result(type_, operation)
        name = seen.column_name(table, column)
        if result is not None and naming.valid(name):
            yield Field(
                name,
                Named(result),
                AggregatedColumn(operation, column, type_),
                description=f"{word} of {name} across all matching records",
            )


def _result(type_: SqlType, operation: Operation) -> str | None:
    return _RESULTS[operation].get(type_.name) if type_.category is Category.OTHER else None


def _by_name(fields: Iterable[Field]) -> dict[str, Field]:
    return {one.name: one for one in fields}
