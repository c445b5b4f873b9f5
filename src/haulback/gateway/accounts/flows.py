"""Proof Key for Code Exchange (RFC 7636): who follows a link gets a code, and a session only who asked for the link."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from haulback.gateway.accounts.database import Connection
from haulback.gateway.accounts.refused import Refused, invalid
from haulback.pg.queries import queries

_SQL = queries("haulback.gateway.accounts", "flows.sql")

_LIFETIME = 300.0  # seconds, as Supabase Auth has it
_SHORTEST, _LONGEST = 43, 128
_CHALLENGE = re.compile(r"[a-zA-Z0-9._~-]+")
_METHODS = frozenset({"s256", "plain"})


@dataclass(frozen=True)
class Challenge:
    """What the client says when it asks for a link."""

    value: str = field(repr=False)
    method: str


@dataclass(frozen=True)
class Flow:
    """What a code stands for."""

    user: UUID
    purpose: str
    challenge: Challenge
    fresh: bool

    def check(self, verifier: str) -> None:
        """Nothing, where this is what the challenge was made of.

        Raises:
            Refused: it is not.
        """
        if not hmac.compare_digest(_challenged(verifier, self.challenge.method), self.challenge.value.encode()):
            raise Refused(400, "bad_code_verifier", "code challenge does not match previously saved code verifier")


def challenge(value: str | None, method: str | None) -> Challenge | None:
    """A challenge within the bounds of RFC 7636, section 4.2; None where none is made.

    Raises:
        Refused: it is none.
    """
    if not value and not method:
        return None
    if not value or not method:
        raise invalid("PKCE flow requires code_challenge_method and code_challenge")
    if not _SHORTEST <= len(value) <= _LONGEST:
        raise invalid(f"code challenge has to be between {_SHORTEST} and {_LONGEST} characters")
    if not _CHALLENGE.fullmatch(value):
        message = "code challenge can only contain alphanumeric characters, hyphens, periods, underscores and tildes"
        raise invalid(message)
    if method.lower() not in _METHODS:
        raise invalid(f'unsupported code_challenge method "{method[:16]}"')
    return Challenge(value, method.lower())


async def begin(connection: Connection, user: UUID, purpose: str, asked: Challenge) -> None:
    """Remembers a challenge until its link is followed."""
    row = {"user": user, "purpose": purpose, "challenge": asked.value, "method": asked.method, "code": str(uuid4())}
    await connection.execute(_SQL["sweep"], row)
    await connection.execute(_SQL["begin"], row)


async def issue(connection: Connection, user: UUID, purpose: str) -> str:
    """The code that a link gives.

    Raises:
        Refused: nothing was begun.
    """
    found = await (await connection.execute(_SQL["issue"], {"user": user, "purpose": purpose})).fetchone()
    if found is None:
        raise Refused(422, "flow_state_not_found", "No valid flow state found for user.")
    return str(found["code"])


async def take(connection: Connection, code: str) -> Flow:
    """What a code stands for, which is gone once the transaction commits.

    Raises:
        Refused: it stands for nothing.
    """
    values = {"code": code.replace("\0", ""), "lifetime": _LIFETIME}
    found = await (await connection.execute(_SQL["take"], values)).fetchone()
    if found is None or not found["challenge"]:
        raise Refused(404, "flow_state_not_found", "invalid flow state, no valid flow state found")
    asked = Challenge(found["challenge"], found["method"])
    return Flow(found["user"], found["purpose"], asked, found["fresh"])


def _challenged(verifier: str, method: str) -> bytes:
    given = verifier.encode("utf-8", "surrogatepass")
    if method == "plain":
        return given
    return base64.urlsafe_b64encode(hashlib.sha256(given).digest()).rstrip(b"=")
