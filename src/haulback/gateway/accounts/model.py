"""Users and what they sign in with, as rows and as the JSON that clients read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

AUDIENCE = "authenticated"


@dataclass(frozen=True)
class User:
    """One row of auth.users.

    Attributes:
        password_hash: never leaves the gateway.
    """

    id: UUID
    aud: str | None
    role: str | None
    email: str | None
    password_hash: str | None
    email_confirmed_at: datetime | None
    invited_at: datetime | None
    phone: str | None
    phone_confirmed_at: datetime | None
    confirmation_sent_at: datetime | None
    confirmed_at: datetime | None
    recovery_sent_at: datetime | None
    new_email: str | None
    email_change_sent_at: datetime | None
    reauthentication_sent_at: datetime | None
    last_sign_in_at: datetime | None
    app_metadata: dict[str, Any]
    user_metadata: dict[str, Any]
    created_at: datetime | None
    updated_at: datetime | None
    banned_until: datetime | None
    deleted_at: datetime | None
    is_anonymous: bool

    def __repr__(self) -> str:
        return f"User({self.id})"

    def is_banned(self, now: datetime) -> bool:
        return self.banned_until is not None and now < self.banned_until


@dataclass(frozen=True)
class IdentityRow:
    """One row of auth.identities."""

    identity_id: UUID
    provider_id: str
    user_id: UUID
    identity_data: dict[str, Any]
    provider: str
    last_sign_in_at: datetime | None
    created_at: datetime | None
    updated_at: datetime | None
    email: str | None


@dataclass(frozen=True)
class Factor:
    """One row of auth.mfa_factors, without its secret."""

    id: UUID
    user_id: UUID
    friendly_name: str | None
    factor_type: str
    status: str
    phone: str | None
    created_at: datetime
    updated_at: datetime
    last_challenged_at: datetime | None

    @property
    def is_verified(self) -> bool:
        return self.status == "verified"

    def document(self) -> dict[str, object]:
        """As clients get it."""
        last = self.last_challenged_at
        told: dict[str, object] = {
            "id": str(self.id),
            "created_at": moment(self.created_at),
            "updated_at": moment(self.updated_at),
            "status": self.status,
            "factor_type": self.factor_type,
            "phone": self.phone,
            "last_challenged_at": moment(last) if last else None,
        }
        return told | ({"friendly_name": self.friendly_name} if self.friendly_name else {})


@dataclass(frozen=True)
class Member:
    """A user with the identities and the second factors."""

    user: User
    identities: Sequence[IdentityRow]
    factors: Sequence[Factor] = ()

    @property
    def providers(self) -> list[str]:
        """What the user can sign in with."""
        return sorted({one.provider for one in self.identities})

    @property
    def has_second_factor(self) -> bool:
        return any(factor.is_verified for factor in self.factors)

    def document(self) -> dict[str, object]:
        """As clients get it."""
        user = self.user
        told: dict[str, object] = {
            "id": str(user.id),
            "aud": user.aud or "",
            "role": user.role or "",
            "email": user.email or "",
            "phone": user.phone or "",
            "app_metadata": user.app_metadata,
            "user_metadata": user.user_metadata,
            "identities": [_identity(one) for one in self.identities],
            "created_at": moment(user.created_at or _LONG_AGO),
            "updated_at": moment(user.updated_at or _LONG_AGO),
            "is_anonymous": user.is_anonymous,
        }
        if self.factors:
            told["factors"] = [factor.document() for factor in self.factors]
        if user.new_email:
            told["new_email"] = user.new_email
        return told | _moments(user, _WHERE_KNOWN)


_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)  # what Supabase Auth shows for a time that is not known
_ALWAYS = frozenset({"created_at", "updated_at"})
_WHERE_KNOWN = tuple(
    field.name for field in fields(User) if field.name.endswith(("_at", "_until")) and field.name not in _ALWAYS
)


def moment(at: datetime) -> str:
    """A time as Supabase Auth writes it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _moments(row: object, names: Sequence[str]) -> dict[str, object]:
    return {name: moment(at) for name in names if (at := getattr(row, name)) is not None}


def _identity(row: IdentityRow) -> dict[str, object]:
    told: dict[str, object] = {
        "identity_id": str(row.identity_id),
        "id": row.provider_id,
        "user_id": str(row.user_id),
        "identity_data": row.identity_data,
        "provider": row.provider,
    }
    if row.email:
        told["email"] = row.email
    return told | _moments(row, ("last_sign_in_at", "created_at", "updated_at"))
