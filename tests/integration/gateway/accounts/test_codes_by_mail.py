"""Codes and links of mails, which the log tells: for one use, for an hour, and for who has the address."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from gateway_accounts import Mail, Served, bearing, claims, mails, refusal, served, signed

from haulback.model.auth import AuthSettings

ADA = {"email": "ada@example.com", "password": "correct horse"}
EXPIRED = (403, "otp_expired", "Token has expired or is invalid")
BROKEN = (403, "otp_expired", "Email link is invalid or has expired")
CONFIRM = AuthSettings(confirm=True)


def changed(auth: Served, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(auth.database.conninfo("supabase_auth_admin"), autocommit=True) as connection:
        found = connection.execute(statement)
        return found.fetchall() if found.description else []


def sent(auth: Served) -> Mail:
    return mails(auth)[-1]


def typed(client: httpx.Client, mail: Mail, kind: str) -> httpx.Response:
    return client.post("/verify", json={"type": kind, "email": mail.address, "token": mail.code})


def fragment(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 303
    found = parse_qs(urlsplit(answer.headers["Location"]).fragment, keep_blank_values=True)
    return {name: value for name, (value,) in found.items()}


def test_a_code_signs_somebody_in_who_had_no_account(auth: Served) -> None:
    with auth.client() as client:
        assert client.post("/otp", json={"email": ADA["email"], "data": {"name": "Ada"}}).json() == {}
        mail = sent(auth)
        assert (mail.address, mail.purpose) == (ADA["email"], "magiclink")
        session = typed(client, mail, "email").json()
        assert (session["user"]["email"], session["user"]["user_metadata"]["name"]) == (ADA["email"], "Ada")
        assert [one["method"] for one in claims(session)["amr"]] == ["otp"]
        assert refusal(typed(client, mail, "email")) == EXPIRED
        nobody = client.post("/otp", json={"email": "eve@example.com", "create_user": False})
    assert refusal(nobody) == (422, "otp_disabled", "Signups not allowed for otp")


def test_a_link_leads_back_with_a_session_once(auth: Served) -> None:
    with auth.client() as client:
        client.post("/signup", json=ADA)
        client.post("/recover?redirect_to=http://127.0.0.1:5173/new", json={"email": ADA["email"]})
        link = sent(auth).link
        assert client.head(link).status_code == 405
        answer = client.get(link)
        told = fragment(answer)
        assert answer.headers["Location"].startswith("http://127.0.0.1:5173/new#")
        assert (told["type"], told["token_type"], told["expires_in"]) == ("recovery", "bearer", "3600")
        assert client.get("/user", headers=bearing(told)).json()["email"] == ADA["email"]
        assert client.put("/user", json={"password": "battery staple"}, headers=bearing(told)).status_code == 200
        again = fragment(client.get(link))
    assert (again["error"], again["error_code"], again["error_description"]) == ("access_denied", *BROKEN[1:])


@pytest.mark.parametrize("place", ["https://evil.example/", "javascript:alert(1)"])
def test_a_link_leads_nowhere_else(auth: Served, place: str) -> None:
    with auth.client() as client:
        client.post("/signup", json=ADA)
        client.post("/recover", params={"redirect_to": place}, json={"email": ADA["email"]})
        link = httpx.URL(sent(auth).link).copy_set_param("redirect_to", place)
        answer = client.get(link)
    assert answer.headers["Location"].startswith("http://127.0.0.1:3000#")


def test_the_hash_of_a_link_is_good_for_its_kind_only(auth: Served) -> None:
    with auth.client() as client:
        client.post("/signup", json=ADA)
        client.post("/recover", json={"email": ADA["email"]})
        token = sent(auth).token
        wrong = client.post("/verify", json={"type": "signup", "token_hash": token})
        right = client.post("/verify", json={"type": "recovery", "token_hash": token})
        both = client.post("/verify", json={"type": "recovery", "token_hash": token, "email": ADA["email"]})
    assert refusal(wrong) == BROKEN
    assert right.status_code == 200
    assert refusal(both)[1:] == ("validation_failed", "Only the token_hash and type should be provided")


def test_nothing_in_the_tables_is_what_somebody_types(auth: Served) -> None:
    with auth.client() as client:
        client.post("/otp", json={"email": ADA["email"]})
    ((kept, told),) = changed(
        auth,
        "SELECT t.token_hash, u.recovery_token FROM auth.one_time_tokens AS t JOIN auth.users AS u ON u.id = t.user_id",
    )
    assert kept == told == sent(auth).token
    assert sent(auth).code not in str(kept)


def test_codes_end_after_an_hour_and_with_the_next_of_their_kind(auth: Served) -> None:
    with served(auth.database, pause=0.0) as patient, patient.client() as client:
        client.post("/otp", json={"email": ADA["email"]})
        client.post("/otp", json={"email": ADA["email"]})
        first, second = mails(patient)
        assert refusal(typed(client, first, "magiclink")) == EXPIRED
        changed(auth, "UPDATE auth.one_time_tokens SET created_at = created_at - interval '61 minutes'")
        assert refusal(typed(client, second, "magiclink")) == EXPIRED
        changed(auth, "UPDATE auth.one_time_tokens SET created_at = created_at + interval '2 minutes'")
        assert typed(client, second, "magiclink").status_code == 200


def test_a_used_code_ends_the_others_of_its_user(auth: Served) -> None:
    with auth.client() as client, auth.admin() as admin:
        client.post("/signup", json=ADA)
        client.post("/recover", json={"email": ADA["email"]})
        change = {"type": "email_change_new", "email": ADA["email"], "new_email": "eve@example.com"}
        other = admin.post("/admin/generate_link", json=change).json()
        assert typed(client, sent(auth), "recovery").status_code == 200
        left = client.post("/verify", json={"type": "email_change", "token_hash": other["hashed_token"]})
    assert refusal(left) == BROKEN
    assert changed(auth, "SELECT recovery_token, email_change_token_new FROM auth.users") == [("", "")]


def test_who_guesses_codes_has_to_wait(auth: Served) -> None:
    with served(auth.database, failures=3) as strict, strict.client() as client:
        client.post("/otp", json={"email": ADA["email"]})
        mail = sent(strict)
        guesses = [f"{(int(mail.code) + number) % 10**6:06}" for number in range(1, 5)]
        statuses = [
            client.post("/verify", json={"type": "email", "email": ADA["email"], "token": guess}).status_code
            for guess in guesses
        ]
        assert statuses == [403, 403, 403, 429]
        assert typed(client, mail, "email").status_code == 429
        assert fragment(client.get(mail.link))["error_code"] == "over_request_rate_limit"


def test_mails_of_one_kind_are_a_moment_apart(auth: Served) -> None:
    with served(auth.database, pause=60.0) as slow, slow.client() as client:
        client.post("/signup", json=ADA)
        assert client.post("/recover", json={"email": ADA["email"]}).status_code == 200
        again = client.post("/recover", json={"email": ADA["email"]})
        assert refusal(again)[:2] == (429, "over_email_send_rate_limit")
        assert len(mails(slow)) == 1


def test_recovery_does_not_tell_who_is_there(auth: Served) -> None:
    with auth.client() as client:
        client.post("/signup", json=ADA)
        there, not_there = (
            client.post("/recover", json={"email": email}) for email in (ADA["email"], "eve@example.com")
        )
    assert (there.status_code, there.content) == (not_there.status_code, not_there.content) == (200, b"{}")
    assert [mail.address for mail in mails(auth)] == [ADA["email"]]


def test_a_banned_user_is_not_let_in_by_a_code(auth: Served) -> None:
    with auth.client() as client, auth.admin() as admin:
        user = client.post("/signup", json=ADA).json()["user"]["id"]
        client.post("/recover", json={"email": ADA["email"]})
        admin.put(f"/admin/users/{user}", json={"ban_duration": "1h"})
        assert refusal(typed(client, sent(auth), "recovery")) == (403, "user_banned", "User is banned")
        admin.put(f"/admin/users/{user}", json={"ban_duration": "none"})
        assert typed(client, sent(auth), "recovery").status_code == 200


def test_an_address_that_must_be_confirmed(auth: Served) -> None:
    with served(auth.database, auth=CONFIRM, pause=0.0) as strict, strict.client() as client:
        made = client.post("/signup", json={**ADA, "data": {"name": "Ada"}}).json()
        assert "access_token" not in made
        assert (made["email"], "email_confirmed_at" in made) == (ADA["email"], False)
        early = client.post("/token?grant_type=password", json=ADA)
        assert refusal(early) == (400, "email_not_confirmed", "Email not confirmed")
        assert client.post("/signup", json=ADA).json()["id"] == made["id"]
        client.post("/resend", json={"type": "signup", "email": ADA["email"]})
        assert [mail.purpose for mail in mails(strict)] == ["signup"] * 3
        session = typed(client, sent(strict), "signup").json()
        assert session["user"]["identities"][0]["identity_data"]["email_verified"] is True
        assert client.post("/token?grant_type=password", json=ADA).status_code == 200
        taken = client.post("/signup", json={**ADA, "password": "another horse"})
        assert taken.status_code == 200
        assert taken.json()["id"] != made["id"]
        assert taken.json()["identities"] == []
        assert client.get("/settings").json()["mailer_autoconfirm"] is False
        phone = client.post("/signup", json={"phone": "4915112345", "password": "correct horse"})
        assert refusal(phone)[1] == "phone_provider_disabled"


def test_one_of_two_addresses_is_enough_or_both_are_wanted(auth: Served) -> None:
    with auth.client() as client:
        session = client.post("/signup", json=ADA).json()
        answer = client.put("/user", json={"email": "new@example.com"}, headers=bearing(session)).json()
        assert (answer["email"], answer["new_email"]) == (ADA["email"], "new@example.com")
        new, old = mails(auth)
        assert (new.address, old.address) == ("new@example.com", ADA["email"])
        user = typed(client, new, "email_change").json()["user"]
        assert (user["email"], "new_email" in user) == ("new@example.com", False)
        assert user["identities"][0]["email"] == "new@example.com"
        assert refusal(typed(client, old, "email_change")) == EXPIRED
    with served(auth.database, auth=CONFIRM, pause=0.0) as strict, strict.client() as client:
        session = client.post("/token?grant_type=password", json={**ADA, "email": "new@example.com"}).json()
        client.put("/user", json={"email": "third@example.com"}, headers=bearing(session))
        third, second = mails(strict)
        first_word = client.post("/verify", json={"type": "email_change", "token_hash": second.token}).json()
        assert first_word["msg"].startswith("Confirmation link accepted.")
        assert fragment(client.get(second.link))["error_code"] == "otp_expired"
        assert "access_token" in fragment(client.get(third.link))
        assert client.get("/user", headers=bearing(session)).json()["email"] == "third@example.com"


def test_an_address_that_somebody_took_meanwhile(auth: Served) -> None:
    with auth.client() as client:
        session = client.post("/signup", json=ADA).json()
        client.put("/user", json={"email": "new@example.com"}, headers=bearing(session))
        client.post("/signup", json={**ADA, "email": "New@example.com"})
        assert refusal(typed(client, mails(auth)[0], "email_change"))[:2] == (422, "email_exists")
        again = client.put("/user", json={"email": "new@example.com"}, headers=bearing(session))
        assert refusal(again)[:2] == (422, "email_exists")


def test_a_password_is_changed_in_an_old_session_only_with_a_code(auth: Served) -> None:
    settings = AuthSettings(reauthenticate=True)
    with served(auth.database, auth=settings) as strict, strict.client() as client:
        headers = bearing(client.post("/signup", json=ADA).json())
        assert client.put("/user", json={"password": "battery staple"}, headers=headers).status_code == 200
        changed(auth, "UPDATE auth.sessions SET created_at = created_at - interval '25 hours'")
        late = client.put("/user", json={"password": "correct horse"}, headers=headers)
        assert refusal(late) == (400, "reauthentication_needed", "Password update requires reauthentication")
        assert client.get("/reauthenticate", headers=headers).json() == {}
        mail = sent(strict)
        assert (mail.purpose, mail.link) == ("reauthentication", "")
        wrong = client.put("/user", json={"password": "correct horse", "nonce": "x"}, headers=headers)
        assert refusal(wrong) == (422, "reauthentication_not_valid", "Nonce has expired or is invalid")
        change = {"password": "correct horse", "nonce": mail.code}
        assert client.put("/user", json=change, headers=headers).status_code == 200
        assert refusal(client.put("/user", json={**change, "password": "third horse"}, headers=headers))[0] == 422


def test_a_number_counts_at_once_and_signs_in(auth: Served) -> None:
    ada = {"phone": "+49 151 12345", "password": "correct horse"}
    with auth.client() as client:
        session = client.post("/signup", json=ada).json()
        assert (session["user"]["phone"], session["user"]["app_metadata"]["providers"]) == ("4915112345", ["phone"])
        assert client.post("/token?grant_type=password", json=ada).status_code == 200
        assert refusal(client.post("/signup", json=ada))[1] == "user_already_exists"
        moved = client.put("/user", json={"phone": "4915199999"}, headers=bearing(session)).json()
        assert moved["phone"] == "4915199999"
        assert client.post("/resend", json={"type": "sms", "phone": "49151"}).json() == {}
        assert refusal(client.post("/otp", json={"phone": "49151"}))[:2] == (422, "sms_send_failed")


def test_what_stands_with_other_services(auth: Served) -> None:
    with auth.client() as client:
        headers = bearing(client.post("/signup", json=ADA).json())
        answers = [
            client.get("/authorize?provider=github"),
            client.get("/user/identities/authorize?provider=github", headers=headers),
            client.delete("/user/identities/aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", headers=headers),
            client.post("/token?grant_type=id_token", json={"provider": "google", "id_token": "x"}),
            client.get("/reauthenticate", headers={"Authorization": f"Bearer {signed(role='anon')}"}),
        ]
    assert [refusal(answer)[:2] for answer in answers] == [
        (400, "validation_failed"),
        (404, "manual_linking_disabled"),
        (404, "manual_linking_disabled"),
        (400, "provider_disabled"),
        (403, "bad_jwt"),
    ]
