"""aggregate: counts, sums, averages, least and greatest."""

from __future__ import annotations

from haulback.gateway.graphql.meanings import TYPENAME, Aggregated, AggregatedColumn, Fixed, Operation
from haulback.gateway.graphql.model import ObjectType
from haulback.gateway.graphql.planning.json import json_object
from haulback.gateway.graphql.planning.planning import Planning
from haulback.gateway.graphql.refused import Refused
from haulback.gateway.graphql.selecting import Asked
from haulback.gateway.quoting import literal, quoted


def aggregate_sql(planning: Planning, of: ObjectType, asked: Asked, block: str, depth: int) -> str:
    """The object of aggregates over the rows of a query.

    Raises:
        Refused: something is asked for that cannot be aggregated.
    """
    pairs = [
        (each.key, _aggregate(planning, of, each, block, depth + 1)) for each in planning.fields(asked, of, depth + 1)
    ]
    return json_object(pairs)


def _aggregate(planning: Planning, of: ObjectType, asked: Asked, block: str, depth: int) -> str:
    if asked.name == TYPENAME:
        return literal(of.name)
    field = of.fields.get(asked.name)
    match field.meaning if field else None:
        case Fixed.COUNT:
            return "pg_catalog.count(*)"
        case Aggregated() if field is not None:
            columns = planning.object_type(field)
            fields = planning.fields(asked, columns, depth + 1)
            return json_object([(each.key, _column(columns, each, block)) for each in fields])
    raise Refused(f'Unknown field "{asked.name}" selected on type "{of.name}"')


def _column(of: ObjectType, asked: Asked, block: str) -> str:
    field = of.fields.get(asked.name)
    if field is None or not isinstance(field.meaning, AggregatedColumn):
        raise Refused(f'Unknown or invalid field "{asked.name}" selected on type "{of.name}"')
    column = f"{block}.{quoted(field.meaning.column.name)}"
    # The average of integers and floats is exact as that of numerics.
    cast = "::pg_catalog.numeric" if field.meaning.operation is Operation.AVG else ""
    return f"{field.meaning.operation}({column}{cast})"
