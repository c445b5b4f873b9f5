"""Invitations, and links that an administrator makes."""

from __future__ import annotations

import httpx
import pytest
from gateway_accounts import Served, mails, refusal, served

from haulback.model.auth import AuthSettings

ADA = {"email": "ada@example.com", "password": "correct horse"}


def generated(auth: Served, **wanted: object) -> httpx.Response:
    with auth.admin() as admin:
        return admin.post("/admin/generate_link", json=wanted)


@pytest.mark.parametrize("shown", ["hash", "digits"])
@pytest.mark.parametrize(
    ("kind", "told"), [("signup", "signup"), ("invite", "invite"), ("magiclink", "signup"), ("recovery", "recovery")]
)
def test_a_link_of_each_kind_signs_in(auth: Served, kind: str, told: str, shown: str) -> None:
    with auth.client() as client:
        if kind == "recovery":
            client.post("/signup", json=ADA)
        made = generated(auth, type=kind, email="Ada@example.com", password=ADA["password"], data={"a": 1}).json()
        assert (made["verification_type"], made["email"], mails(auth)) == (told, ADA["email"], [])
        assert httpx.URL(made["action_link"]).params["token"] == made["hashed_token"]
        code = (
            {"token_hash": made["hashed_token"]}
            if shown == "hash"
            else {"email": made["email"], "token": made["email_otp"]}
        )
        session = client.post("/verify", json={"type": told, **code}).json()
        assert session["user"]["id"] == made["id"]
        assert session["user"]["email_confirmed_at"]
        assert client.post("/verify", json={"type": told, **code}).status_code == 403


def test_an_address_changes_by_a_link_to_the_new_one_or_the_old_one(auth: Served) -> None:
    with auth.client() as client:
        client.post("/signup", json=ADA)
        change = {"email": ADA["email"], "new_email": "new@example.com"}
        old = generated(auth, type="email_change_current", **change).json()
        new = generated(auth, type="email_change_new", **change).json()
        assert (old["new_email"], "type=email_change&" in new["action_link"]) == ("new@example.com", True)
        code = {"type": "email_change", "email": "new@example.com", "token": new["email_otp"]}
        assert client.post("/verify", json=code).json()["user"]["email"] == "new@example.com"
        left = client.post("/verify", json={"type": "email_change", "token_hash": old["hashed_token"]})
    assert left.status_code == 403


def test_an_invited_user_is_let_in_and_sets_a_password(auth: Served) -> None:
    with auth.admin() as admin, auth.client() as client:
        invited = admin.post("/invite", json={"email": ADA["email"], "data": {"team": "a"}}).json()
        assert invited["invited_at"]
        (mail,) = mails(auth)
        assert mail.purpose == "invite"
        assert client.post("/token?grant_type=password", json=ADA).status_code == 400
        session = client.post("/verify", json={"type": "invite", "token_hash": mail.token}).json()
        headers = {"Authorization": f"Bearer {session['access_token']}"}
        assert client.put("/user", json={"password": ADA["password"]}, headers=headers).status_code == 200
        assert client.post("/token?grant_type=password", json=ADA).status_code == 200
        again = admin.post("/invite", json={"email": ADA["email"]})
    assert refusal(again)[:2] == (422, "email_exists")


def test_where_only_administrators_let_people_in(auth: Served) -> None:
    closed = AuthSettings(signup=False)
    with served(auth.database, auth=closed) as strict, strict.client() as client, strict.admin() as admin:
        otp = {"email": ADA["email"]}
        refused = [client.post("/signup", json=ADA), client.post("/signup", json={}), client.post("/otp", json=otp)]
        message = "Signups not allowed for this instance"
        assert [refusal(answer) for answer in refused] == [(422, "signup_disabled", message)] * 3
        assert client.get("/settings").json()["disable_signup"] is True
        assert admin.post("/invite", json=otp).status_code == 200
        assert client.post("/otp", json=otp).status_code == 200
    with served(auth.database, auth=AuthSettings(anonymous=False)) as known, known.client() as client:
        nobody = client.post("/signup", json={})
        assert refusal(nobody) == (422, "anonymous_provider_disabled", "Anonymous sign-ins are disabled")
        assert client.post("/signup", json={**ADA, "email": "eve@example.com"}).status_code == 200


def test_what_is_refused(auth: Served) -> None:
    with auth.client() as client:
        assert refusal(client.post("/admin/generate_link", json={}))[:2] == (401, "no_authorization")
        user = client.post("/signup", json=ADA).json()
        headers = {"Authorization": f"Bearer {user['access_token']}"}
        assert refusal(client.post("/invite", json=ADA, headers=headers))[:2] == (403, "not_admin")
    told = {
        "recovery": ("eve@example.com", {}, (404, "user_not_found")),
        "signup": ("eve@example.com", {}, (400, "validation_failed")),
        "x": ("eve@example.com", {}, (400, "validation_failed")),
        "invite": (ADA["email"], {}, (422, "email_exists")),
        "magiclink": ("no address", {}, (400, "validation_failed")),
        "email_change_new": (ADA["email"], {"new_email": "no address"}, (400, "validation_failed")),
    }
    for kind, (email, more, expected) in told.items():
        assert refusal(generated(auth, type=kind, email=email, **more))[:2] == expected, kind
