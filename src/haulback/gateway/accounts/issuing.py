"""Makes the tokens that a session consists of."""

from __future__ import annotations

from collections.abc import Callable

import jwt

from haulback.gateway.accounts.model import Member, User
from haulback.gateway.accounts.sessions import Session
from haulback.gateway.auth.keys import Key
from haulback.gateway.auth.tokens import Tokens
from haulback.model.role_path import UnplaceableRole

LIFETIME = 3600  # seconds that an access token is good


class Issuer:
    """Signs access tokens.

    Args:
        key: that they are signed with, the same as those of `haulback token`.
        tokens: that verify them, and know where in them the role is looked for.
        clock: seconds since 1970.
        tell: takes a line for the log.
    """

    def __init__(self, key: Key, tokens: Tokens, clock: Callable[[], float], tell: Callable[[str], None]) -> None:
        self._key = key
        self._tokens = tokens
        self._clock = clock
        self._tell = tell
        self._untold = set[str]()

    def session(self, member: Member, session: Session, refresh_token: str) -> dict[str, object]:
        """A session as clients get it."""
        now = int(self._clock())
        claims = self._placed(_claims(member.user, session)) | {"iss": "haulback", "iat": now, "exp": now + LIFETIME}
        headers = {"kid": self._key.id} if self._key.id else None
        return {
            "access_token": jwt.encode(claims, self._key.signer, algorithm=self._key.algorithms[0], headers=headers),
            "token_type": "bearer",
            "expires_in": LIFETIME,
            "expires_at": now + LIFETIME,
            "refresh_token": refresh_token,
            "user": member.document(),
        }

    def _placed(self, claims: dict[str, object]) -> dict[str, object]:
        """The claims with the role where the APIs look for it, unless metadata of the user say another there."""
        path, role = self._tokens.role_path, str(claims["role"])
        if not role or path.found(claims) is not None:
            return claims
        try:
            return path.placed(claims, role)
        except UnplaceableRole:
            if role not in self._untold:
                self._untold.add(role)
                self._tell(f"no token can say the role {role} where it is looked for: its users are asked as anonymous")
            return claims


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
