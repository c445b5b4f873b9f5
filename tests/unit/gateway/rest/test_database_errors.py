"""PostgreSQL's errors as answers."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.refusing import refused


@pytest.mark.parametrize(
    ("sqlstate", "message", "status"),
    [
        ("08006", "", 503),
        ("09000", "", 500),
        ("0L000", "", 403),
        ("0P000", "", 403),
        ("21000", "more than one row returned", 500),
        ("21000", "UPDATE requires a WHERE clause", 400),
        ("22023", 'role "ghost" does not exist', 401),
        ("22023", 'invalid value for parameter "TimeZone"', 400),
        ("22P02", "", 400),
        ("23502", "", 400),
        ("23503", "", 409),
        ("23505", "", 409),
        ("25006", "", 405),
        ("25P02", "", 500),
        ("28000", "", 403),
        ("40001", "", 500),
        ("42501", "", 401),
        ("42601", "", 400),
        ("42883", "", 404),
        ("42883", "function xmlagg(record) does not exist", 406),
        ("42P01", "", 404),
        ("42P17", "", 500),
        ("53300", "", 503),
        ("53400", "", 500),
        ("54001", "", 500),
        ("57014", "", 500),
        ("57P01", "", 503),
        ("P0001", "", 400),
        ("P0002", "", 500),
        ("PT402", "Payment Required", 402),
        ("PTxyz", "", 500),
        ("PT000", "", 500),
        ("XX000", "", 500),
    ],
)
def test_sqlstate_decides_the_status(sqlstate: str, message: str, status: int):
    assert refused(sqlstate, message, authenticated=False).status == status


def test_who_is_known_lacks_a_right_and_who_is_not_a_token():
    known = refused("42501", "permission denied for table t", authenticated=True)
    unknown = refused("42501", "permission denied for table t", authenticated=False)
    assert (known.status, known.headers) == (403, ())
    assert (unknown.status, unknown.headers) == (401, (("WWW-Authenticate", "Bearer"),))


def test_message_detail_and_hint_come_through():
    answer = refused("P0001", "no", "because", "do", authenticated=True).answer()
    assert json.loads(answer.body) == {"code": "P0001", "message": "no", "details": "because", "hint": "do"}
    assert ("Proxy-Status", "PostgREST; error=P0001") in answer.headers


def test_a_chosen_status_brings_its_reason():
    assert refused("PT402", "Payment Required", authenticated=True).answer().reason == "Payment Required"


def test_a_raise_controls_the_whole_answer():
    found = refused(
        "PGRST",
        '{"code":"123","message":"ABC","details":"DEF","hint":"XYZ"}',
        '{"status":332,"status_text":"My Custom Status","headers":{"X-Header":"str", "Content-Length":"0"}}',
        authenticated=True,
    )
    assert (found.status, found.reason, found.headers) == (332, "My Custom Status", (("X-Header", "str"),))
    assert (found.code, found.message, found.details, found.hint) == ("123", "ABC", "DEF", "XYZ")


GOOD = '{"code":"1","message":"m"}'


@pytest.mark.parametrize(
    ("message", "detail", "details"),
    [
        ("INVALID", '{"status":332,"headers":{}}', "Invalid JSON value for MESSAGE: 'INVALID'"),
        (GOOD, "INVALID", "Invalid JSON value for DETAIL: 'INVALID'"),
        (GOOD, None, "DETAIL is missing in the RAISE statement"),
        (GOOD, '{"status":332}', "Invalid JSON value for DETAIL: '{\"status\":332}'"),
        (GOOD, '{"status":1,"headers":{}}', 'Invalid JSON value for DETAIL: \'{"status":1,"headers":{}}\''),
        (
            GOOD,
            '{"status":200,"headers":{"a":"b\\r\\nc: d"}}',
            'Invalid JSON value for DETAIL: \'{"status":200,"headers":{"a":"b\\r\\nc: d"}}\'',
        ),
    ],
)
def test_a_raise_that_cannot_be_read_says_so(message: str, detail: str | None, details: str):
    found = refused("PGRST", message, detail, authenticated=True)
    assert (found.status, found.code, found.details) == (500, "PGRST121", details)


@given(st.text(max_size=60), st.none() | st.text(max_size=60))
def test_any_raise_is_answered(message: str, detail: str | None):
    assert refused("PGRST", message, detail, authenticated=True).answer().status == 500
