"""Filters, logic, order, ranges, columns and arguments."""

from __future__ import annotations

import pytest

from haulback.gateway.answer import Refusal
from haulback.gateway.rest.query.parsed import parsed
from haulback.gateway.rest.query.tree import (
    Compare,
    Field,
    Filter,
    In,
    Is,
    JsonStep,
    Logic,
    OrderTerm,
    Quantifier,
    Query,
    Slot,
)
from haulback.gateway.rest.shape import taken_apart


def read(text: str, *, is_call: bool = False) -> Query:
    return parsed(taken_apart(text, of_call=is_call)[0], is_call=is_call)


@pytest.mark.parametrize(
    ("text", "test", "negated"),
    [
        ("eq.5", Compare("eq", Slot(0)), False),
        ("not.neq.5", Compare("neq", Slot(0)), True),
        ("like(all).{a}", Compare("like", Slot(0), Quantifier.ALL), False),
        ("fts.x", Compare("fts", Slot(0)), False),
        ("not.wfts(french).x", Compare("wfts", Slot(0), None, "french"), True),
        ("isdistinct.1", Compare("isdistinct", Slot(0)), False),
        ("in.(1,2)", In(Slot(0), "in."), False),
        ("not.in.(1,2)", In(Slot(0), "not.in."), True),
        ("is.null", Is("null"), False),
        ("not.is.TRUE", Is("true"), True),
        ("is.not_null", Is("not_null"), False),
    ],
)
def test_operators(text, test, negated):
    assert read(f"a={text}").filters == (((), Filter(Field("a"), test, negated)),)


@pytest.mark.parametrize(
    "op",
    [
        "cs",
        "cd",
        "ov",
        "sl",
        "sr",
        "nxr",
        "nxl",
        "adj",
        "gt",
        "gte",
        "lt",
        "lte",
        "ilike",
        "match",
        "imatch",
        "plfts",
        "phfts",
    ],
)
def test_every_operator_is_known(op):
    assert read(f"a={op}.1").filters == (((), Filter(Field("a"), Compare(op, Slot(0)))),)


def test_paths_of_filters():
    query = read('b.c->k->>0=eq.1&"x.y"=eq.2')
    steps = (JsonStep("k", as_text=False), JsonStep("0", as_text=True, is_index=True))
    assert query.filters[0] == (("b",), Filter(Field("c", steps), Compare("eq", Slot(0))))
    assert query.filters[1] == ((), Filter(Field("x.y"), Compare("eq", Slot(1))))
    assert query.filter_fields == {"b.c->k->>0", '"x.y"'}


def test_logic():
    query = read('or=(a.eq.1,not.and(b.in.(x,"y,z"),c.is.null),d.cs.{1,2},e.eq."p)q")&r.not.and=(f.gt.3)')
    inner = Logic(
        is_or=False, terms=(Filter(Field("b"), In(("x", "y,z"))), Filter(Field("c"), Is("null"))), negated=True
    )
    outer = Logic(
        is_or=True,
        terms=(
            Filter(Field("a"), Compare("eq", "1")),
            inner,
            Filter(Field("d"), Compare("cs", "{1,2}")),
            Filter(Field("e"), Compare("eq", "p)q")),
        ),
    )
    assert query.logic == (
        ((), outer),
        (("r",), Logic(is_or=False, terms=(Filter(Field("f"), Compare("gt", "3")),), negated=True)),
    )


def test_order():
    query = read("order=a,b.desc.nullslast,c->d.asc,r(e).nullsfirst&s.order=f")
    terms = (
        OrderTerm(Field("a")),
        OrderTerm(Field("b"), descending=True, nulls="last"),
        OrderTerm(Field("c", (JsonStep("d", as_text=False),)), descending=False),
        OrderTerm(Field("e"), "r", None, "first"),
    )
    assert query.order == (((), terms), (("s",), (OrderTerm(Field("f")),)))


def test_ranges_columns_and_conflicts():
    query = read("limit=5&limit=6&offset=x&r.limit=3&r.offset=-1&columns=b,a,b&on_conflict=c,d")
    assert (query.limits, query.offsets) == ((((), 6), (("r",), 3)), ((("r",), -1),))
    assert (query.columns, query.on_conflict) == (("a", "b"), ("c", "d"))


def test_arguments_of_a_call():
    query = read("a=1&b=eq.2&c=&d.e=x", is_call=True)
    assert query.arguments == (("a", Slot(0)), ("c", Slot(2)), ("e", Slot(3)))
    assert query.filters == (((), Filter(Field("b"), Compare("eq", Slot(1)))),)


@pytest.mark.parametrize(
    ("text", "what", "column", "details"),
    [
        ("a=val", "filter (val)", 1, 'unexpected "v" expecting "not" or operator (eq, gt, ...)'),
        ("a=noop.0", "filter (noop.0)", 1, 'unexpected "o" expecting "not" or operator (eq, gt, ...)'),
        ("a=", "filter ()", 1, 'unexpected end of input expecting "not" or operator (eq, gt, ...)'),
        ("a=fts().x", "filter (fts().x)", 5, 'unexpected ")" expecting operator (eq, gt, ...)'),
        ("a=eq().x", "filter (eq().x)", 4, 'unexpected ")" expecting operator (eq, gt, ...)'),
        ("a=is().x", "filter (is().x)", 3, 'unexpected "(" expecting operator (eq, gt, ...)'),
        ("a=is.nix", "filter (is.nix)", 5, 'unexpected "i" expecting isVal: (null, not_null, true, false, unknown)'),
        (":=eq.1", "tree path (:)", 1, 'unexpected ":" expecting field name (* or [a..z0..9_$])'),
        ("order=id.ac", "order (id.ac)", 4, 'unexpected "c" expecting "asc", "desc", "nullsfirst" or "nullslast"'),
        ("order=id.descc", "order (id.descc)", 8, """unexpected 'c' expecting delimiter (.), "," or end of input"""),
        (
            "order=id.asc.nullslasttt",
            "order (id.asc.nullslasttt)",
            17,
            """unexpected 't' expecting "," or end of input""",
        ),
        (
            "order=clients(name,id)",
            "order (clients(name,id))",
            8,
            """unexpected '(' expecting letter, digit, "-", "->>", "->", delimiter (.), "," or end of input""",
        ),
        (
            "or=()",
            "logic tree (())",
            4,
            'unexpected ")" expecting field name (* or [a..z0..9_$]), negation operator (not) or logic operator (and, or)',
        ),
        ("or=(id.in.1,2)", "logic tree ((id.in.1,2))", 10, 'unexpected "1" expecting "("'),
        ("or=)(", "logic tree ()()", 3, 'unexpected ")" expecting "("'),
        ("and=(ord(id.eq.1),id.eq.2)", "logic tree ((ord(id.eq.1),id.eq.2))", 7, 'unexpected "d" expecting "("'),
        (
            "or=(not.xor(id.eq.2))",
            "logic tree ((not.xor(id.eq.2)))",
            8,
            'unexpected "x" expecting logic operator (and, or)',
        ),
        ("columns=", "columns parameter ()", 1, "unexpected end of input expecting field name (* or [a..z0..9_$])"),
    ],
)
def test_where_it_goes_wrong(text, what, column, details):
    with pytest.raises(Refusal) as caught:
        read(text)
    assert caught.value.message == f'"failed to parse {what}" (line 1, column {column})'
    assert (caught.value.status, caught.value.code, caught.value.details) == (400, "PGRST100", details)
