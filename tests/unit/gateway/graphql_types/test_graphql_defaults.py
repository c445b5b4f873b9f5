"""Defaults of parameters as GraphQL writes them."""

from __future__ import annotations

import pytest
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
    assert written(sql, type_) is None or isinstance(written(sql, type_), str)
