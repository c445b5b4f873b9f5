"""How the answers to one request are compared."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.contract.answers import compared
from haulback.contract.walking import changes
from haulback.gateway.answer import Answer
from haulback.model.requests import RecordedRequest

ASKED = RecordedRequest("GET", "/rest/v1/notes", "select=*", claims={"role": "authenticated"}, source="a.http:1")
LABEL = "GET /rest/v1/notes?select=* as authenticated"
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


def answer(body, status=200, kind="application/json; charset=utf-8"):
    return Answer(status, (("Content-Type", kind),), body if isinstance(body, bytes) else json.dumps(body).encode())


def told(before, after, again=None, asked=ASKED):
    found = compared([asked], [before], [again or before], [after])
    return [(str(one.severity), one.told.removeprefix(f"{LABEL}: ").removesuffix(" (a.http:1)")) for one in found]


ROW = {"id": 1, "body": "b", "tags": ["x"], "author": {"name": "n"}}


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        ([ROW], []),
        ([{**ROW, "new": 1}], [("compatible", "new is new in the answer")]),
        ([{"id": 1, "tags": ["x"], "author": {"name": "n"}}], [("breaking", "body is gone from the answer")]),
        ([{**ROW, "author": {}}], [("breaking", "author.name is gone from the answer")]),
        ([{**ROW, "id": "1"}], [("breaking", "in the answer id is a string, and was a number")]),
        ([{**ROW, "body": None}], [("risk", "another value of body")]),
        ([{**ROW, "body": "c"}], [("risk", "another value of body")]),
        ([], [("breaking", "the answer is empty, and was not")]),
        ([ROW, ROW], [("risk", "the answer has 2 rows, and had 1")]),
        ([{**ROW, "tags": []}], [("breaking", "tags is empty, and was not")]),
        (ROW, [("breaking", "in the answer the answer is an object, and was an array")]),
    ],
)
def test_a_body(after, wanted):
    assert told(answer([ROW]), answer(after)) == wanted


def test_a_request_that_is_refused_now():
    refused = answer({"code": "42703", "message": "column notes.body does not exist"}, 400)
    assert told(answer([ROW]), refused) == [
        ("breaking", "answers 400 (42703: column notes.body does not exist), and answered 200")
    ]
    assert told(refused, answer([ROW])) == [
        ("compatible", "answers 200, and answered 400 (42703: column notes.body does not exist)")
    ]


def test_what_was_refused_and_is_refused_otherwise_is_a_risk():
    assert told(answer(b"", 404), answer(b"", 401)) == [("risk", "answers 401, and answered 404")]


def test_another_media_type():
    found = told(answer(b"a,b", kind="text/csv"), answer(b"a,b", kind="text/plain"))
    assert found == [("breaking", "answers text/plain, and answered text/csv")]


def test_what_differs_by_itself_is_no_difference_of_the_plan():
    first, again = answer([{"id": 1, "at": "08:00"}]), answer([{"id": 1, "at": "08:01"}])
    assert told(first, answer([{"id": 1, "at": "08:02"}]), again) == []
    assert told(first, answer([{"id": 1}]), again) == [("breaking", "at is gone from the answer")]


def test_rows_in_another_order_are_the_same_unless_an_order_was_asked_for():
    one, other = [{"id": 1}, {"id": 2}], [{"id": 2}, {"id": 1}]
    ordered = RecordedRequest("GET", "/rest/v1/notes", "order=id")
    assert told(answer(one), answer(other)) == []
    assert len(compared([ordered], [answer(one)], [answer(one)], [answer(other)])) == 1


def test_a_name_of_the_request_that_the_refusal_repeats_leads_to_the_statement():
    asked = RecordedRequest("GET", "/rest/v1/notes", "select=id,body")
    refused = answer({"code": "42703", "message": "column notes.body does not exist"}, 400)
    (one,) = compared([asked], [answer([])], [answer([])], [refused])
    assert (one.path, one.words) == (("public", "notes"), ("body",))


def test_text_that_is_no_json_is_compared_as_it_is():
    assert told(answer(b"a", kind="text/csv"), answer(b"b", kind="text/csv")) == [("risk", "answers something else")]


def test_a_body_that_is_deeper_than_python_goes_is_told_and_no_crash():
    deep = answer(b"[" * 5000 + b"]" * 5000)
    assert told(deep, answer([])) == [("risk", "answers something else")]


@given(JSON_VALUES)
def test_a_value_does_not_differ_from_itself(value):
    assert list(changes(value, value, value)) == []


@given(JSON_VALUES, JSON_VALUES)
def test_values_differ_where_they_are_not_equal(one, other):
    # A boolean is no number, although Python has it so.
    assert bool(list(changes(one, one, other))) == (
        json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True)
    )
