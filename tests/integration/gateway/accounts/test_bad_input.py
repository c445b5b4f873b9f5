"""Whatever is sent: an answer of the contract, below 500, and nothing of ours that fails."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from gateway_accounts import Served, mails, served, signed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NAMES = ("email", "phone", "password", "data", "refresh_token", "role", "aud", "id", "ban_duration", "user_metadata")
MORE = ("app_metadata", "password_hash", "email_confirm", "should_soft_delete", "type", "token", "token_hash", "code")
LINKS = ("new_email", "redirect_to", "code_challenge", "code_challenge_method", "auth_code", "code_verifier", "nonce")
FACTORS = ("factor_type", "friendly_name", "issuer", "challenge_id", "create_user", "channel")
SOMEBODY = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
ROUTES = (
    ("POST", "/signup"),
    ("POST", "/token?grant_type=password"),
    ("POST", "/token?grant_type=refresh_token"),
    ("POST", "/token?grant_type=id_token"),
    ("PUT", "/user"),
    ("POST", "/logout"),
    ("GET", "/admin/users"),
    ("POST", "/admin/users"),
    ("PUT", f"/admin/users/{SOMEBODY}"),
    ("PUT", "/admin/users/x"),
    ("DELETE", f"/admin/users/{SOMEBODY}"),
    ("POST", "/otp"),
    ("POST", "/verify"),
    ("GET", "/verify?type=signup&token=x"),
    ("POST", "/recover"),
    ("POST", "/resend"),
    ("GET", "/reauthenticate"),
    ("POST", "/token?grant_type=pkce"),
    ("POST", "/invite"),
    ("POST", "/admin/generate_link"),
    ("POST", "/factors"),
    ("POST", f"/factors/{SOMEBODY}/verify"),
    ("DELETE", "/factors/x"),
    ("GET", f"/admin/users/{SOMEBODY}/factors"),
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
likely = st.sampled_from(
    [
        "signup",
        "recovery",
        "magiclink",
        "totp",
        "sms",
        "ada@example.com",
        "correct horse",
        "1h",
        SOMEBODY,
        "\0",
        "a\0@b",
        "9" * 400,
        "\ud800",
    ]
)
values = st.recursive(
    scalars | likely, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
bodies = st.dictionaries(st.sampled_from(NAMES + MORE + LINKS + FACTORS), values, max_size=4).map(
    lambda made: json.dumps(made).encode()
)


def sent(auth: Served, route: tuple[str, str], body: bytes, query: str = "") -> httpx.Response:
    method, path = route
    headers = {"Authorization": f"Bearer {signed(role='service_role', sub=SOMEBODY)}"}
    with httpx.Client(timeout=60) as client:
        return client.request(method, auth.url + path + query, content=body, headers=headers)


def test_no_body_and_no_query_makes_it_fail(database: Any) -> None:
    with served(database, failures=1_000_000) as auth:

        @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
        @given(route=st.sampled_from(ROUTES), body=bodies | st.binary(max_size=200), page=st.text(max_size=20))
        def tried(route: tuple[str, str], body: bytes, page: str) -> None:
            query = str(httpx.QueryParams({"page": page, "scope": page})) if "?" not in route[1] else ""
            answer = sent(auth, route, body, f"?{query}" if query else "")
            assert answer.status_code < 500, answer.text
            assert answer.status_code < 304 or {"error_code", "error"} & set(answer.json()), answer.text

        tried()
        assert len(mails(auth)) == len(auth.lines)


@pytest.mark.parametrize(
    "document",
    [
        {"data": {"a": "\0"}},
        {"data": {"\0": 1}},
        {"data": {"a": "x" * 10_000}},
        {"email": "ada@example.com", "password": "\0" * 10, "data": {"a": 10**400}},
    ],
)
def test_what_postgresql_cannot_hold(auth: Served, document: dict[str, Any]) -> None:
    answer = sent(auth, ("POST", "/signup"), json.dumps(document).encode())
    assert answer.status_code in {200, 400}, answer.text


def test_many_small_changes_make_no_token_that_is_too_long(auth: Served) -> None:
    with auth.client() as client:
        session = client.post("/signup", json={}).json()
        bearer = {"Authorization": f"Bearer {session['access_token']}"}
        changes = [{"data": {str(number): "x" * 2000}} for number in range(4)]
        assert [client.put("/user", json=change, headers=bearer).status_code for change in changes] == [
            200,
            200,
            200,
            400,
        ]
        again = client.post("/token?grant_type=refresh_token", json={"refresh_token": session["refresh_token"]})
        fresh = {"Authorization": f"Bearer {again.json()['access_token']}"}
        assert set(client.get("/user", headers=fresh).json()["user_metadata"]) == {"0", "1", "2"}


def test_refreshing_at_once_makes_no_more_than_one_session(auth: Served) -> None:
    with auth.client() as client:
        token = client.post("/signup", json={}).json()["refresh_token"]
        ask = lambda _: client.post("/token?grant_type=refresh_token", json={"refresh_token": token})  # noqa: E731
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(ask, range(16)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 16


def test_guesses_at_once_are_counted_all(auth: Served) -> None:
    credentials = {"email": "ada@example.com", "password": "correct horse"}
    with served(auth.database, failures=5) as strict, strict.client() as client:
        client.post("/signup", json=credentials)
        guess = lambda _: client.post(  # noqa: E731
            "/token?grant_type=password", json={**credentials, "password": "wrong horse"}
        )
        with ThreadPoolExecutor(8) as threads:
            statuses = sorted(answer.status_code for answer in threads.map(guess, range(20)))
    assert statuses == [400] * 5 + [429] * 15


def test_what_is_not_served(auth: Served) -> None:
    with auth.client() as client:
        told = {
            (method, path): client.request(method, path).status_code
            for method, path in (
                ("GET", "/"),
                ("HEAD", "/verify"),
                ("GET", "/signup"),
                ("DELETE", "/user"),
                ("POST", "/x/y"),
            )
        }
        assert told == {
            ("GET", "/"): 404,
            ("HEAD", "/verify"): 405,
            ("GET", "/signup"): 405,
            ("DELETE", "/user"): 405,
            ("POST", "/x/y"): 404,
        }
        codes = [{"email": "ada@example.com", "token": "123456", "type": "signup"}, {"phone": "x", "token": "1"}]
        assert [client.post("/verify", json=code).json()["code"] for code in codes] == [
            "otp_expired",
            "validation_failed",
        ]
        assert client.post("/sso", json={"domain": "example.com"}).json()["message"] == "SAML 2.0 is disabled"
        assert client.get("/settings").json()["mailer_autoconfirm"] is True
        assert client.get("/health").json()["name"] == "haulback"
        assert client.get("/.well-known/jwks.json").json() == {"keys": []}
