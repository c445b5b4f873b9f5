"""Second factors: enrolled, challenged, shown, taken away, and what a session is worth with one and without."""

from __future__ import annotations

import base64
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest
from gateway_accounts import Served, bearing, claims, refusal, served

from haulback.gateway.accounts import totp

ADA = {"email": "ada@example.com", "password": "correct horse"}
TOTP = {"factor_type": "totp", "friendly_name": "phone"}
Session = dict[str, Any]


def password(secret: str, periods: int = 0) -> str:
    return totp.password(base64.b32decode(secret), int(time.time()) // 30 + periods)


def enrolled(client: httpx.Client, session: Session, **changes: str) -> dict[str, Any]:
    found: dict[str, Any] = client.post("/factors", json={**TOTP, **changes}, headers=bearing(session)).json()
    return found


def shown(client: httpx.Client, session: Session, factor: dict[str, Any], code: str | None = None) -> httpx.Response:
    path = f"/factors/{factor['id']}"
    challenge = client.post(f"{path}/challenge", headers=bearing(session)).json()
    given = {"challenge_id": challenge["id"], "code": code or password(factor["totp"]["secret"])}
    return client.post(f"{path}/verify", json=given, headers=bearing(session))


def signed_in(client: httpx.Client) -> Session:
    found: Session = client.post("/token?grant_type=password", json=ADA).json()
    return found


def test_a_session_with_a_second_factor(auth: Served) -> None:
    with auth.client() as client:
        session = client.post("/signup", json=ADA).json()
        other = signed_in(client)
        factor = enrolled(client, session)
        assert (factor["type"], factor["friendly_name"]) == ("totp", "phone")
        assert factor["totp"]["secret"] in factor["totp"]["uri"]
        assert factor["totp"]["qr_code"].startswith("<svg ")
        assert "#" not in factor["totp"]["qr_code"]
        assert refusal(shown(client, session, factor, "000000x"))[1:] == (
            "mfa_verification_failed",
            "Invalid TOTP code entered",
        )
        stronger = shown(client, session, factor).json()
        told = claims(stronger)
        assert (told["aal"], {one["method"] for one in told["amr"]}) == ("aal2", {"password", "totp"})
        assert told["session_id"] == claims(session)["session_id"]
        (listed,) = stronger["user"]["factors"]
        assert (listed["status"], "secret" in listed) == ("verified", False)
        next_one = client.post("/token?grant_type=refresh_token", json={"refresh_token": stronger["refresh_token"]})
        assert claims(next_one.json())["aal"] == "aal2"
        assert client.get("/user", headers=bearing(other)).status_code == 403


def test_a_token_from_before_prolongs_nothing(auth: Served) -> None:
    with auth.client() as client:
        session = client.post("/signup", json=ADA).json()
        stronger = shown(client, session, enrolled(client, session)).json()
        old = client.post("/token?grant_type=refresh_token", json={"refresh_token": session["refresh_token"]})
        assert refusal(old)[1] == "refresh_token_not_found"
        assert client.get("/user", headers=bearing(stronger)).status_code == 200


def test_without_it_nothing_that_matters_is_changed(auth: Served) -> None:
    with auth.client() as client:
        session = client.post("/signup", json=ADA).json()
        factor = enrolled(client, session)
        strong = shown(client, session, factor).json()
        weak = signed_in(client)
        assert claims(weak)["aal"] == "aal1"
        for change in ({"password": "battery staple"}, {"email": "new@example.com"}, {"phone": "49151"}):
            assert refusal(client.put("/user", json=change, headers=bearing(weak)))[:2] == (401, "insufficient_aal")
        assert client.put("/user", json={"data": {"a": 1}}, headers=bearing(weak)).status_code == 200
        another = client.post("/factors", json={**TOTP, "friendly_name": "b"}, headers=bearing(weak))
        assert refusal(another)[:2] == (403, "insufficient_aal")
        away = client.delete(f"/factors/{factor['id']}", headers=bearing(weak))
        assert refusal(away)[:2] == (422, "insufficient_aal")
        assert client.delete(f"/factors/{factor['id']}", headers=bearing(strong)).json() == {"id": factor["id"]}
        following = client.post("/token?grant_type=refresh_token", json={"refresh_token": strong["refresh_token"]})
        told = claims(following.json())
        assert (told["aal"], [one["method"] for one in told["amr"]]) == ("aal1", ["password"])


def test_a_challenge_is_met_once_in_time_and_for_its_own_factor(auth: Served) -> None:
    with auth.client() as client:
        session = client.post("/signup", json=ADA).json()
        factor, other = enrolled(client, session), enrolled(client, session, friendly_name="tablet")
        path = f"/factors/{factor['id']}"
        challenge = client.post(f"{path}/challenge", headers=bearing(session)).json()
        assert challenge["expires_at"] - time.time() > 200
        given = {"challenge_id": challenge["id"], "code": password(factor["totp"]["secret"])}
        wrong = client.post(f"/factors/{other['id']}/verify", json=given, headers=bearing(session))
        assert refusal(wrong)[1] == "mfa_factor_not_found"
        for interval, expected in (("- interval '6 minutes'", 422), ("+ interval '6 minutes'", 200)):
            with psycopg.connect(auth.database.conninfo("supabase_auth_admin"), autocommit=True) as connection:
                connection.execute(f"UPDATE auth.mfa_challenges SET created_at = created_at {interval}")  # type: ignore[arg-type]
            answer = client.post(f"{path}/verify", json=given, headers=bearing(session))
            assert answer.status_code == expected
        again = client.post(f"{path}/verify", json=given, headers=bearing(answer.json()))
        assert refusal(again)[:2] == (422, "mfa_ip_address_mismatch")
        assert [one["id"] for one in answer.json()["user"]["factors"]] == [factor["id"]]


def test_one_challenge_at_once_makes_one_session_stronger(auth: Served) -> None:
    with auth.client() as client:
        session = client.post("/signup", json=ADA).json()
        factor = enrolled(client, session)
        path = f"/factors/{factor['id']}"
        challenge = client.post(f"{path}/challenge", headers=bearing(session)).json()
        given = {"challenge_id": challenge["id"], "code": password(factor["totp"]["secret"])}
        ask = lambda _: client.post(f"{path}/verify", json=given, headers=bearing(session))  # noqa: E731
        with ThreadPoolExecutor(4) as threads:
            statuses = sorted(answer.status_code for answer in threads.map(ask, range(4)))
    assert statuses == [200, 422, 422, 422]


def test_sessions_that_show_one_at_once_end_in_order(auth: Served) -> None:
    with auth.client() as client:
        session = client.post("/signup", json=ADA).json()
        factor = enrolled(client, session)
        path = f"/factors/{factor['id']}"
        shown(client, session, factor)
        weak = [signed_in(client) for _ in range(6)]
        challenges = [client.post(f"{path}/challenge", headers=bearing(one)).json()["id"] for one in weak]

        def meet(number: int) -> httpx.Response:
            given = {"challenge_id": challenges[number], "code": password(factor["totp"]["secret"])}
            return client.post(f"{path}/verify", json=given, headers=bearing(weak[number]))

        with ThreadPoolExecutor(6) as threads:
            answers = list(threads.map(meet, range(6)))
    good, *others = sorted(answers, key=lambda answer: answer.status_code)
    assert good.status_code == 200
    assert {refusal(one)[:2] for one in others} == {(403, "session_not_found")}


def test_who_guesses_has_to_wait(auth: Served) -> None:
    with served(auth.database, failures=3) as strict, strict.client() as client:
        session = client.post("/signup", json=ADA).json()
        factor = enrolled(client, session)
        statuses = [shown(client, session, factor, "x").status_code for _ in range(4)]
        assert statuses == [422, 422, 422, 429]
        assert shown(client, session, factor).status_code == 429


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (TOTP, "mfa_factor_name_conflict"),
        ({"factor_type": "phone"}, "mfa_phone_enroll_not_enabled"),
        ({"factor_type": "webauthn"}, "mfa_webauthn_enroll_not_enabled"),
        ({"factor_type": "x"}, "validation_failed"),
        ({**TOTP, "issuer": "x" * 65}, "validation_failed"),
    ],
)
def test_what_is_not_enrolled(auth: Served, given: dict[str, str], expected: str) -> None:
    with auth.client() as client:
        session = client.post("/signup", json=ADA).json()
        enrolled(client, session)
        assert refusal(client.post("/factors", json=given, headers=bearing(session)))[1] == expected


def test_nobody_has_more_than_ten(auth: Served) -> None:
    with auth.client() as client:
        session = client.post("/signup", json=ADA).json()
        ask = lambda number: enrolled(client, session, friendly_name=f"f{number}")  # noqa: E731
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(ask, range(12)))
    assert sorted(answer.get("code", "") for answer in answers)[9:] == ["", *["too_many_enrolled_mfa_factors"] * 2]


def test_factors_of_others_are_nobodys(auth: Served) -> None:
    with auth.client() as client:
        ada = client.post("/signup", json=ADA).json()
        eve = client.post("/signup", json={**ADA, "email": "eve@example.com"}).json()
        factor = enrolled(client, ada)
        answers = [
            client.post(f"/factors/{factor['id']}/challenge", headers=bearing(eve)),
            client.delete(f"/factors/{factor['id']}", headers=bearing(eve)),
            client.delete("/factors/x", headers=bearing(eve)),
            client.get(f"/admin/users/{ada['user']['id']}/factors", headers=bearing(eve)),
        ]
    assert [refusal(answer)[:2] for answer in answers] == [
        (404, "mfa_factor_not_found"),
        (404, "mfa_factor_not_found"),
        (404, "validation_failed"),
        (403, "not_admin"),
    ]


def test_an_administrator_lists_and_takes_away(auth: Served) -> None:
    with auth.client() as client, auth.admin() as admin:
        session = client.post("/signup", json=ADA).json()
        factor = enrolled(client, session)
        stronger = shown(client, session, factor).json()
        path = f"/admin/users/{session['user']['id']}/factors"
        assert [one["id"] for one in admin.get(path).json()] == [factor["id"]]
        assert admin.delete(f"{path}/{factor['id']}").json()["id"] == factor["id"]
        assert admin.get(path).json() == []
        assert admin.delete(f"{path}/{factor['id']}").status_code == 404
        following = client.post("/token?grant_type=refresh_token", json={"refresh_token": stronger["refresh_token"]})
    assert claims(following.json())["aal"] == "aal1"
