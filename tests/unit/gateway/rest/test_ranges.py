"""Range, limit and offset, Content-Range and what they do to the status."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.answer import Refusal
from haulback.gateway.rest.query.tree import Query
from haulback.gateway.rest.ranges import Window, content_range, status, window


def query(limit: int | None = None, offset: int | None = None) -> Query:
    return Query(
        limits=() if limit is None else (((), limit),),
        offsets=() if offset is None else (((), offset),),
    )


@pytest.mark.parametrize(
    ("method", "header", "asked", "found"),
    [
        ("GET", "", query(), Window()),
        ("GET", "0-9", query(), Window(0, 10)),
        ("GET", "5-", query(), Window(5)),
        ("GET", "items=0-9", query(), Window()),
        ("HEAD", "0-9", query(), Window()),
        ("GET", "0-9", query(limit=3), Window(0, 3)),
        ("GET", "5-9", query(limit=7), Window(5, 2)),
        ("GET", "", query(limit=3, offset=2), Window(2, 3)),
        ("GET", "", query(offset=2), Window(2)),
        ("GET", "3-", query(limit=0), Window(0, 0)),
        ("GET", "", query(limit=3, offset=-2), Window(0, 1)),
    ],
)
def test_header_and_query_are_one_window(method: str, header: str, asked: Query, found: Window):
    assert window(method, header, asked) == found


@pytest.mark.parametrize(
    ("header", "asked", "details"),
    [
        ("1-0", query(), "The lower boundary must be lower than or equal to the upper boundary in the Range header."),
        ("", query(limit=-1), "Limit should be greater than or equal to zero."),
        ("0-1", query(offset=5), "Limit should be greater than or equal to zero."),
    ],
)
def test_no_rows_can_lie_in_it(header: str, asked: Query, details: str):
    with pytest.raises(Refusal) as refused:
        window("GET", header, asked)
    assert (refused.value.status, refused.value.code, refused.value.details) == (416, "PGRST103", details)


def test_put_knows_no_window():
    with pytest.raises(Refusal) as refused:
        window("PUT", "", query(limit=1))
    assert (refused.value.status, refused.value.code) == (400, "PGRST114")


@pytest.mark.parametrize(
    ("first", "last", "total", "text"),
    [(0, 9, 100, "0-9/100"), (0, 9, None, "0-9/*"), (0, -1, None, "*/*"), (0, -1, 0, "*/0"), (1, 0, 5, "*/5")],
)
def test_content_range(first: int, last: int, total: int | None, text: str):
    assert content_range(first, last, total) == text


@pytest.mark.parametrize(
    ("asked", "count", "total", "expected"),
    [
        (Window(), 10, None, 200),
        (Window(), 10, 10, 200),
        (Window(0, 10), 10, 11, 206),
        (Window(11), 0, 10, 416),
        (Window(10), 0, 10, 206),
        (Window(0, 0), 0, 0, 200),
    ],
)
def test_status(asked: Window, count: int, total: int | None, expected: int):
    assert status(asked, count, total) == expected


@given(
    st.text(max_size=40) | st.from_regex(r"\A[0-9]{0,30}-[0-9]{0,30}\Z"),
    st.none() | st.integers(),
    st.none() | st.integers(),
)
def test_any_window_is_read_or_refused(header: str, limit: int | None, offset: int | None):
    try:
        found = window("GET", header, query(limit, offset))
    except Refusal as refused:
        outcome = refused.code == "PGRST103"
    else:
        outcome = found.offset >= 0 and (found.limit is None or found.limit >= 0)
    assert outcome
