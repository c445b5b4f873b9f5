"""supabase-auth, the client of supabase-py as PyPI has it, against `/auth/v1`."""

from __future__ import annotations

import re
import time
from base64 import b32decode
from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import pytest
from gateway_accounts import Served, signed
from supabase_auth import SyncGoTrueClient
from supabase_auth.errors import AuthApiError, AuthSessionMissingError, AuthWeakPasswordError

from haulback.gateway.accounts import totp

ADA = {"email": "ada@example.com", "password": "correct horse"}

Connect = Callable[..., SyncGoTrueClient]


@pytest.fixture
def connect(auth: Served) -> Iterator[Connect]:
    clients: list[SyncGoTrueClient] = []

    def connected(role: str = "anon") -> SyncGoTrueClient:
        key = signed(role=role)
        headers = {"apikey": key, "Authorization": f"Bearer {key}"}
        clients.append(SyncGoTrueClient(url=auth.url, headers=headers, auto_refresh_token=False))
        return clients[-1]

    yield connected
    for client in clients:
        client.close()


def test_a_user_from_sign_up_to_sign_out(connect: Connect) -> None:
    client = connect()
    made = client.sign_up({**ADA, "options": {"data": {"name": "Ada"}}})
    assert made.session is not None
    assert client.sign_in_with_password(ADA).user == client.get_user().user
    claims = client.get_claims()
    assert claims is not None
    assert (claims["claims"]["email"], claims["claims"]["role"]) == (ADA["email"], "authenticated")
    before = client.get_session()
    after = client.refresh_session().session
    assert after is not None
    assert before is not None
    assert after.refresh_token != before.refresh_token
    assert client.update_user({"data": {"name": None, "theme": "dark"}}).user.user_metadata == {
        "theme": "dark",
        "email_verified": True,
    }
    assert client.update_user({"email": "lovelace@example.com"}).user.new_email == "lovelace@example.com"
    assert [one.provider for one in client.get_user_identities().identities] == ["email"]
    client.sign_out()
    assert client.get_session() is None
    with pytest.raises(AuthApiError, match="Session from session_id claim in JWT does not exist"):
        client.get_user(after.access_token)


def test_what_is_refused(connect: Connect) -> None:
    client = connect()
    client.sign_up(ADA)
    with pytest.raises(AuthApiError, match="User already registered") as again:
        client.sign_up(ADA)
    assert (again.value.code, again.value.status) == ("user_already_exists", 422)
    with pytest.raises(AuthWeakPasswordError) as weak:
        client.sign_up({"email": "eve@example.com", "password": "abc"})
    assert weak.value.reasons == ["length"]
    with pytest.raises(AuthApiError, match="Invalid login credentials") as wrong:
        client.sign_in_with_password({**ADA, "password": "wrong"})
    assert (wrong.value.code, wrong.value.status) == ("invalid_credentials", 400)
    with pytest.raises(AuthApiError, match="Unable to validate email address: invalid format"):
        client.sign_up({**ADA, "email": "not an address"})
    with pytest.raises(AuthApiError, match="User not allowed"):
        connect().admin.list_users()
    with pytest.raises(AuthSessionMissingError):
        connect().update_user({"data": {}})


def test_somebody_who_stays_anonymous(connect: Connect) -> None:
    client = connect()
    found = client.sign_in_anonymously()
    assert found.user is not None
    assert found.user.is_anonymous
    assert client.get_user().user.id == found.user.id


def test_a_link_that_an_administrator_makes_and_a_second_factor(connect: Connect) -> None:
    made = connect("service_role").admin.generate_link({"type": "magiclink", **ADA})
    assert made.properties.verification_type == "signup"
    client = connect()
    session = client.verify_otp({"type": "signup", "token_hash": made.properties.hashed_token}).session
    assert session is not None
    assert session.user.email == ADA["email"]
    factor = client.mfa.enroll({"factor_type": "totp", "friendly_name": "phone"})
    assert factor.totp is not None
    code = totp.password(b32decode(factor.totp.secret), int(time.time()) // 30)
    with pytest.raises(AuthApiError, match="Invalid TOTP code entered"):
        client.mfa.challenge_and_verify({"factor_id": factor.id, "code": "x"})
    client.mfa.challenge_and_verify({"factor_id": factor.id, "code": code})
    level = client.mfa.get_authenticator_assurance_level()
    assert (level.current_level, level.next_level) == ("aal2", "aal2")
    assert [one.friendly_name for one in client.mfa.list_factors().totp] == ["phone"]
    client.mfa.unenroll({"factor_id": factor.id})
    assert client.mfa.list_factors().all == []


def test_an_administrator(connect: Connect) -> None:
    admin = connect("service_role").admin
    chosen = str(uuid4())
    attributes = {**ADA, "id": chosen, "email_confirm": True, "app_metadata": {"plan": "free"}, "phone": "+49 151 1"}
    made = admin.create_user(attributes).user
    assert (made.id, made.phone, made.app_metadata) == (
        chosen,
        "491511",
        {"provider": "email", "providers": ["email", "phone"], "plan": "free"},
    )
    assert admin.get_user_by_id(chosen).user == made
    others = [admin.create_user({"email": f"u{number}@example.com"}).user.id for number in range(4)]
    pages = [admin.list_users(page=page, per_page=2) for page in (1, 2, 3, 4)]
    assert [[user.id for user in page] for page in pages] == [
        others[:1:-1],
        others[1::-1],
        [chosen],
        [],
    ]
    unconfirmed = {"email": "u0@example.com", "password": "correct horse"}
    admin.update_user_by_id(others[0], {"password": unconfirmed["password"]})
    with pytest.raises(AuthApiError, match="Email not confirmed"):
        connect().sign_in_with_password(unconfirmed)
    admin.update_user_by_id(others[0], {"email_confirm": True, "role": "auditor"})
    session = connect().sign_in_with_password(unconfirmed).session
    assert session is not None
    assert session.user.role == "auditor"
    admin.sign_out(session.access_token)
    admin.delete_user(others[1])
    with pytest.raises(AuthApiError, match="User not found"):
        admin.get_user_by_id(others[1])


def test_a_user_who_is_deleted_softly_leaves_the_id_and_nothing_else(connect: Connect, auth: Served) -> None:
    admin = connect("service_role").admin
    made = connect().sign_up({**ADA, "options": {"data": {"name": "Ada"}}})
    assert made.user is not None
    admin.delete_user(made.user.id, should_soft_delete=True)
    left = admin.get_user_by_id(made.user.id).user
    assert (UUID(left.id), left.user_metadata, left.app_metadata) == (UUID(made.user.id), {}, {})
    assert re.findall("ada@|Ada", left.model_dump_json()) == []
    assert connect().sign_up(ADA).session is not None
