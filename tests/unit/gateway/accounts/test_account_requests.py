"""What a request says, read and held against its bounds."""

from __future__ import annotations

import json
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.accounts import asked
from haulback.gateway.accounts.asked import Asked
from haulback.gateway.accounts.refused import Refused
from haulback.gateway.http.headers import Headers
from haulback.gateway.http.request import Request


class Body(msgspec.Struct):
    email: str | None = None
    data: dict[str, object] | None = None


def request(body: bytes = b"", query: str = "") -> Asked:
    return Asked(Request("POST", "/", query, Headers([]), body))


@given(
    st.binary(max_size=300)
    | st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)).map(
        lambda value: json.dumps(value).encode()
    )
)
def test_any_bytes_are_a_body_or_refused(body: bytes) -> None:
    try:
        read: object = request(body).body(Body)
    except Refused as refused:
        read = refused.code
    assert read == "bad_json" or isinstance(read, Body)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"email":"' + b"a" * 70_000 + b'"}', 413, "request_entity_too_large"),
        (b'{"data":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001, 400, "bad_json"),
        (b'{"email":5}', 400, "bad_json"),
        (b'{"email":"\xff"}', 400, "bad_json"),
        (b"", 400, "bad_json"),
    ],
)
def test_what_is_no_body(body: bytes, status: int, code: str) -> None:
    with pytest.raises(Refused) as refused:
        request(body).body(Body)
    assert (refused.value.status, refused.value.code) == (status, code)


def test_a_refused_body_is_not_quoted() -> None:
    with pytest.raises(Refused) as refused:
        request(b'{"email": "secret", "password').body(Body)
    assert "secret" not in refused.value.message


def test_the_first_parameter_of_a_name_counts() -> None:
    assert request(query="grant_type=password&grant_type=refresh_token&page=").query() == {
        "grant_type": "password",
        "page": "",
    }


@given(st.text(max_size=300))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        read = asked.email(text)
    except Refused as refused:
        read = refused.code
    assert read == "validation_failed" or (read == text.lower() and "@" in text)


@pytest.mark.parametrize("good", ["a@b", "a.b+c@example.com", "x" * 64 + "@" + ".".join(["d" * 60] * 3)])
def test_addresses(good: str) -> None:
    assert asked.email(good.upper()) == good


@pytest.mark.parametrize(
    "wrong", ["", "a", "a@", "@b", "a b@c", "a@b c", "a@-b", "a@b.", "ä@b", "a@b\n", "a@b@c", "a" * 256 + "@b"]
)
def test_what_is_no_address(wrong: str) -> None:
    with pytest.raises(Refused):
        asked.email(wrong)


def test_numbers() -> None:
    assert asked.phone("+49 151 23") == "4915123"
    for wrong in ("", "+", "0123", "12a", "1" * 16, "\uff11\uff12"):
        with pytest.raises(Refused):
            asked.phone(wrong)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("none", None),
        ("0", None),
        ("0s", None),
        ("24h", timedelta(days=1)),
        ("1h30m", timedelta(minutes=90)),
        ("1.5h", timedelta(minutes=90)),
        ("876000h", timedelta(hours=876000)),
        ("999999999h", timedelta(days=73000)),
    ],
)
def test_bans(text: str, length: timedelta | None) -> None:
    assert asked.ban(text) == length


@pytest.mark.parametrize("wrong", ["1", "h", "1d", "-1h", "1h ", "1" * 70 + "h", "\uff11h"])
def test_what_is_no_ban(wrong: str) -> None:
    with pytest.raises(Refused, match="invalid format for ban duration"):
        asked.ban(wrong)


def test_metadata_have_their_bounds() -> None:
    nested: object = 1
    for _ in range(31):
        nested = [nested]
    good = {"a": nested, "b": "x" * 5000}
    assert asked.metadata(good) == good
    for wrong in ({"a": [[nested]]}, {"b": "x" * 7000}):
        with pytest.raises(Refused):
            asked.metadata(wrong)
