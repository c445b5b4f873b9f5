"""@supabase/supabase-js, as npm has it, against `/auth/v1`."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from gateway_accounts import Served, signed

from node_packages import supabase_js

_PROGRAM = Path(__file__).parent / "js" / "client.mjs"


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program beside its packages."""
    folder = tmp_path_factory.mktemp("supabase-js")
    supabase_js(folder)
    return Path(shutil.copy(_PROGRAM, folder))


@pytest.fixture
def seen(program: Path, auth: Served) -> dict[str, Any]:
    site = auth.url.removesuffix("/auth/v1")
    command = ["node", str(program), site, signed(role="anon"), signed(role="service_role")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def good(user: str | None = None, *, session: bool = False) -> dict[str, Any]:
    return {"user": user, "session": session, "error": None}


def bad(status: int, code: str, message: str, name: str = "AuthApiError") -> dict[str, Any]:
    error = {"name": name, "status": status, "code": code, "message": message}
    return {"user": None, "session": False, "error": error}


MISSING = {"name": "AuthSessionMissingError", "status": 400, "message": "Auth session missing!"}
EXPECTED = {
    "signUp": good("ada@example.com", session=True),
    "again": bad(422, "user_already_exists", "User already registered"),
    "weak": bad(422, "weak_password", "Password should be at least 6 characters.", "AuthWeakPasswordError"),
    "wrong": bad(400, "invalid_credentials", "Invalid login credentials"),
    "signIn": good("ada@example.com", session=True),
    "user": good("ada@example.com"),
    "claims": "ada@example.com",
    "identities": ["email"],
    "refresh": good("ada@example.com", session=True),
    "rotated": True,
    "update": {"name": "Ada", "theme": "dark", "email_verified": True},
    "password": good("ada@example.com"),
    "same": bad(422, "same_password", "New password should be different from the old password."),
    "signOut": good(),
    "gone": {"user": None, "session": False, "error": MISSING},
    "anonymous": True,
    "badToken": bad(400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found"),
    "events": [
        "INITIAL_SESSION",
        "SIGNED_IN",
        "SIGNED_IN",
        "TOKEN_REFRESHED",
        "USER_UPDATED",
        "USER_UPDATED",
        "SIGNED_OUT",
    ],
    "created": {
        "app": {"plan": "free", "provider": "email", "providers": ["email"]},
        "user": {"name": "Eve", "email_verified": True},
    },
    "read": good("eve@example.com"),
    "page": {"users": 2, "total": 3, "next": 2, "last": 2},
    "badPage": bad(
        400, "validation_failed", 'Bad Pagination Parameters: strconv.ParseUint: parsing "-1": invalid syntax'
    ),
    "changed": good("eva@example.com"),
    "banned": bad(400, "user_banned", "User is banned"),
    "deleted": good(),
    "missing": bad(404, "user_not_found", "User not found"),
    "notAdmin": bad(403, "not_admin", "User not allowed"),
    "adminSignOut": good(),
    "outed": {"user": None, "session": False, "error": MISSING},
}


def test_the_client_does_not_notice(seen: dict[str, Any]) -> None:
    assert seen == EXPECTED
