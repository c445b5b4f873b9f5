"""One-time passwords, by the test vectors of RFC 6238, appendix B, and RFC 4226, appendix D."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.accounts import totp

KEY = b"12345678901234567890"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_passwords_of_moments(moment: int, expected: str) -> None:
    assert totp.password(KEY, moment // 30, 8) == expected
    assert totp.matches(base64.b32encode(KEY).decode(), expected[2:], moment)


def test_passwords_of_counters() -> None:
    assert [totp.password(KEY, counter) for counter in range(5)] == ["755224", "287082", "359152", "969429", "338314"]


def test_clocks_may_differ_by_one_period() -> None:
    secret = totp.secret()
    password = totp.password(base64.b32decode(secret), 100)
    good = [totp.matches(secret, password, 100 * 30 + offset) for offset in (-31, -30, 0, 59, 60)]
    assert good == [False, True, True, True, False]


@given(st.text())
def test_what_is_no_password_matches_nothing(text: str) -> None:
    assert totp.matches(base64.b32encode(KEY).decode(), text, 59.0) == (text.strip() in {"287082", "755224", "359152"})


def test_an_app_reads_what_it_needs() -> None:
    uri = urlsplit(totp.uri("ABC", "127.0.0.1:3000", "a+b@example.com"))
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/127.0.0.1%3A3000:a%2Bb@example.com")
    assert parse_qs(uri.query) == {
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "issuer": ["127.0.0.1:3000"],
        "period": ["30"],
        "secret": ["ABC"],
    }
