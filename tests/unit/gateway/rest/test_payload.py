"""Bodies: what is seen of them, and what is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.answer import Refusal
from haulback.gateway.rest.payload import Payload, looked_at
from haulback.gateway.rest.shape import taken_apart

PLAIN, _ = taken_apart("")
NAMED, _ = taken_apart("columns=a,b")
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "keys", "is_object"),
    [
        (b'{"b": 1, "a": {"c": [1, 2]}}', ("a", "b"), True),
        (b' [{"b": 1, "a": 2}, {"a": 3, "b": 1e400}]', ("a", "b"), False),
        (b"{}", (), True),
        (b"[]", (), False),
        (b"[{}, {}]", (), False),
    ],
)
def test_json_is_left_as_it_is(body: bytes, keys: tuple[str, ...], *, is_object: bool):
    assert looked_at("POST", "", PLAIN, body, is_call=False) == Payload(body, keys, is_object)


@pytest.mark.parametrize("body", [b"5", b'"text"', b"null", b"true"])
def test_json_without_objects_is_as_an_empty_array(body: bytes):
    assert looked_at("POST", "application/json", PLAIN, body, is_call=True) == Payload(b"[]", (), is_object=False)


def test_the_names_of_columns_make_looking_unnecessary():
    body = b' \n {"a": 1}'
    assert looked_at("POST", "", NAMED, body, is_call=False) == Payload(body, None, is_object=True)
    assert looked_at("POST", "", NAMED, b"not json", is_call=False) == Payload(b"not json", None, is_object=False)
    assert looked_at("PUT", "", NAMED, body, is_call=False) == Payload(body, ("a",), is_object=True)


@pytest.mark.parametrize(
    ("content_type", "body", "message"),
    [
        ("application/json", b"", "Empty or invalid json"),
        ("application/json", b"{", "Empty or invalid json"),
        ("application/json", b'{"a": 1} x', "Empty or invalid json"),
        ("application/json", b"[" * 1_000_000, "Empty or invalid json"),
        ("application/json", b'{"a":' * 1_000_000, "Empty or invalid json"),
        ("application/json", b'[{"a": 1}, {"b": 1}]', "All object keys must match"),
        ("application/json", b'[{"a": 1}, 2]', "All object keys must match"),
        ("application/json", b"[1, 2]", "All object keys must match"),
        ("text/csv", b"a,b\n1,2\n3", "All lines must have same number of fields"),
        ("text/csv", b"", 'parse error (not enough input) at ""'),
        ("text/csv", b'a\n"', "parse error (invalid csv)"),
        ("text/csv", b"a\n\xff", "parse error (invalid csv)"),
        ("text/plain", b"hello", "Content-Type not acceptable: text/plain"),
        ("application/unknown", b"{}", "Content-Type not acceptable: application/unknown"),
    ],
)
def test_what_is_not_what_it_says_is_refused(content_type: str, body: bytes, message: str):
    with pytest.raises(Refusal) as refused:
        looked_at("POST", content_type, PLAIN, body, is_call=False)
    assert (refused.value.status, refused.value.code, refused.value.message) == (400, "PGRST102", message)


ROW = {"a b": 1, "b": {"c": ["}", {}]}, 'd"\\': None}


@pytest.mark.parametrize("number", [2, 2000])
def test_an_array_is_looked_at_whole_however_long(number: int):
    rows = [ROW] * number
    assert looked_at("POST", "", PLAIN, json.dumps(rows).encode(), is_call=False).keys == ("a b", "b", 'd"\\')
    for odd in ({**ROW, "e": 1}, {"a b": 1, "b": 2}, {}, 5, None, [ROW]):
        body = json.dumps([*rows, odd]).encode()
        with pytest.raises(Refusal, match="All object keys must match"):
            looked_at("POST", "", PLAIN, body, is_call=False)
    with pytest.raises(Refusal, match="Empty or invalid json"):
        looked_at("POST", "", PLAIN, json.dumps(rows).encode()[:-1], is_call=False)


def test_deep_nesting_is_refused_even_where_nobody_looks_for_names():
    with pytest.raises(Refusal, match="Empty or invalid json"):
        looked_at("POST", "", NAMED, b"[" * 1_000_000, is_call=False)


def test_csv_becomes_json_with_null_written_out():
    body = b'a,b\r\n1,"x, ""y"""\r\n\r\nNULL,\r\n'
    assert looked_at("POST", "text/csv", PLAIN, body, is_call=False) == Payload(
        b'[{"a":"1","b":"x, \\"y\\""},{"a":null,"b":""}]', ("a", "b"), is_object=False
    )


def test_a_form_becomes_one_object_whose_last_value_counts():
    body = b"name=John+Doe&age=3&age=4%21&empty"
    assert looked_at("POST", FORM, PLAIN, body, is_call=False) == Payload(
        b'{"name":"John Doe","age":"4!","empty":""}', ("age", "empty", "name"), is_object=True
    )


def test_a_form_of_a_call_keeps_every_value():
    assert looked_at("POST", FORM, PLAIN, b"v=1&v=2&a=x", is_call=True) == Payload(
        b'{"v":["1","2"],"a":["x"]}', ("a", "v"), is_object=True
    )


def test_a_call_takes_text_and_bytes_whole():
    assert looked_at("POST", "text/plain", PLAIN, b"{", is_call=True) == Payload(b"{", (), is_object=False)
    assert looked_at("POST", "application/octet-stream", PLAIN, b"\0\xff", is_call=True) == Payload(
        b"\0\xff", (), is_object=False
    )


@pytest.mark.parametrize(
    ("content_type", "body"), [("application/json", b'{"a": "\0"}'), ("text/csv", b"a\n\0"), (FORM, b"a=%00")]
)
def test_a_zero_byte_is_refused_as_postgresql_would(content_type: str, body: bytes):
    with pytest.raises(Refusal, match="0x00"):
        looked_at("POST", content_type, NAMED, body, is_call=False)


@given(
    method=st.sampled_from(["POST", "PATCH", "PUT"]),
    content_type=st.sampled_from(
        ["", "application/json", "text/csv", FORM, "text/plain", "text/xml", "application/octet-stream", "x"]
    ),
    shape=st.sampled_from([PLAIN, NAMED]),
    body=st.binary(max_size=200) | st.text(alphabet='[]{}",:a1\\e \n', max_size=60).map(str.encode),
    is_call=st.booleans(),
)
def test_any_body_is_read_or_refused(method: str, content_type: str, shape, body: bytes, *, is_call: bool):
    try:
        found = looked_at(method, content_type, shape, body, is_call=is_call)
    except Refusal as refused:
        outcome = refused.status
    else:
        outcome = 500 if b"\0" in found.body and "octet" not in content_type else 200
    assert outcome in {200, 400}
