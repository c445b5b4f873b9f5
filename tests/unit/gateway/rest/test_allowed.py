"""Methods of a table follow from what can be done to it, those of a function from what it may change."""

from __future__ import annotations

import pytest

from haulback.gateway.answer import Refusal
from haulback.gateway.rest.allowed import allowed, allowed_of_routine, allowed_of_table
from haulback.gateway.rest.planned import RequestShape
from haulback.gateway.rest.shape import taken_apart
from haulback.gateway.schema.model import Name, Parameter, Returned, Routine, SchemaCache, Table, Volatility


def methods(table: Table) -> str | None:
    return dict(allowed_of_table(table).headers).get("Allow")


def table(verbs: str, *, key: tuple[str, ...] = ("id",)) -> Table:
    return Table(Name("api", "t"), {}, key, insertable="i" in verbs, updatable="u" in verbs, deletable="d" in verbs)


@pytest.mark.parametrize(
    ("verbs", "expected"),
    [
        ("iud", "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE"),
        ("", "OPTIONS,GET,HEAD"),
        ("i", "OPTIONS,GET,HEAD,POST"),
        ("u", "OPTIONS,GET,HEAD,PATCH"),
        ("d", "OPTIONS,GET,HEAD,DELETE"),
        ("iu", "OPTIONS,GET,HEAD,POST,PUT,PATCH"),
    ],
)
def test_tables(verbs, expected):
    assert methods(table(verbs)) == expected


def test_without_a_key_there_is_no_put():
    assert methods(table("iud", key=())) == "OPTIONS,GET,HEAD,POST,PATCH,DELETE"


@pytest.mark.parametrize(
    ("volatility", "expected"),
    [
        (Volatility.VOLATILE, "OPTIONS,POST"),
        (Volatility.STABLE, "OPTIONS,GET,HEAD,POST"),
        (Volatility.IMMUTABLE, "OPTIONS,GET,HEAD,POST"),
    ],
)
def test_functions(volatility, expected):
    routine = Routine(Name("api", "f"), (), Returned(Name("pg_catalog", "int4")), volatility)
    assert dict(allowed_of_routine(routine).headers)["Allow"] == expected


_NAME = Name("api", "f")
_CACHE = SchemaCache(
    schemas=("api",),
    tables={Name("api", "t"): table("iu")},
    routines={
        _NAME: (
            Routine(_NAME, (), Returned(Name("pg_catalog", "int4")), Volatility.VOLATILE),
            Routine(_NAME, (Parameter("a", "text", "text"),), Returned(Name("pg_catalog", "int4")), Volatility.STABLE),
        )
    },
)


@pytest.mark.parametrize(
    ("name", "is_call", "query", "expected"),
    [
        ("", False, "", "OPTIONS,GET,HEAD"),
        ("t", False, "select=no,such", "OPTIONS,GET,HEAD,POST,PUT,PATCH"),
        ("f", True, "", "OPTIONS,POST"),
        ("f", True, "a=1", "OPTIONS,GET,HEAD,POST"),
    ],
)
def test_what_a_request_is_about(name, is_call, query, expected):
    shape, _ = taken_apart(query, of_call=is_call)
    answer = allowed(RequestShape("OPTIONS", "api", name, is_call, shape), _CACHE)
    assert (answer.status, answer.body, dict(answer.headers)["Allow"]) == (200, b"", expected)


@pytest.mark.parametrize(("name", "is_call", "code"), [("f", False, "PGRST205"), ("t", True, "PGRST202")])
def test_what_is_not_there(name, is_call, code):
    with pytest.raises(Refusal) as refused:
        allowed(RequestShape("OPTIONS", "api", name, is_call, taken_apart("")[0]), _CACHE)
    assert (refused.value.status, refused.value.code) == (404, code)
