"""What users see and change of themselves."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from haulback.gateway.accounts import asked as reading
from haulback.gateway.accounts import passwords, sessions, users
from haulback.gateway.accounts.asked import Asked
from haulback.gateway.accounts.bearing import Bearer, Bearing
from haulback.gateway.accounts.database import Connection, Database
from haulback.gateway.accounts.model import AUDIENCE, User
from haulback.gateway.accounts.passwords import Hashing
from haulback.gateway.accounts.refused import Refused, answered, invalid
from haulback.gateway.answer import Answer


class _Change(msgspec.Struct):
    email: str | None = None
    phone: str | None = None
    password: str | None = None
    data: reading.Metadata | None = None
    app_metadata: reading.Metadata | None = None


@dataclass(frozen=True)
class Profile:
    """What one worker answers users about themselves with."""

    database: Database
    hashing: Hashing
    bearing: Bearing

    async def get(self, asked: Asked) -> Answer:
        """The user who asks."""
        async with self.database.transaction() as connection:
            bearer = await self.bearing.bearer(connection, asked.request)
            if bearer.audience != AUDIENCE:
                raise invalid("Token audience doesn't match request audience")
            member = await users.member(connection, bearer.user.id)
        return answered(200, member.document())

    async def put(self, asked: Asked) -> Answer:
        """Changes the user who asks. A new address counts at once, since no mail is sent to confirm it."""
        given = asked.body(_Change)
        async with self.database.transaction() as connection:
            bearer = await self.bearing.bearer(connection, asked.request)
        email = reading.email(given.email) if given.email else None
        if given.phone and reading.phone(given.phone) != bearer.user.phone:
            raise Refused(422, "phone_provider_disabled", "Phone numbers are not changed here: no message is sent")
        if given.app_metadata is not None:
            raise Refused(403, "not_admin", "Updating app_metadata requires admin privileges")
        data = reading.metadata(given.data)
        password_hash = await self._password(given.password, bearer.user, email)
        changes_email = email is not None and email != bearer.user.email
        change = users.Change(
            email=email if changes_email else None,
            email_confirmed=changes_email,
            password_hash=password_hash,
            app_metadata=_providers(bearer.user) if changes_email else {},
            user_metadata=data | ({"email_verified": True} if changes_email else {}),
        )
        return await self._changed(bearer, change)

    async def _changed(self, bearer: Bearer, change: users.Change) -> Answer:
        async with self.database.transaction() as connection:
            await users.update(connection, bearer.user.id, change)
            if change.password_hash:
                await _end_other_sessions(connection, bearer)
            member = await users.member(connection, bearer.user.id)
            reading.kept(member.user.user_metadata)
        return answered(200, member.document())

    async def _password(self, password: str | None, user: User, email: str | None) -> str | None:
        if password is None:
            return None
        secret = passwords.checked(password)
        if user.is_anonymous and email is None:
            message = "Updating password of an anonymous user without an email or phone is not allowed"
            raise Refused(422, "validation_failed", message)
        if user.password_hash and await self.hashing.matches(secret, user.password_hash):
            raise Refused(422, "same_password", "New password should be different from the old password.")
        return await self.hashing.hashed(secret)


async def _end_other_sessions(connection: Connection, bearer: Bearer) -> None:
    """Who knew only the old password is out."""
    if bearer.session is None:
        await sessions.end_all(connection, bearer.user.id)
    else:
        await sessions.end_others(connection, bearer.session, bearer.user.id)


def _providers(user: User) -> reading.Metadata:
    """How somebody can sign in who has an address now."""
    found = user.app_metadata.get("providers")
    known = [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
    providers = known if users.EMAIL in known else [*known, users.EMAIL]
    return {"provider": user.app_metadata.get("provider") or users.EMAIL, "providers": providers}
