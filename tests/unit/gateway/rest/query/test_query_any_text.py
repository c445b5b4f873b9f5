"""Whatever the query string: a query or a refusal, never anything else."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from haulback.gateway.answer import Refusal
from haulback.gateway.rest.query.lists import array_literal, array_of
from haulback.gateway.rest.query.parsed import parsed
from haulback.gateway.rest.query.tree import Query
from haulback.gateway.rest.shape import Pair, Shape, taken_apart

_KEYS = st.sampled_from(
    ["select", "order", "or", "not.and", "a.or", "limit", "r.offset", "columns", "on_conflict", "id", "r.id", "d->k"]
)
_WORDS = [
    "->",
    "->>",
    "::",
    "...",
    "not.",
    "eq.",
    "in.(",
    "is.",
    "null",
    "and(",
    "or(",
    "count()",
    ".sum()",
    "!inner",
    ".desc",
]
# Letters that mean something to the grammar, and words of it, more often than chance would have them.
_BITS = st.sampled_from([*"abc019_$ \t\n-.,:;*!()\"\\{}>='&%+é\0😀", *_WORDS, ".nullslast", "fts(english)."])
_TEXTS = st.lists(_BITS, max_size=24).map("".join) | st.text(max_size=40)


def outcome(shape: Shape, *, is_call: bool) -> Query | Refusal:
    try:
        return parsed(shape, is_call=is_call)
    except Refusal as refusal:
        return refusal


@given(st.lists(st.tuples(_KEYS | _TEXTS, _TEXTS), max_size=4), st.booleans())
@example(pairs=[("select", "a:")], is_call=False)
@example(pairs=[("select", "a!")], is_call=False)
@example(pairs=[("or", "(not.")], is_call=False)
def test_a_query_or_a_refusal(pairs, is_call):
    text = "&".join(f"{quote(key)}={quote(value)}" for key, value in pairs)
    found = outcome(taken_apart(text, of_call=is_call)[0], is_call=is_call)
    if isinstance(found, Refusal):
        assert (found.status, found.code) == (400, "PGRST100")
        assert found.message.startswith('"failed to parse ')
        assert found.answer().body
    else:
        assert isinstance(found, Query)


@given(_TEXTS, st.sampled_from(["in.", "not.in."]))
def test_a_list_becomes_an_array_or_is_refused(text, head):
    try:
        told = array_of(head)(text)
    except Refusal as refusal:
        told = refusal.message
    assert told.startswith(("{", f'"failed to parse filter ({head}{text})" (line 1, column '))


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("(1,2)", '{"1","2"}'),
        ("()", "{}"),
        ("(,)", '{"",""}'),
        ('("")', "{}"),
        (" ( a b ,c)  ", '{"a b ","c"}'),
        ('("a,b","c\\"d","e)f")', '{"a,b","c\\"d","e)f"}'),
        ('("a"b,c)', '{"\\"a\\"b","c"}'),
        ("(a\\b)", '{"a\\\\b"}'),
        ("(1)and more", '{"1"}'),
    ],
)
def test_lists(text, literal):
    assert array_of("in.")(text) == literal


@pytest.mark.parametrize(("text", "column"), [("1,2", 4), ("", 4), ("(1,2", 8), (" x", 5)])
def test_lists_that_cannot_be_read(text, column):
    with pytest.raises(Refusal) as caught:
        array_of("in.")(text)
    assert caught.value.message == f'"failed to parse filter (in.{text})" (line 1, column {column})'


def test_nothing_is_left_to_escape_in_an_array():
    assert array_literal(['a"},{"b', "\\", "x\0y"]) == '{"a\\"},{\\"b","\\\\","x"}'


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("or", "(" * 100_000),
        ("or", "(and" * 50_000),
        ("or", "not.and(" * 50_000),
        ("or", "(a.in.(" + '"x\\",' * 50_000),
        ("select", "a(" * 100_000),
        ("select", "..." * 100_000),
        ("select", "a:" * 100_000),
        ("select", '"' * 100_001),
        ("select", "a" + "->" * 100_000),
        ("order", "a.desc." * 50_000),
        ("order", "a(" * 50_000),
    ],
)
def test_long_nonsense_is_refused(key, text):
    assert isinstance(outcome(Shape((Pair(key, text, has_value=False),)), is_call=False), Refusal)


def test_too_many_pairs():
    pairs = tuple([Pair("id", "eq.", has_value=True)] * 5001)
    assert isinstance(outcome(Shape(pairs), is_call=False), Refusal)
