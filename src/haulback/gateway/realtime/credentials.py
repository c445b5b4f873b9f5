"""From a token to who a member is, with the reasons that Realtime refuses one for.

Realtime wants a role and an end in every token, and counts to the second where the REST API has a leeway.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

import msgspec

from haulback.gateway.answer import Refusal
from haulback.gateway.auth.identity import Identity
from haulback.gateway.auth.tokens import Tokens
from haulback.gateway.realtime.rejected import Rejected

_PARTS = 3  # header, claims and signature
_MALFORMED = Rejected("MalformedJWT", "The token provided is not a valid JWT")
PUBLISHABLE = "sb_"  # how Supabase's keys begin that are no tokens


@dataclass(frozen=True, slots=True)
class Credentials:
    """Verifies tokens.

    Attributes:
        tokens: that the rest of the API verifies with, too.
        clock: seconds since 1970.
    """

    tokens: Tokens
    clock: Callable[[], float]

    def verified(self, token: str) -> Identity:
        """Who a token stands for; nothing is delivered after its `expires`.

        Raises:
            Rejected: the token is not good, or no longer.
        """
        plain = "".join(unquote(token).split())
        claims = _claims(plain)
        try:
            identity = self.tokens.verified(plain)
        except Refusal as refusal:
            ends = claims.get("exp")
            if refusal.message == "JWT expired" and isinstance(ends, int | float):
                raise self.expired(ends) from refusal
            raise _said(refusal) from refusal
        if "role" not in claims or "exp" not in claims:
            raise Rejected("InvalidJWTToken", "Fields `role` and `exp` are required in JWT")
        ends = float(claims["exp"])
        if ends <= self.clock():
            raise self.expired(ends)
        return replace(identity, expires=ends)

    def expired(self, ends: float) -> Rejected:
        """What is said of a token that ended at a time."""
        return Rejected("InvalidJWTToken", f"Token has expired {max(0, int(self.clock() - ends))} seconds ago")


def _claims(token: str) -> dict[str, Any]:
    """What a token says, nothing verified.

    Raises:
        Rejected: it is none.
    """
    parts = token.split(".", _PARTS)
    if len(parts) != _PARTS:
        raise _MALFORMED
    try:
        return msgspec.json.decode(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)), type=dict[str, Any])
    except (ValueError, msgspec.MsgspecError, RecursionError) as wrong:
        raise _MALFORMED from wrong


def _said(refusal: Refusal) -> Rejected:
    if refusal.message in {"No suitable key or wrong key type", "JWT cryptographic operation failed"}:
        return Rejected("JwtSignatureError", "Failed to validate JWT signature")
    if refusal.code in {"PGRST300", "PGRST301"}:
        return Rejected("JwtSignerError", "Failed to generate JWT signer, check your JWT secret or JWKS configuration")
    return Rejected("Unauthorized", refusal.message)
