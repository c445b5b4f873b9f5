"""Makes the tokens that a session consists of."""

from __future__ import annotations

from collections.abc import Callable

import jwt

from haulback.gateway.accounts.model import Member, User
from haulback.gateway.accounts.sessions import Session
from haulback.gateway.auth.keys import Key

LIFETIME = 3600  # seconds that an access token is good


class Issuer:
    """Signs access tokens.

    Args:
        key: that they are signed with, the same as those of `haulback token`.
        clock: seconds since 1970.
    """

    def __init__(self, key: Key, clock: Callable[[], float]) -> None:
        self._key = key
        self._clock = clock

    def session(self, member: Member, session: Session, refresh_token: str) -> dict[str, object]:
        """A session as clients get it."""
        now = int(self._clock())
        claims = _claims(member.user, session) | {"iss": "haulback", "iat": now, "exp": now + LIFETIME}
        headers = {"kid": self._key.id} if self._key.id else None
        return {
            "access_token": jwt.encode(claims, self._key.signer, algorithm=self._key.algorithms[0], headers=headers),
            "token_type": "bearer",
            "expires_in": LIFETIME,
            "expires_at": now + LIFETIME,
            "refresh_token": refresh_token,
            "user": member.document(),
        }


def _claims(user: User, session: Session) -> dict[str, object]:
    return {
        "sub": str(user.id),
        "aud": user.aud or "",
        "role": user.role or "",
        "email": user.email or "",
        "phone": user.phone or "",
        "app_metadata": user.app_metadata,
        "user_metadata": user.user_metadata,
        "session_id": str(session.id),
        "is_anonymous": user.is_anonymous,
        "aal": session.level,
        "amr": [dict(method) for method in session.methods],
    }
