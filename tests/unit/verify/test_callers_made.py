"""Which callers can be had, where the API looks for roles."""

from __future__ import annotations

from uuid import uuid4

import jwt
import psycopg
import pytest

from haulback.model.role_path import ROLE, role_path
from haulback.verify.api.access import Access
from haulback.verify.api.callers import key, made

SECRET = "a secret of the tests that is long enough"
PATH = role_path("$.app.role")
FIRST, SECOND, THIRD = uuid4(), uuid4(), uuid4()


def sign(claims) -> str:
    return jwt.encode(dict(claims), SECRET, algorithm="HS256")


def access(**given) -> Access:
    return Access("http://127.0.0.1:1", ("public",), **{"role_path": PATH, **given})


def given(role: str, **claims) -> str:
    return sign({"role": role, "sub": str(THIRD), **claims})


def test_every_token_says_its_role_there() -> None:
    found = made(access(sign=sign), FIRST, SECOND)
    assert found.absent == ()
    said = {one.id: PATH.found(one.claims or {}) for one in found.present}
    signed_in, service = "authenticated", "service_role"
    assert said == {
        "anon": None,
        "a": signed_in,
        "b": signed_in,
        "service": service,
        "expired": service,
        "forged": service,
    }


def test_given_tokens_count_where_they_say_it_there() -> None:
    user, service = given("x", app={"role": "authenticated"}), given("x", app={"role": "service_role"})
    found = made(access(user_token=user, service_token=service), FIRST, SECOND)
    assert {one.id: (one.role, one.user) for one in found.welcome if one.token} == {
        "a": ("authenticated", THIRD),
        "service": ("service_role", None),
    }


@pytest.mark.parametrize("app", [{}, {"role": "editor"}, "none"])
def test_a_given_token_that_says_another_role_there_is_nobody(app) -> None:
    user, service = given("authenticated", app=app), given("service_role", app=app)
    found = made(access(user_token=user, service_token=service), FIRST, SECOND)
    assert [one.id for one in found.present] == ["anon", "forged"]
    assert "SERVICE_ROLE_KEY does not say service_role where the API looks for the role" in found.absent
    assert "user A has no token (set USER_JWT)" in found.absent
    ours = made(access(user_token=user, service_token=service, sign=sign), FIRST, SECOND)
    assert (ours.absent, ours.named("a").user) == ((), FIRST)


def test_a_given_token_without_a_role_is_a_strangers() -> None:
    """The API acts as anon for it: what it is kept from says nothing of a user."""
    without = sign({"sub": str(THIRD)})
    found = made(access(user_token=without, service_token=without, role_path=ROLE), FIRST, SECOND)
    assert [one.id for one in found.present] == ["anon", "forged"]
    assert "user A has no token (set USER_JWT)" in found.absent


def test_a_given_key_that_is_no_token_is_taken_as_it_is() -> None:
    found = made(access(service_token="sb_secret_x"), FIRST, SECOND).named("service")
    assert found is not None
    assert found.token == "sb_secret_x"


def test_nothing_is_guessed_where_the_database_does_not_say_the_path() -> None:
    def fails(_connection):
        raise psycopg.errors.DivisionByZero

    there = access(sign=sign, user_token=given("authenticated"), asked=fails).held(None)
    found = made(there, FIRST, SECOND)
    assert [one.id for one in found.present] == ["anon"]
    assert any("where the API looks for the role cannot be read" in one for one in found.absent)
    assert key(there, found.present[0]) is None
