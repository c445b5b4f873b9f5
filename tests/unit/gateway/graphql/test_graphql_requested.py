"""Bodies of requests: what comes of them is a request, or a refusal of the contract."""

from __future__ import annotations

import json
from typing import Any

import pytest
from a_shop import shop
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.answer import Refusal
from haulback.gateway.graphql.plans import Plans
from haulback.gateway.graphql.refused import Refused
from haulback.gateway.graphql.requested import Requested, requested
from haulback.gateway.http.headers import Headers
from haulback.gateway.http.request import Request
from haulback.model.graphql import GraphQLSettings

SCHEMA = shop()
SETTINGS = GraphQLSettings()
PLANS = Plans(SETTINGS)


def post(body: bytes, content_type: str = "application/json") -> Requested:
    headers = Headers([(b"content-type", content_type.encode())] if content_type else [])
    return requested(Request("POST", "/graphql/v1", "", headers, body, has_body=True), SETTINGS)


def get(query: str) -> Requested:
    return requested(Request("GET", "/graphql/v1", query, Headers([])), SETTINGS)


def test_what_a_body_says() -> None:
    assert post(b'{"query": "{a}", "variables": {"v": 1}, "operationName": "b", "extensions": 2}') == Requested(
        "{a}", {"v": 1}, "b", 2
    )
    assert post(b'{"query": "{a}", "variables": null, "operationName": null}') == Requested("{a}")
    assert post(b"{}", "") == Requested(None)
    assert post(b"", "application/json; charset=utf-8") == Requested(None)
    assert post(b'{"query": 1}') == Requested("1")
    assert get("query=%7Ba%7D&variables=%7B%22v%22%3A1%7D&apikey=x") == Requested("{a}", {"v": 1})


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"[]", "application/json", 400, "PGRST102"),
        (b"{", "application/json", 400, "PGRST102"),
        (b"{}", "text/html", 400, "PGRST102"),
        (b'{"query": "\\u0000"}', "", 400, "22P05"),
        (b'{"query": "x", "variables": {"a": [{"\\u0000": 1}]}}', "", 400, "22P05"),
        (b'{"query": "x", "more": 1}', "", 404, "PGRST202"),
        (b" " * (SETTINGS.body + 1), "", 413, "PGRST102"),
        (b'{"query": "x", "variables": {"a": ' + b"9" * 5_000 + b"}}", "", 400, "PGRST102"),
    ],
)
def test_what_is_refused(body: bytes, content_type: str, status: int, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        post(body, content_type)
    assert (refused.value.status, refused.value.code) == (status, code)


def test_a_backslash_before_it_makes_no_zero_byte() -> None:
    assert post(rb'{"query": "\\u0000"}') == Requested("\\u0000")


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=12), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=20,
)


@given(st.one_of(st.binary(max_size=200), _JSON.map(lambda one: json.dumps(one).encode())))
def test_any_bytes_are_a_request_or_refused(body: bytes) -> None:
    status = 200
    try:
        post(body)
    except Refusal as refusal:
        status = refusal.status
    assert status in {200, 400, 404}


_ROWS = st.lists(
    st.dictionaries(st.sampled_from(["id", "body", "mood", "nope", "id"]), _JSON, max_size=3), min_size=1, max_size=12
)


@given(
    st.one_of(_JSON, st.lists(st.fixed_dictionaries({"id": _JSON, "note": _JSON}), min_size=9, max_size=12), _ROWS),
    _JSON,
)
def test_any_values_are_planned_or_refused(objects: Any, other: Any) -> None:
    query = """mutation($o: [itemInsertInput!]!, $x: itemFilter, $y: itemUpdateInput!, $n: Int!) {
      insertIntoitemCollection(objects: $o) { affectedCount records { id } }
      updateitemCollection(filter: $x, set: $y, atMost: $n) { affectedCount }
      deleteFromitemCollection(filter: {id: {in: $o}, or: [$x, $o]}) { affectedCount } }"""
    variables = {"o": objects, "x": other, "y": other, "n": other}
    planned = PLANS.of(Requested(query, variables), SCHEMA).planned
    assert bool(planned.errors) is not bool(planned.statements)
    for statement in planned.statements:
        try:
            values = statement.values(variables)
        except Refused:
            continue
        assert all(value is None or isinstance(value, bytes) for value in values)
        assert f"${len(values)}" in statement.sql.decode() or not values


@given(st.text(max_size=80), _JSON)
def test_any_text_is_planned_or_refused(text: str, variables: Any) -> None:
    planned = PLANS.of(Requested(text, variables), SCHEMA).planned
    assert planned.errors or planned.pieces
