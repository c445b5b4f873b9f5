"""Whom a request is of behind proxies: what is believed, and of whom."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.http.forwarded import proxies
from haulback.gateway.http.headers import Headers

TRUSTED = ("127.0.0.1", "10.0.0.0/8", "2001:db8:1::/48")


def asked(said: str, *more: str, peer: str = "10.0.0.1", header: str = "X-Forwarded-For") -> str:
    made = proxies(TRUSTED, header)
    assert made is not None
    return made.client(peer, Headers([(header.encode(), one.encode()) for one in (said, *more)]))


def test_nobody_is_trusted_unless_named() -> None:
    assert proxies((), "X-Forwarded-For") is None


@pytest.mark.parametrize(
    ("said", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 10.1.2.3,127.0.0.1", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("[2001:DB8::7]", "2001:db8::7"),
        ("2001:db8:0::7", "2001:db8::7"),
        ("203.0.113.7, 2001:db8:1::5", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, ::ffff:10.0.0.9", "203.0.113.7"),
        (", 203.0.113.7, ,", "203.0.113.7"),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("203.0.113.7, unknown", "10.0.0.1"),
        ("203.0.113.7, unknown, 10.0.0.2", "10.0.0.2"),
        ("203.0.113.7, nobody\r\nx", "10.0.0.1"),
        ("fe80::1%eth0\n", "10.0.0.1"),
        ("203.0.113.07", "10.0.0.1"),
        ("1" * 5000, "10.0.0.1"),
        ("", "10.0.0.1"),
    ],
)
def test_the_nearest_address_that_is_no_proxy(said: str, client: str) -> None:
    assert asked(said) == client


def test_several_headers_are_one() -> None:
    headers = Headers([(b"X-A", b"1"), (b"X-B", b"2"), (b"x-a", b""), (b"X-A", b"3")])
    assert ([headers.get(one) for one in ("x-a", "x-b")], headers.every("x-a")) == (["1, , 3", "2"], ["1", "", "3"])
    assert asked("198.51.100.1", "203.0.113.7", "10.0.0.2") == "203.0.113.7"


def test_a_quote_left_open_hides_nobody_whom_a_proxy_names_in_a_line_of_its_own() -> None:
    assert asked('for="x', "for=203.0.113.7", header="Forwarded") == "203.0.113.7"
    assert asked('for="x', "for=203.0.113.7, for=10.0.0.3", "for=10.0.0.2", header="Forwarded") == "203.0.113.7"
    assert asked('for="x', "for=10.0.0.2", header="Forwarded") == "10.0.0.2"
    assert asked("for=203.0.113.7", 'for="x', header="Forwarded") == "10.0.0.1"


@pytest.mark.parametrize("peer", ["203.0.113.9", "fe80::1%eth0", "::ffff:203.0.113.9", ""])
def test_who_is_not_trusted_is_not_heard(peer: str) -> None:
    assert asked("198.51.100.1", peer=peer) == peer


@pytest.mark.parametrize("peer", ["127.0.0.1", "::ffff:10.0.0.1", "2001:db8:1::1%eth0"])
def test_a_proxy_however_its_address_is_written(peer: str) -> None:
    assert asked("203.0.113.7", peer=peer) == "203.0.113.7"


@pytest.mark.parametrize(
    ("said", "client"),
    [
        ("for=203.0.113.7", "203.0.113.7"),
        ('For="[2001:db8::7]:4711";proto=https;by=10.0.0.1', "2001:db8::7"),
        ("for=198.51.100.1, proto=http ; for=203.0.113.7, for=10.0.0.2", "203.0.113.7"),
        ('for=203.0.113.7;host="a,for=198.51.100.1;b=c"', "203.0.113.7"),
        (r'for=203.0.113.7;host="a\",for=198.51.100.1;b=c"', "203.0.113.7"),
        ("for=203.0.113.7, for=_hidden", "10.0.0.1"),
        ("for=203.0.113.7, proto=http", "10.0.0.1"),
        ('for="198.51.100.1, for=203.0.113.7', "10.0.0.1"),
        ("for=198.51.100.1;for=203.0.113.7", "10.0.0.1"),
        ("203.0.113.7", "10.0.0.1"),
        ("for=", "10.0.0.1"),
        ("", "10.0.0.1"),
    ],
)
def test_forwarded_as_rfc_7239_has_it(said: str, client: str) -> None:
    assert asked(said, header="Forwarded") == client


def test_only_the_header_that_proxies_write_counts() -> None:
    made = proxies(TRUSTED, "Forwarded")
    assert made is not None
    headers = Headers([(b"X-Forwarded-For", b"198.51.100.1"), (b"Forwarded", b"for=203.0.113.7")])
    assert made.client("10.0.0.1", headers) == "203.0.113.7"


PARTS = st.sampled_from(
    ["for=", '"', ",", ";", " ", "\\", "[", "]", ":", "%", "10.0.0.2", "203.0.113.7", "2001:db8::7"]
)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
@given(said=st.one_of(st.text(max_size=60), st.lists(PARTS, max_size=20).map("".join)))
def test_whatever_is_said_an_address_comes_out(header: str, said: str) -> None:
    assert str(ip_address(found := asked(said, header=header))) == found


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
@pytest.mark.parametrize("said", ["10.0.0.2," * 7000, " " * 65_000 + "x", 'for="' + "\\a" * 30_000, "a" * 65_000])
def test_a_header_of_any_length_is_read(header: str, said: str) -> None:
    assert asked(said, header=header) in {"10.0.0.1", "10.0.0.2"}
