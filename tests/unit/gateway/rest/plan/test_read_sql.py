"""What the SQL of a read must not have: needless nesting, values, and limits that PostgreSQL cannot plan with."""

from __future__ import annotations

import pytest

from haulback.gateway.answer import Refusal
from haulback.gateway.quoting import literal, quoted
from haulback.gateway.remembered import remembered
from haulback.gateway.rest.compiled import Constant, FromPair, Statement
from haulback.gateway.rest.plan.read import read_plan
from haulback.gateway.rest.planned import Options
from haulback.gateway.rest.query.parsed import parsed
from haulback.gateway.rest.shape import taken_apart
from haulback.gateway.rest.sql.binder import Binder
from haulback.gateway.rest.sql.statement import read_statement
from haulback.gateway.schema.model import Column, Name, SchemaCache, Table

_NAME = Name("api", "films")
_CACHE = SchemaCache(("api",), tables={_NAME: Table(_NAME, {"id": Column("id", "integer", "integer")})})


def statement(query: str) -> Statement:
    shape, _ = taken_apart(query)
    return read_statement(read_plan(parsed(shape, is_call=False), _NAME, _CACHE, Options()))


def rows_of(query: str) -> str:
    return statement(query).sql.partition(" FROM (")[2].removesuffix(") _postgrest_t")


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("", 'SELECT "api"."films".* FROM "api"."films"'),
        ("select=id&limit=10&offset=20", 'SELECT "api"."films"."id" FROM "api"."films" LIMIT 10 OFFSET 20'),
        (
            "id=gt.5&order=id.desc",
            'SELECT "api"."films".* FROM "api"."films" WHERE "api"."films"."id" > $1 ORDER BY "api"."films"."id" DESC',
        ),
    ],
)
def test_plain_reads_are_lean(query, rows):
    assert rows_of(query) == rows


def test_values_are_bound_and_each_pair_once():
    found = statement("id=eq.5&or=(id.gt.7,id.lt.3)")
    assert found.binds == (FromPair(0), Constant("7"), Constant("3"))
    assert not {"5", "7"} & set(found.sql.replace("$", " ").split())


def test_a_pair_keeps_its_number():
    binder = Binder()
    assert [binder.add(one) for one in (FromPair(3), Constant("x"), FromPair(3), Constant("x"))] == [
        "$1",
        "$2",
        "$1",
        "$3",
    ]


def test_postgresql_counts_parameters_in_sixteen_bits():
    binder = Binder()
    for _ in range(65535):
        binder.add(Constant("x"))
    with pytest.raises(Refusal):
        binder.add(Constant("x"))


@pytest.mark.parametrize(("text", "written"), [("a", '"a"'), ('a"b', '"a""b"'), ("a\0b", '"a"'), ("é", '"é"')])
def test_identifiers(text, written):
    assert quoted(text) == written


@pytest.mark.parametrize(("text", "quoted"), [("a'b", "'a''b'"), ("a\\'b", "E'a\\\\''b'"), ("a\0b", "'a'")])
def test_literals(text, quoted):
    assert literal(text) == quoted


def test_long_texts_are_not_remembered():
    asked: list[int] = []

    @remembered
    def length(text: str) -> int:
        asked.append(len(text))
        return len(text)

    assert [length(text) for text in ("ab", "ab", "x" * 500, "x" * 500)] == [2, 2, 500, 500]
    assert asked == [2, 500, 500]
