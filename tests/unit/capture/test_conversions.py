"""What the text of a file tells of how it converts columns."""

from __future__ import annotations

import pytest

from haulback.capture.conversions import Conversion, conversions

_TO_INT = "alter table public.t alter v type int using v::int;"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (_TO_INT, (("t", "v", "v::int"),)),
        ("alter table t alter v type bigint", (("t", "v", "v"),)),
        ('alter table "T x" alter "V ""y""" type bigint', (("T x", 'V "y"', '"V ""y"""'),)),
        (
            "alter table t alter v type bigint, alter w type text using 'a' || w",
            (("t", "v", "v"), ("t", "w", "'a' || w")),
        ),
        (f"set lock_timeout = '1s'; {_TO_INT} comment on table t is 'x';", (("t", "v", "v::int"),)),
    ],
)
def test_a_column_that_is_converted_once(text: str, expected: tuple[tuple[str, str, str], ...]) -> None:
    assert conversions(text) == tuple(Conversion(*one) for one in expected)


@pytest.mark.parametrize(
    "beside",
    [
        "alter table t alter v type bigint",
        "do $$ begin end $$",
        "select 1",
        "call p()",
        "execute s",
        "update t set v = 1",
        "create table u as select 1",
        "create materialized view u as select 1",
        "alter table t rename v to w",
        "set search_path = other",
        "set role other",
    ],
)
def test_nothing_is_told_beside_what_may_change_more(beside: str) -> None:
    assert conversions(f"{_TO_INT} {beside};") == ()
    assert conversions(f"{beside}; {_TO_INT}") == ()
