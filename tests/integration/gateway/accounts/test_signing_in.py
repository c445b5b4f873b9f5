"""Sign-up, sign-in, refresh and sign-out, as their answers and rows show them."""

from __future__ import annotations

import time

import bcrypt
import httpx
import jwt
import psycopg
import pytest
from gateway_accounts import SECRET, Served, served, signed

from haulback.gateway.auth import keys
from haulback.gateway.auth.tokens import Tokens
from haulback.model.auth import AuthSettings
from haulback.model.role_path import role_path

ADA = {"email": "ada@example.com", "password": "correct horse"}


def rows(auth: Served, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(auth.database.conninfo("supabase_auth_admin"), autocommit=True) as connection:
        return connection.execute(query).fetchall()


def password(client: httpx.Client, **changes: str) -> httpx.Response:
    return client.post("/token?grant_type=password", json={**ADA, **changes})


def refresh(client: httpx.Client, token: object) -> httpx.Response:
    return client.post("/token?grant_type=refresh_token", json={"refresh_token": token})


def me(client: httpx.Client, session: dict[str, str]) -> httpx.Response:
    return client.get("/user", headers={"Authorization": f"Bearer {session['access_token']}"})


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    told = answer.json()
    return answer.status_code, told["code"], told["message"]


def test_a_user_signs_up_and_has_a_session(auth: Served) -> None:
    with auth.client() as client:
        session = client.post("/signup", json={**ADA, "data": {"name": "Ada"}}).json()
        assert me(client, session).json() == session["user"]
    claims = jwt.decode(session["access_token"], SECRET, algorithms=["HS256"], audience="authenticated")
    assert {key: claims[key] for key in ("role", "email", "phone", "aal", "is_anonymous")} == {
        "role": "authenticated",
        "email": "ada@example.com",
        "phone": "",
        "aal": "aal1",
        "is_anonymous": False,
    }
    assert claims["user_metadata"] == {"name": "Ada", "email_verified": True}
    assert claims["app_metadata"] == {"provider": "email", "providers": ["email"]}
    assert [one["method"] for one in claims["amr"]] == ["password"]
    assert claims["exp"] - claims["iat"] == session["expires_in"] == 3600
    assert claims["sub"] == session["user"]["id"]
    ((stored,),) = rows(auth, "SELECT id::text FROM auth.sessions")
    assert claims["session_id"] == stored


def test_what_is_kept_of_password_and_refresh_token_signs_nobody_in(auth: Served) -> None:
    with auth.client() as client:
        session = client.post("/signup", json=ADA).json()
        ((kept, token),) = rows(auth, "SELECT encrypted_password, token FROM auth.users, auth.refresh_tokens")
        assert str(kept).startswith("$argon2id$v=19$")
        assert token != session["refresh_token"]
        assert refusal(refresh(client, token))[:2] == (400, "refresh_token_not_found")
        assert refusal(password(client, password=str(kept)[:72]))[:2] == (400, "invalid_credentials")


def test_a_wrong_password_and_an_unknown_user_are_told_apart_by_nothing(auth: Served) -> None:
    with auth.client() as client:
        client.post("/signup", json=ADA)
        assert password(client).status_code == 200
        wrong, unknown = password(client, password="wrong horse"), password(client, email="eve@example.com")
    assert refusal(wrong) == (400, "invalid_credentials", "Invalid login credentials")
    assert (wrong.content, wrong.status_code) == (unknown.content, unknown.status_code)


def test_an_address_is_one_in_upper_and_lower_case(auth: Served) -> None:
    with auth.client() as client:
        client.post("/signup", json={**ADA, "email": "Ada@Example.com"})
        assert password(client, email="ADA@example.COM").json()["user"]["email"] == "ada@example.com"
        again = client.post("/signup", json=ADA)
    assert refusal(again) == (422, "user_already_exists", "User already registered")


def test_a_refresh_token_is_good_once_and_a_thief_ends_the_session(auth: Served) -> None:
    with served(auth.database, grace=0.0) as strict, strict.client() as client:
        first = client.post("/signup", json=ADA).json()
        other = password(client).json()
        second = refresh(client, first["refresh_token"]).json()
        assert second["refresh_token"] != first["refresh_token"]
        assert me(client, second).status_code == 200
        again = refresh(client, first["refresh_token"])
        assert refusal(again) == (400, "refresh_token_already_used", "Invalid Refresh Token: Already Used")
        assert refusal(refresh(client, second["refresh_token"]))[1] == "refresh_token_not_found"
        assert refusal(me(client, second))[:2] == (403, "session_not_found")
        assert me(client, other).status_code == 200


@pytest.mark.parametrize(
    ("settings", "aged", "message"),
    [
        (AuthSettings(timebox=3600), "created_at = created_at", "Session Expired"),
        (AuthSettings(inactivity=3600), "refreshed_at = refreshed_at", "Session Expired (Inactivity)"),
        (AuthSettings(), "not_after = now()", "Session Expired"),
    ],
)
def test_a_session_has_its_limits(auth: Served, settings: AuthSettings, aged: str, message: str) -> None:
    with served(auth.database, auth=settings) as limited, limited.client() as client:
        first = client.post("/signup", json=ADA).json()
        second = refresh(client, first["refresh_token"]).json()
        with psycopg.connect(auth.database.conninfo("supabase_auth_admin"), autocommit=True) as connection:
            connection.execute(f"UPDATE auth.sessions SET {aged} - interval '61 minutes'")  # type: ignore[arg-type]
        late = refresh(client, second["refresh_token"])
        assert refusal(late) == (400, "session_expired", f"Invalid Refresh Token: {message}")
        assert refresh(client, password(client).json()["refresh_token"]).status_code == 200


def test_tabs_that_refresh_at_the_same_time_stay_signed_in(auth: Served) -> None:
    with auth.client() as client:
        first = client.post("/signup", json=ADA).json()
        one, two = (refresh(client, first["refresh_token"]).json() for _ in range(2))
        assert one["refresh_token"] != two["refresh_token"]
        assert [refresh(client, tab["refresh_token"]).status_code for tab in (one, two)] == [200, 200]


@pytest.mark.parametrize(
    ("scope", "left"), [("global", [False, False]), ("local", [False, True]), ("others", [True, False])]
)
def test_signing_out(auth: Served, scope: str, left: list[bool]) -> None:
    with auth.client() as client:
        here, there = client.post("/signup", json=ADA).json(), password(client).json()
        bearer = {"Authorization": f"Bearer {here['access_token']}"}
        assert client.post("/logout", params={"scope": scope}, headers=bearer).status_code == 204
        assert [me(client, session).status_code == 200 for session in (here, there)] == left
        assert [refresh(client, one["refresh_token"]).status_code == 200 for one in (here, there)] == left


def test_somebody_without_an_address_is_anonymous_until_there_is_one(auth: Served) -> None:
    with auth.client() as client:
        session = client.post("/signup", json={"data": {"theme": "dark"}}).json()
        claims = jwt.decode(session["access_token"], SECRET, algorithms=["HS256"], audience="authenticated")
        assert (claims["is_anonymous"], claims["email"], session["user"]["identities"]) == (True, "", [])
        bearer = {"Authorization": f"Bearer {session['access_token']}"}
        lone = client.put("/user", json={"password": "correct horse"}, headers=bearer)
        assert refusal(lone)[:2] == (422, "validation_failed")
        changed = client.put("/user", json=ADA, headers=bearer).json()
        assert (changed["is_anonymous"], changed["email"]) == (False, ADA["email"])
        assert changed["user_metadata"]["theme"] == "dark"
        assert changed["app_metadata"]["providers"] == ["email"]
        assert password(client).json()["user"]["id"] == session["user"]["id"]


def test_a_changed_password_ends_the_other_sessions(auth: Served) -> None:
    with auth.client() as client:
        here, there = client.post("/signup", json=ADA).json(), password(client).json()
        bearer = {"Authorization": f"Bearer {here['access_token']}"}
        same = client.put("/user", json={"password": ADA["password"]}, headers=bearer)
        assert refusal(same)[:2] == (422, "same_password")
        assert client.put("/user", json={"password": "battery staple"}, headers=bearer).status_code == 200
        assert [me(client, session).status_code for session in (here, there)] == [200, 403]
        assert [password(client).status_code, password(client, password="battery staple").status_code] == [400, 200]


def test_users_change_no_app_metadata_of_their_own(auth: Served) -> None:
    with auth.client() as client:
        session = client.post("/signup", json=ADA).json()
        bearer = {"Authorization": f"Bearer {session['access_token']}"}
        change = {"app_metadata": {"role": "owner"}}
        assert refusal(client.put("/user", json=change, headers=bearer))[:2] == (403, "not_admin")
        assert me(client, session).json()["app_metadata"] == session["user"]["app_metadata"]


def test_tokens_that_are_no_users(auth: Served) -> None:
    told = {
        "": (401, "no_authorization"),
        "Bearer x": (403, "bad_jwt"),
        f"Bearer {signed(role='anon')}": (403, "bad_jwt"),
        f"Bearer {signed(sub='ada')}": (400, "bad_jwt"),
        f"Bearer {signed(sub='aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa')}": (403, "user_not_found"),
        f"Bearer {jwt.encode({'sub': 'x'}, 'another secret that is also long enough', algorithm='HS256')}": (
            403,
            "bad_jwt",
        ),
    }
    with auth.client() as client:
        for header, expected in told.items():
            answer = client.get("/user", headers={"Authorization": header} if header else {})
            assert refusal(answer)[:2] == expected, header


def test_a_seeded_user_with_a_bcrypt_hash_signs_in(auth: Served) -> None:
    # What crypt('correct horse', gen_salt('bf')) makes; the embedded server has no gen_salt().
    kept = bcrypt.hashpw(b"correct horse", bcrypt.gensalt(6, b"2a")).decode()
    with psycopg.connect(auth.database.conninfo("postgres"), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at)"
            " VALUES ('00000000-0000-0000-0000-000000000000', gen_random_uuid(), 'authenticated', 'authenticated',"
            " 'ada@example.com', %s, now())",
            (kept,),
        )
    with auth.client() as client:
        assert [password(client).status_code, password(client, password="wrong").status_code] == [200, 400]


def test_an_address_that_guesses_has_to_wait(auth: Served) -> None:
    with served(auth.database, failures=3) as strict, strict.client() as client:
        client.post("/signup", json=ADA)
        for _ in range(5):
            assert password(client).status_code == 200
        assert [password(client, password="wrong").status_code for _ in range(4)] == [400, 400, 400, 429]
        waits = password(client)
        assert refusal(waits) == (429, "over_request_rate_limit", "Request rate limit reached")
        assert 0 < int(waits.headers["Retry-After"]) <= 300


def test_a_trigger_of_the_application_that_fails_keeps_the_user_out(auth: Served) -> None:
    with psycopg.connect(auth.database.conninfo("postgres"), autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$BEGIN RAISE 'no more of % please', new.email; END$$;"
            "CREATE TRIGGER refuse AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.refuse()"
        )
    with auth.client() as client:
        answer = client.post("/signup", json=ADA)
    assert refusal(answer) == (500, "unexpected_failure", "Database error saving new user")
    assert rows(auth, "SELECT count(*) FROM auth.users") == [(0,)]
    assert auth.lines == ["/auth/v1: Database error saving new user: no more of ada@example.com please"]


def test_older_clients_get_the_older_form(auth: Served) -> None:
    with auth.client() as client:
        answer = client.post("/token?grant_type=password", json=ADA, headers={"X-Supabase-Api-Version": ""})
    assert answer.json() == {"code": 400, "error_code": "invalid_credentials", "msg": "Invalid login credentials"}
    assert "X-Supabase-Api-Version" not in answer.headers


def looking(path: str) -> Tokens:
    return Tokens(keys.parsed(SECRET), role_path=role_path(path), clock=time.time)


def test_a_session_says_its_role_where_the_apis_look_for_it(database) -> None:
    tokens = looking("$.app_metadata.role")
    with served(database, tokens=tokens) as auth, auth.client() as client:
        session = client.post("/signup", json=ADA).json()
        assert me(client, session).status_code == 200
        assert tokens.verified(session["access_token"]).role == "authenticated"
        # What an administrator has put there is what the path is for.
        key = tokens.role_path.placed({"exp": time.time() + 600}, "service_role")
        admin = {"Authorization": f"Bearer {jwt.encode(key, SECRET, algorithm='HS256')}"}
        changed = {"app_metadata": {"role": "editor"}}
        assert client.put(f"/admin/users/{session['user']['id']}", json=changed, headers=admin).status_code == 200
        again = password(client).json()
        assert tokens.verified(again["access_token"]).role == "editor"
        tokens.use("anon", None, role_path("$.role"))  # as when the database says so
        last = password(client).json()
    claims = jwt.decode(last["access_token"], SECRET, algorithms=["HS256"], audience="authenticated")
    assert (claims["role"], tokens.verified(last["access_token"]).role) == ("authenticated", "authenticated")


def test_a_role_that_no_session_can_say_there_is_told(database) -> None:
    tokens = looking("$.app_metadata.roles[?(@ == 'editor')]")
    with served(database, tokens=tokens) as auth, auth.client() as client:
        sessions = [client.post("/signup", json=ADA).json(), password(client).json()]
    assert [tokens.verified(one["access_token"]).role for one in sessions] == ["anon", "anon"]
    assert [line for line in auth.lines if "no token can say the role authenticated" in line] == auth.lines
    assert len(auth.lines) == 1
