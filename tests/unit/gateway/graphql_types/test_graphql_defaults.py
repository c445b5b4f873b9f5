"""Defaults of parameters as GraphQL writes them."""

from __future__ import annotations

import pytest
from graphql import parse_value, value_from_ast_untyped
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.graphql.types.defaults import defaults, written

_INT, _BOOL, _FLOAT, _TEXT, _UUID = 23, 16, 701, 25, 2950


@pytest.mark.parametrize(
    ("sql", "type_", "expected"),
    [
        ("3", _INT, "3"),
        ("'-3'::integer", _INT, None),
        ("NULL::integer", _INT, None),
        ("true", _BOOL, "true"),
        ("3.5", _FLOAT, "3.5"),
        ("3", _FLOAT, "3"),
        ("'a'::text", _TEXT, '"a"'),
        ("''::text", _TEXT, '""'),
        ("'it''s \"so\"'::text", _TEXT, '"it\'s \\"so\\""'),
        ("E'a\\\\b'::text", _TEXT, None),
        ("NaN", _FLOAT, None),
        ("1e999", _FLOAT, None),
        ("NULL::text", _TEXT, None),
        ("lower('A'::text)", _TEXT, None),
        ("'00000000-0000-0000-0000-000000000000'::uuid", _UUID, None),
    ],
)
def test_a_default(sql: str, type_: int, expected: str | None) -> None:
    assert written(sql, type_) == expected


def test_defaults_belong_to_the_last_parameters() -> None:
    assert defaults("1, 'a'::text", 2, [_UUID, _INT, _TEXT]) == [(False, None), (True, "1"), (True, '"a"')]


def test_none_counts_where_a_comma_is_in_one() -> None:
    assert defaults("'a,b'::text", 1, [_TEXT]) == [(False, None)]


@given(st.text(max_size=20), st.sampled_from([_INT, _BOOL, _FLOAT, _TEXT, _UUID]))
def test_any_text_has_a_default_or_none(sql: str, type_: int) -> None:
    default = written(sql, type_)
    assert default is None or parse_value(default)


@given(st.text(st.characters(exclude_characters=",", exclude_categories=["Cs", "Cc"])))
def test_a_text_comes_back_from_what_is_written_of_it(text: str) -> None:
    (default,) = defaults("'" + text.replace("'", "''") + "'::text", 1, [_TEXT])
    assert default[0]
    assert value_from_ast_untyped(parse_value(default[1])) == text
