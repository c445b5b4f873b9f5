"""What a row becomes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from haulback.gateway.answer import Refusal
from haulback.gateway.preferences import Preferences
from haulback.gateway.rest.answers import Called, Changed, Counting, Created, Deleted, Location, Read, Replaced, voice
from haulback.gateway.rest.media import media_type
from haulback.gateway.rest.planned import Row
from haulback.gateway.rest.ranges import Window
from haulback.gateway.rest.shape import taken_apart

JSON = media_type("application/json")
ROW = Row(None, 2, (), b"[1,2]", None, None, None)
VARY = ("Vary", "Accept, Prefer, Range")
TYPE = ("Content-Type", "application/json; charset=utf-8")
SAYS = voice(JSON, Preferences(), profile=None)
ALL = Window()
COUNTED = Counting()
SILENT = voice(JSON, Preferences(returned="minimal"), profile=None, sends=False)


def reading(query: str = "", asked: Window = ALL, counting: Counting = COUNTED) -> tuple[Read, list[str]]:
    shape, values = taken_apart(query)
    return Read(SAYS, asked, counting, Location("items", shape)), list(values)


def test_a_read_says_what_it_read_and_where_it_is_found():
    answer, values = reading("select=id&id=in.(1,2)&b=eq.a%20b&a=is.null")
    said = answer(ROW, None, values)
    assert (said.status, said.body) == (200, b"[1,2]")
    assert said.headers == (
        ("Content-Range", "0-1/*"),
        ("Content-Location", "/items?a=is.null&b=eq.a%20b&id=in.%281%2C2%29&select=id"),
        TYPE,
        VARY,
    )


def test_the_schema_that_was_asked_for_and_what_was_heeded_are_named():
    says = voice(JSON, Preferences(count="exact"), profile="v2")
    said = Called(says, Window(), void=False)(replace(ROW, total=2), None, ())
    assert said.headers == (
        ("Content-Range", "0-1/2"),
        ("Preference-Applied", "count=exact"),
        TYPE,
        ("Content-Profile", "v2"),
        VARY,
    )


def test_a_part_is_206_and_too_far_is_416_with_its_error():
    answer, values = reading(asked=Window(0, 2))
    assert answer(replace(ROW, total=5), None, values).status == 206
    answer, values = reading(asked=Window(10))
    said = answer(replace(ROW, total=5, count=0), None, values)
    assert said.status == 416
    assert b'"details":"An offset of 10 was requested, but there are only 5 rows."' in said.body


@pytest.mark.parametrize(
    ("counting", "counted", "estimate", "total"),
    [
        (Counting(), 7, None, 7),
        (Counting(planned=True), None, 40, 40),
        (Counting(estimated_above=10), 7, 40, 7),
        (Counting(estimated_above=10), 11, 40, 40),
        (Counting(estimated_above=10), 11, 3, 11),
    ],
)
def test_the_total_is_counted_or_the_planners(
    counting: Counting, counted: int | None, estimate: int | None, total: int
):
    assert counting.total(counted, estimate) == total


def test_nothing_goes_out_for_head():
    said = Called(replace(SAYS, sends=False), Window(), void=False)(ROW, None, ())
    assert (said.status, said.body, said.headers[-2]) == (200, b"", TYPE)


def test_void_has_no_body():
    said = Called(SAYS, Window(), void=True)(replace(ROW, count=1), None, ())
    assert (said.status, said.body, said.headers) == (204, b"", (("Content-Range", "0-0/*"), VARY))


def test_a_created_row_is_found_by_its_key():
    row = replace(ROW, location=("id=eq.5", "tag=eq.a b&c"))
    said = Created(SILENT, "items", counts=False, merges=False)(row, None, ())
    assert (said.status, said.body) == (201, b"")
    assert said.headers == (
        ("Location", "/items?id=eq.5&tag=eq.a%20b%26c"),
        ("Content-Range", "*/*"),
        ("Preference-Applied", "return=minimal"),
        VARY,
    )


@pytest.mark.parametrize(("inserted", "status"), [(1, 201), (0, 200), (None, 200)])
def test_merging_created_only_what_was_inserted(inserted: int | None, status: int):
    answer = Created(SAYS, "items", counts=True, merges=True)
    assert answer(replace(ROW, inserted=inserted), None, ()).status == status


def test_changes_count_their_rows():
    assert Changed(SILENT, counts=True)(ROW, None, ()).headers[0] == ("Content-Range", "0-1/2")
    assert Changed(SILENT, counts=False)(replace(ROW, count=0), None, ()).headers[0] == ("Content-Range", "*/*")
    assert Deleted(SILENT, counts=True)(ROW, None, ()).headers[0] == ("Content-Range", "*/2")


@pytest.mark.parametrize("answer", [Changed(SAYS, counts=False), Deleted(SAYS, counts=False), Replaced(SAYS)])
def test_a_representation_is_200(answer):
    said = answer(ROW, None, ())
    assert (said.status, said.body) == (200, b"[1,2]")
    assert TYPE in said.headers


@pytest.mark.parametrize("answer", [Changed(SILENT, counts=False), Deleted(SILENT, counts=False), Replaced(SILENT)])
def test_none_is_204(answer):
    said = answer(ROW, None, ())
    assert (said.status, said.body) == (204, b"")
    assert TYPE not in said.headers


def test_a_statement_may_choose_status_and_headers():
    row = replace(
        ROW, status="418 teapot", headers='[{"X-One": "1"}, {"content-range": "mine"}, {"Content-Length": "9"}]'
    )
    said = Called(SAYS, Window(), void=False)(row, None, ())
    assert said.status == 418
    assert said.headers == (TYPE, VARY, ("X-One", "1"), ("content-range", "mine"))


@pytest.mark.parametrize("status", ["x", "99", "1000", "٣٣٣"])
def test_a_status_that_is_none_is_refused(status: str):
    with pytest.raises(Refusal) as refused:
        Called(SAYS, Window(), void=False)(replace(ROW, status=status), None, ())
    assert (refused.value.status, refused.value.code) == (500, "PGRST112")


@pytest.mark.parametrize(
    "headers",
    ["{", "{}", "[1]", '[{"a": 1}]', '[{"a": "b", "c": "d"}]', "[{}]", '[{"a": "b\\r\\nc: d"}]', '[{"a b": "c"}]'],
)
def test_headers_that_are_none_are_refused(headers: str):
    with pytest.raises(Refusal) as refused:
        Called(SAYS, Window(), void=False)(replace(ROW, headers=headers), None, ())
    assert (refused.value.status, refused.value.code) == (500, "PGRST111")
