"""Answers OPTIONS: which methods can be used at all, whoever asks."""

from __future__ import annotations

from haulback.gateway.answer import Answer
from haulback.gateway.schema.model import Routine, Table, Volatility

_READ = "OPTIONS,GET,HEAD"


def allowed_at_root() -> Answer:
    return _answer(_READ)


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
