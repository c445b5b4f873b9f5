"""A query string is cut where its values begin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.rest.shape import Pair, taken_apart


@pytest.mark.parametrize(
    ("text", "head", "value"),
    [
        ("id=eq.5", "eq.", "5"),
        ("id=not.eq.5", "not.eq.", "5"),
        ("id=in.(1,2)", "in.", "(1,2)"),
        ("id=eq(any).{1,2}", "eq(any).", "{1,2}"),
        ("id=fts(english).cat", "fts(english).", "cat"),
        ("id=isdistinct.5", "isdistinct.", "5"),
        ("name=eq.a%26b+c", "eq.", "a&b c"),
        ("name=eq.", "eq.", ""),
        ("name=like.a.b=c", "like.", "a.b=c"),
    ],
)
def test_behind_an_operator_there_is_a_value(text, head, value):
    shape, values = taken_apart(text)
    assert shape.pairs == (Pair(text.partition("=")[0], head, has_value=True),)
    assert list(values) == [value]


@pytest.mark.parametrize(
    "text", ["select=id,name", "a.order=id.desc", "limit=5", "or=(a.eq.1,b.eq.2)", "id=is.null", "id=5", "id=nope.5"]
)
def test_what_a_plan_depends_on_is_left_whole(text):
    key, _, whole = text.partition("=")
    shape, values = taken_apart(text)
    assert shape.pairs == (Pair(key, whole, has_value=False),)
    assert list(values) == [""]


def test_two_values_have_one_shape():
    assert taken_apart("id=eq.1&x=in.(1)")[0] == taken_apart("id=eq.2&x=in.(1,2,3)")[0]


def test_arguments_of_a_call_are_values():
    shape, values = taken_apart("a=1&b=&c=eq.2", of_call=True)
    assert shape == taken_apart("a=2&b=x&c=eq.3", of_call=True)[0]
    assert list(values) == ["1", "", "2"]


def test_a_filter_that_has_begun_is_no_argument():
    shape, _ = taken_apart("a=not.1&b=is.1", of_call=True)
    assert [pair.head for pair in shape.pairs] == ["not.1", "is.1"]


def test_semicolons_separate_too():
    assert taken_apart("a=eq.1;b=eq.2") == taken_apart("a=eq.1&b=eq.2")


def test_a_key_alone_says_nothing():
    assert taken_apart("select&a=eq.1")[0].pairs == (Pair("a", "eq.", has_value=True),)


def test_bytes_that_should_have_been_escaped():
    assert list(taken_apart("a=eq.é".encode().decode("latin-1"))[1]) == ["é"]
    assert list(taken_apart("a=eq.%E9")[1]) == ["\N{REPLACEMENT CHARACTER}"]


@given(st.text(), st.booleans())
def test_any_text_is_cut(text, of_call):
    shape, values = taken_apart(text, of_call=of_call)
    assert len(shape.pairs) == len(values)
    assert [value.encode() for value in values] == [value.encode("utf-8", "replace") for value in values]
