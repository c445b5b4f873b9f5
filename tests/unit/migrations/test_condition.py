"""One condition and no more than that."""

from __future__ import annotations

import pytest

from haulback.migrations.condition import problem


@pytest.mark.parametrize(
    "text",
    [
        "id = 1",
        "amount > 5 and not is_deleted",
        "value ->> 'kind' in ('a', 'b') -- a comment",
        "(a, b) = (1, 2)",
        "note like '%;%'",
        "case when a then b else c end",
        "lower(note) = 'x'",
    ],
)
def test_a_condition(text: str):
    assert problem(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "id =",
        "true; drop table t",
        "true) union select 1 where (true",
        "true) group by (1",
        "true) order by (1",
        "true) limit (1",
        "true) for update of t where (true",
        "id in (select 1)",
        "exists (select)",
        "a = array(select 1)",
        "(select true)",
        "true /*",
        "'",
        "f(x => (select 1))",
    ],
)
def test_what_is_none(text: str):
    assert problem(text) is not None
