"""Where users are signed in, and what a browser is shown of the answers."""

from __future__ import annotations

import time

import pytest

from haulback.app.serving_users import accounts
from haulback.gateway import cors
from haulback.gateway.accounts.endpoint import AccountsSettings, NotServed
from haulback.gateway.accounts.refused import Refused
from haulback.gateway.answer import Answer
from haulback.gateway.auth import keys
from haulback.gateway.auth.tokens import Tokens
from haulback.gateway.http.headers import Headers
from haulback.gateway.http.request import Request
from haulback.model.api import ApiSettings
from haulback.model.target import Environment, Policy, Target

SECRET = keys.parsed("a secret that is longer than thirty-two bytes")
PUBLIC = keys.Keys(())


def served(
    environment: Environment = Environment.DEVELOPMENT,
    *,
    using: keys.Keys = SECRET,
    project_ref: str | None = None,
    **parameters: str,
) -> AccountsSettings | str:
    parameters = {"host": "/run/socket", "user": "postgres", "passfile": "/x", "dbname": "app", **parameters}
    target = Target("local", environment, parameters, Policy(unknown_blocks=False), project_ref=project_ref)
    return accounts(target, ApiSettings(auth_admin_password="hunter2"), using, Tokens(using, clock=time.time))


def test_users_of_development_targets_are_signed_in_as_the_owner_of_the_tables() -> None:
    found = served()
    assert isinstance(found, AccountsSettings)
    assert found.parameters == {
        "host": "/run/socket",
        "dbname": "app",
        "user": "supabase_auth_admin",
        "password": "hunter2",
    }
    assert found.signing is SECRET.signing


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (served(Environment.STAGING), "users are signed in for development targets only, and local is for staging"),
        (
            served(Environment.PRODUCTION),
            "users are signed in for development targets only, and local is for production",
        ),
        (served(host="db.abcdefghijklmnopqrst.supabase.co"), "local is a hosted Supabase project"),
        (
            served(host="aws-0-eu-west-1.pooler.supabase.com", user="postgres.abcdefghijklmnopqrst"),
            "local is a hosted Supabase project",
        ),
        (served(project_ref="abcdefghijklmnopqrst"), "local is a hosted Supabase project"),
        (served(using=PUBLIC), "only public keys are known"),
    ],
)
def test_others_are_not(found: AccountsSettings | str, reason: str) -> None:
    assert isinstance(found, str)
    assert found.startswith(reason)


def test_a_browser_sees_what_the_client_reads() -> None:
    headers = Headers([(b"Origin", b"http://localhost:3000"), (b"X-Supabase-Api-Version", b"2024-01-01")])
    answers: list[Answer] = []
    NotServed("because").handle(Request("GET", "/", "", headers), "/", answers.append)
    shared = cors.shared(answers[0], headers, ())
    exposed = {
        name.strip()
        for header, names in shared.headers
        if header == "Access-Control-Expose-Headers"
        for name in names.split(",")
    }
    assert {"X-Supabase-Api-Version", "X-Total-Count", "Link"} <= exposed
    assert ("X-Supabase-Api-Version", "2024-01-01") in shared.headers
    assert shared.body == b'{"code":"not_found","message":"because"}'


@pytest.mark.parametrize("version", ["", "2023-12-31", "2024-13-01", "yesterday", "\xff"])
def test_another_version_gets_the_older_form(version: str) -> None:
    headers = Headers([(b"X-Supabase-Api-Version", version.encode("latin-1"))])
    refused = Refused(422, "weak_password", "too short", reasons=("length",)).answer(headers)
    assert refused.body == (
        b'{"code":422,"error_code":"weak_password","msg":"too short","weak_password":{"reasons":["length"]}}'
    )
