"""Answers OPTIONS: which methods can be used at all, whoever asks."""

from __future__ import annotations

from haulback.gateway.answer import Answer
from haulback.gateway.rest.plan.calls import call_plan
from haulback.gateway.rest.plan.tables import table
from haulback.gateway.rest.planned import RequestShape
from haulback.gateway.rest.query.parsed import parsed
from haulback.gateway.schema.model import Name, Routine, SchemaCache, Table, Volatility

_READ = "OPTIONS,GET,HEAD"


def allowed(shape: RequestShape, cache: SchemaCache) -> Answer:
    """Of the table that a request is about, of the function that a GET with its query would call, or of the root.

    Raises:
        Refusal: neither is there.
    """
    if not shape.name:
        return _answer(_READ)
    if shape.is_call:
        query = parsed(shape.shape, is_call=True)
        return allowed_of_routine(call_plan(shape._replace(method="GET"), query, cache).routine)
    return allowed_of_table(table(cache, Name(shape.schema, shape.name)))


def allowed_of_table(table: Table) -> Answer:
    methods = [_READ]
    if table.insertable:
        methods.append("POST")
    # PUT inserts or updates the one row that its key names.
    if table.insertable and table.updatable and table.primary_key:
        methods.append("PUT")
    if table.updatable:
        methods.append("PATCH")
    if table.deletable:
        methods.append("DELETE")
    return _answer(",".join(methods))


def allowed_of_routine(routine: Routine) -> Answer:
    return _answer("OPTIONS,POST" if routine.volatility is Volatility.VOLATILE else f"{_READ},POST")


def _answer(allow: str) -> Answer:
    return Answer(200, (("Access-Control-Allow-Origin", "*"), ("Allow", allow)))
