"""Where links of mails may lead, and what is written behind them."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.accounts import links
from haulback.gateway.accounts.asked import Asked
from haulback.gateway.http.headers import Headers
from haulback.gateway.http.request import Request
from haulback.model.auth import AuthSettings

SETTINGS = AuthSettings(
    site_url="https://app.example.com:8443",
    redirects=("myapp://**", "https://*.preview.example.com/*", "https://docs.example.com/a?"),
)


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example.com:8443/welcome?a=1#b",
        "http://127.0.0.1:1234/x",
        "http://[::1]:9/",
        "myapp://anything/at/all",
        "https://pr1.preview.example.com/welcome",
        "https://docs.example.com/ab#anything",
    ],
)
def test_where_links_may_lead(url: str) -> None:
    assert links.allowed(SETTINGS, url)


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example.com/welcome",
        "http://app.example.com:8443/",
        "https://app.example.com:8443@evil.example/",
        "https://evil.example/?https://app.example.com:8443",
        "https://a.b.preview.example.com/welcome",
        "https://pr1.preview.example.com/welcome/further",
        "http://2130706433/",
        "http://10.0.0.1/",
        "javascript:alert(1)",
        "//evil.example",
        "https://docs.example.com/abc",
        "https://app.example.com:8443/\r\nX: y",
        "https://app.example.com:99999999/",
        "http://[::1",
        "",
    ],
)
def test_where_they_may_not(url: str) -> None:
    assert not links.allowed(SETTINGS, url)


def test_localhost_has_any_port_where_the_site_is_there() -> None:
    local = AuthSettings(site_url="http://localhost:3000")
    assert [links.allowed(local, url) for url in ("http://localhost:5173/a", "https://localhost:3000")] == [True, False]


@given(st.text(max_size=80))
def test_no_address_makes_it_fail(url: str) -> None:
    links.allowed(SETTINGS, url)


def asked(**headers: str) -> Asked:
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Asked(Request("GET", "/", "redirect_to=http%3A%2F%2F127.0.0.1%3A5173%2Fa", Headers(pairs)))


@pytest.mark.parametrize(
    ("host", "begin"),
    [
        ("localhost:54321", "http://localhost:54321/auth/v1/verify?"),
        ("[::1]:54321", "http://[::1]:54321/auth/v1/verify?"),
        ("evil/..@x", "http://127.0.0.1/auth/v1/verify?"),
    ],
)
def test_a_link_begins_where_the_request_was_sent(host: str, begin: str) -> None:
    found = links.Links(SETTINGS, "/auth/v1")
    request = asked(host=host)
    link = found.action(request, "abc", "signup", found.destination(request))
    assert link.startswith(begin)
    assert parse_qs(urlsplit(link).query) == {
        "token": ["abc"],
        "type": ["signup"],
        "redirect_to": ["http://127.0.0.1:5173/a"],
    }


def test_what_went_wrong_is_in_the_fragment_and_for_some_in_the_query() -> None:
    plain = urlsplit(links.failed("http://a/b?c=d", 403, "otp_expired", "too late", pkce=False))
    assert plain.query == "c=d"
    assert parse_qs(plain.fragment, keep_blank_values=True) == {
        "error": ["access_denied"],
        "error_code": ["otp_expired"],
        "error_description": ["too late"],
        "sb": [""],
    }
    proven = urlsplit(links.failed("http://a/b?c=d", 403, "otp_expired", "too late", pkce=True))
    assert parse_qs(proven.query)["error_code"] == ["otp_expired"]
