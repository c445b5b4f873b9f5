"""Links for a client that proves possession: they give a code, and only its verifier gets a session for it."""

from __future__ import annotations

import base64
import hashlib

import httpx
import psycopg
import pytest
from gateway_accounts import Served, bearing, claims, mails, refusal, served

from haulback.model.auth import AuthSettings

ADA = {"email": "ada@example.com", "password": "correct horse"}
VERIFIER = "v" * 56
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PROOF = {"code_challenge": CHALLENGE, "code_challenge_method": "s256"}


def followed(client: httpx.Client, link: str) -> str:
    answer = client.get(link)
    assert answer.status_code == 303
    there = httpx.URL(answer.headers["Location"])
    assert "access_token" not in str(there)
    return there.params["code"]


def exchanged(client: httpx.Client, code: str, verifier: str = VERIFIER) -> httpx.Response:
    return client.post("/token?grant_type=pkce", json={"auth_code": code, "code_verifier": verifier})


def test_a_code_of_a_link_is_good_once_and_for_its_verifier(auth: Served) -> None:
    with auth.client() as client:
        client.post("/otp?redirect_to=http://127.0.0.1:5173/in?a=b", json={"email": ADA["email"], **PROOF})
        (mail,) = mails(auth)
        assert mail.token.startswith("pkce_")
        code = followed(client, mail.link)
        wrong = exchanged(client, code, "w" * 56)
        message = "code challenge does not match previously saved code verifier"
        assert refusal(wrong) == (400, "bad_code_verifier", message)
        session = exchanged(client, code).json()
        assert [one["method"] for one in claims(session)["amr"]] == ["magiclink"]
        assert refusal(exchanged(client, code))[:2] == (404, "flow_state_not_found")


def test_a_code_may_be_typed_all_the_same(auth: Served) -> None:
    with auth.client() as client:
        client.post("/otp", json={"email": ADA["email"], **PROOF})
        (mail,) = mails(auth)
        typed = client.post("/verify", json={"type": "email", "email": mail.address, "token": mail.code})
    assert typed.status_code == 200


def test_nobody_has_a_session_before_the_link_is_followed(auth: Served) -> None:
    with auth.client() as client:
        client.post("/otp", json={"email": ADA["email"], **PROOF})
        with psycopg.connect(auth.database.conninfo("supabase_auth_admin")) as connection:
            row = connection.execute("SELECT auth_code FROM auth.flow_state").fetchone()
        assert row is not None
        assert exchanged(client, row[0]).status_code == 404


def test_a_code_ends_after_five_minutes(auth: Served) -> None:
    with auth.client() as client:
        client.post("/signup", json=ADA)
        client.post("/recover", json={"email": ADA["email"], **PROOF})
        code = followed(client, mails(auth)[0].link)
        with psycopg.connect(auth.database.conninfo("supabase_auth_admin"), autocommit=True) as connection:
            connection.execute("UPDATE auth.flow_state SET created_at = created_at - interval '6 minutes'")
        assert refusal(exchanged(client, code))[:2] == (422, "flow_state_expired")


def test_sign_up_and_a_change_of_address_prove_it_too(auth: Served) -> None:
    plain = {"code_challenge": VERIFIER, "code_challenge_method": "plain"}
    with served(auth.database, auth=AuthSettings(confirm=True), pause=0.0) as strict, strict.client() as client:
        client.post("/signup", json={**ADA, **plain})
        session = exchanged(client, followed(client, mails(strict)[-1].link)).json()
        client.put("/user", json={"email": "new@example.com", **PROOF}, headers=bearing(session))
        new, old = mails(strict)[-2:]
        first = client.get(old.link)
        assert "message" in httpx.URL(first.headers["Location"]).params
        session = exchanged(client, followed(client, new.link)).json()
    assert session["user"]["email"] == "new@example.com"


@pytest.mark.parametrize(
    "given",
    [
        {"code_challenge": CHALLENGE},
        {"code_challenge": "short", "code_challenge_method": "s256"},
        {"code_challenge": "é" * 50, "code_challenge_method": "s256"},
        {"code_challenge": CHALLENGE, "code_challenge_method": "md5"},
    ],
)
def test_what_is_no_challenge(auth: Served, given: dict[str, str]) -> None:
    with auth.client() as client:
        answer = client.post("/otp", json={"email": ADA["email"], **given})
    assert refusal(answer)[:2] == (400, "validation_failed")
    assert mails(auth) == []
