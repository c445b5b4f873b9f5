"""`select=`."""

from __future__ import annotations

import pytest

from haulback.gateway.answer import Refusal
from haulback.gateway.rest.query.select import selection
from haulback.gateway.rest.query.tree import Aggregate, Field, JsonStep, SelectField, SelectRelation


def plain(name: str) -> SelectField:
    return SelectField(Field(name))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id", plain("id")),
        ("*", plain("*")),
        ("with space", plain("with space")),
        ("with-dash", plain("with-dash")),
        ("été", plain("été")),
        ('"a,b"', plain("a,b")),
        (r'"a\"b"', plain('a"b')),
        ("a:b", SelectField(Field("b"), alias="a")),
        ("a::text", SelectField(Field("a"), cast="text")),
        ("a::double precision", SelectField(Field("a"), cast="double precision")),
        ("d->k", SelectField(Field("d", (JsonStep("k", as_text=False),)))),
        ("d->>0", SelectField(Field("d", (JsonStep("0", as_text=True, is_index=True),)))),
        ("d->-1", SelectField(Field("d", (JsonStep("-1", as_text=False, is_index=True),)))),
        ("d->1a", SelectField(Field("d", (JsonStep("1a", as_text=False),)))),
        ("d->!@#$%^&*_a", SelectField(Field("d", (JsonStep("!@#$%^&*_a", as_text=False),)))),
        ("count()", SelectField(Field("*"), aggregate=Aggregate.COUNT)),
        ("n:count()::int", SelectField(Field("*"), "n", aggregate=Aggregate.COUNT, aggregate_cast="int")),
        ("a.sum()", SelectField(Field("a"), aggregate=Aggregate.SUM)),
        ("a::int.max()::text", SelectField(Field("a"), None, "int", Aggregate.MAX, "text")),
        ("count", plain("count")),
        ("r(*)", SelectRelation("r", (plain("*"),))),
        ("r()", SelectRelation("r")),
        ("x:r(a)", SelectRelation("r", (plain("a"),), alias="x")),
        ("r!h(a)", SelectRelation("r", (plain("a"),), hint="h")),
        ("r!inner(a)", SelectRelation("r", (plain("a"),), inner=True)),
        ("r!left!h(a)", SelectRelation("r", (plain("a"),), hint="h", inner=False)),
        ("...r(a)", SelectRelation("r", (plain("a"),), spread=True)),
    ],
)
def test_one_item(text, expected):
    assert selection(text) == (expected,)


def test_several_items_with_others_inside():
    inside = SelectRelation("b", (plain("c"), SelectRelation("d", (plain("*"),))))
    assert selection("a, b(c,d(*)),e") == (plain("a"), inside, plain("e"))


def test_nothing_is_selected():
    assert selection("") == ()


@pytest.mark.parametrize(
    ("text", "column", "details"),
    [
        (
            "name!hint",
            5,
            """unexpected '!' expecting letter, digit, "-", "->>", "->", "::", ".", ")", "," or end of input""",
        ),
        ("*!hint", 2, """unexpected '!' expecting ")", "," or end of input"""),
        ("name::", 7, "unexpected end of input expecting letter or digit"),
        ("data->>--34", 9, 'unexpected "-" expecting digit'),
        ("data->>-78xy", 11, """unexpected 'x' expecting digit, "->", "::", ".", "," or end of input"""),
        (
            "id,clients(name[])",
            16,
            """unexpected '[' expecting letter, digit, "-", "->>", "->", "::", ".", ")", "," or end of input""",
        ),
        ("data->(a", 7, 'unexpected "(" expecting "-", digit or any non reserved character different from: .,>()'),
    ],
)
def test_where_it_goes_wrong(text, column, details):
    with pytest.raises(Refusal) as caught:
        selection(text)
    message = f'"failed to parse select parameter ({text})" (line 1, column {column})'
    assert (caught.value.status, caught.value.code, caught.value.message) == (400, "PGRST100", message)
    assert caught.value.details == details


@pytest.mark.parametrize(
    "text", ["a(" * 40 + ")" * 40, ",".join(["a()"] * 200), ",".join(["a"] * 2000), "a" + "->b" * 100]
)
def test_what_would_cost_postgresql_too_much(text):
    with pytest.raises(Refusal) as caught:
        selection(text)
    assert "at most" in caught.value.details
