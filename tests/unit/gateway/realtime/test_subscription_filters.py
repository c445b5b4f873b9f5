"""Filters of subscriptions, as Realtime's own tests have them, and whatever else a client may write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.realtime.changes.filters import OPERATORS, BadFilter, Term, inspected, parsed

READ = {
    None: (),
    "": (),
    "   ": (),
    "subject=eq.hey": (Term("subject", "eq", "hey"),),
    "subject=in.(hidee,ho)": (Term("subject", "in", "{hidee,ho}"),),
    "subject=not.like.hey%": (Term("subject", "like", "hey%", negated=True),),
    "id=gt.0,id=lt.100": (Term("id", "gt", "0"), Term("id", "lt", "100")),
    "id=gt.0, id=lt.100 ": (Term("id", "gt", "0"), Term("id", "lt", "100")),
    "a=in.(1,2),b=eq.3": (Term("a", "in", "{1,2}"), Term("b", "eq", "3")),
    'a=eq."x,y",b=eq.3': (Term("a", "eq", "x,y"), Term("b", "eq", "3")),
    r'a=eq."x\"y\\"': (Term("a", "eq", 'x"y\\'),),
    'a=eq."x"y': (Term("a", "eq", '"x"y'),),
    'a=eq."x': (Term("a", "eq", '"x'),),
    "a=eq.x=y": (Term("a", "eq", "x=y"),),
    "a=eq.1.5": (Term("a", "eq", "1.5"),),
    "a=eq.": (Term("a", "eq", ""),),
    "a=not.isdistinct.1": (Term("a", "isdistinct", "1", negated=True),),
    "a=in.()": (Term("a", "in", "{}"),),
    'a=in.("x,y",z)': (Term("a", "in", '{"x,y",z}'),),
    "a=match.^(b|c),d=is.null": (Term("a", "match", "^(b|c)"), Term("d", "is", "null")),
}
REFUSED = {
    "undefined": '["undefined"]',
    "wrong": '["wrong"]',
    "subject=foo.hey": '["foo", "hey"]',
    "subject=eq": '["eq"]',
    "subject=not.not.eq.1": '["not", "eq.1"]',
    "subject=in.1,2": "`in` filter value must be wrapped by parentheses",
    "subject=in.(1": "`in` filter value must be wrapped by parentheses",
    "subject=in.(": "`in` filter value must be wrapped by parentheses",
    "a=eq.1,,b=eq.2": "filter must not contain empty segments (check for extra commas)",
    "a=eq.1,": "filter must not contain empty segments (check for extra commas)",
    'say="#{x}"': r'["\"\#{x}\""]',
}


@pytest.mark.parametrize("text", READ)
def test_what_can_be_read(text: str | None) -> None:
    assert parsed(text) == READ[text]


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_read(text: str) -> None:
    with pytest.raises(BadFilter) as refused:
        parsed(text)
    assert str(refused.value) == REFUSED[text]


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        terms = parsed(text)
    except BadFilter:
        return
    assert all(term.operator in OPERATORS for term in terms)


@given(value=st.text(max_size=30), operator=st.sampled_from(sorted(OPERATORS - {"in"})), negated=st.booleans())
def test_a_quoted_value_is_any_text(value: str, operator: str, *, negated: bool) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    written = f'name={"not." if negated else ""}{operator}."{quoted}"'
    both = (Term("name", operator, value, negated=negated), Term("id", "eq", "1"))
    assert parsed(f"{written},id=eq.1") == both


def test_a_long_filter_is_read_in_one_pass() -> None:
    text = ",".join(f"a=in.({'(' * 200}" for _ in range(500))
    with pytest.raises(BadFilter):
        parsed(text)
    assert len(parsed(",".join("a=eq.1" for _ in range(20_000)))) == 20_000


def test_values_in_errors_are_cut() -> None:
    assert len(inspected("x" * 100_000)) == 4098
