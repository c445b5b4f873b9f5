"""Users as an administrator sees and changes them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import UUID, uuid4

import msgspec

from haulback.gateway.accounts import asked as reading
from haulback.gateway.accounts import passwords, sessions, users
from haulback.gateway.accounts.asked import Asked
from haulback.gateway.accounts.bearing import Bearing
from haulback.gateway.accounts.database import Database
from haulback.gateway.accounts.model import AUDIENCE
from haulback.gateway.accounts.passwords import Hashing
from haulback.gateway.accounts.refused import answered, invalid
from haulback.gateway.answer import Answer

_PAGE = 50
_LONGEST_PAGE = 1000
_FAR = 2**62  # an offset that PostgreSQL can still count to
_MOST_DIGITS = 20
_NAME = 63  # bytes of a role's name


class _Given(msgspec.Struct):
    id: str | None = None
    aud: str | None = None
    role: str | None = None
    email: str | None = None
    phone: str | None = None
    password: str | None = None
    password_hash: str | None = None
    email_confirm: bool | None = None
    phone_confirm: bool | None = None
    user_metadata: reading.Metadata | None = None
    app_metadata: reading.Metadata | None = None
    ban_duration: str | None = None


class _Deletion(msgspec.Struct):
    should_soft_delete: bool | None = None


@dataclass(frozen=True)
class Administration:
    """What one worker answers administrators with.

    Attributes:
        clock: seconds since 1970.
    """

    database: Database
    hashing: Hashing
    bearing: Bearing
    clock: Callable[[], float]

    async def page(self, asked: Asked) -> Answer:
        """Some of all users, the newest first, with headers that tell of the other pages."""
        self.bearing.administrator(asked.request)
        query = asked.query()
        number = max(1, _whole(query.get("page", ""), 1))
        size = min(_whole(query.get("per_page", ""), _PAGE) or _PAGE, _LONGEST_PAGE)
        async with self.database.transaction() as connection:
            found, count = await users.page(connection, size, min((number - 1) * size, _FAR))
        document = {"users": [one.document() for one in found], "aud": AUDIENCE}
        links = ("Link", _links(number, size, count))
        return answered(200, document, links, ("X-Total-Count", str(count)))

    async def get(self, asked: Asked) -> Answer:
        """One user."""
        self.bearing.administrator(asked.request)
        user = asked.user()
        async with self.database.transaction() as connection:
            member = await users.member(connection, user)
        return answered(200, member.document())

    async def create(self, asked: Asked) -> Answer:
        """A new user; without a password, nobody can sign in as it until one is set."""
        self.bearing.administrator(asked.request)
        given = asked.body(_Given)
        if not given.email and not given.phone:
            raise invalid("Cannot create a user without either an email or phone")
        email = reading.email(given.email) if given.email else None
        phone = reading.phone(given.phone) if given.phone else None
        providers = [name for name, value in ((users.EMAIL, email), (users.PHONE, phone)) if value]
        user_metadata, app_metadata = reading.metadata(given.user_metadata), reading.metadata(given.app_metadata)
        new = users.NewUser(
            _chosen(given.id),
            email=email,
            phone=phone,
            password_hash=await self._first_password(given),
            role=_name(given.role) or AUDIENCE,
            aud=_name(given.aud) or AUDIENCE,
            email_confirmed=bool(email and given.email_confirm),
            phone_confirmed=bool(phone and given.phone_confirm),
            app_metadata={"provider": providers[0], "providers": providers, **app_metadata},
            user_metadata={**user_metadata, **_verified(given)},
            banned_until=self._banned_until(given.ban_duration),
        )
        async with self.database.transaction() as connection:
            await users.insert(connection, new)
            member = await users.member(connection, new.id)
        return answered(200, member.document())

    async def update(self, asked: Asked) -> Answer:
        """Changes a user. A new password ends all sessions."""
        self.bearing.administrator(asked.request)
        user = asked.user()
        given = asked.body(_Given)
        change = users.Change(
            email=reading.email(given.email) if given.email else None,
            phone=reading.phone(given.phone) if given.phone else None,
            password_hash=await self._password(given),
            role=_name(given.role),
            email_confirmed=bool(given.email_confirm),
            phone_confirmed=bool(given.phone_confirm),
            app_metadata=reading.metadata(given.app_metadata),
            user_metadata=reading.metadata(given.user_metadata) | _verified(given),
            bans=bool(given.ban_duration),
            banned_until=self._banned_until(given.ban_duration),
        )
        async with self.database.transaction() as connection:
            await users.member(connection, user)  # refuses where there is none
            await users.update(connection, user, change)
            if change.password_hash:
                await sessions.end_all(connection, user)
            member = await users.member(connection, user)
            reading.kept(member.user.user_metadata)
            reading.kept(member.user.app_metadata)
        return answered(200, member.document())

    async def delete(self, asked: Asked) -> Answer:
        """Deletes a user, or all but the id."""
        self.bearing.administrator(asked.request)
        user = asked.user()
        softly = bool(asked.request.body and asked.body(_Deletion).should_soft_delete)
        async with self.database.transaction() as connection:
            await users.member(connection, user)
            if softly:
                await users.hide(connection, user)
                await sessions.end_all(connection, user)
            else:
                await users.delete(connection, user)
        return answered(200, {})

    async def _first_password(self, given: _Given) -> str:
        if given.password is not None and given.password_hash:
            raise invalid("Only a password or a password hash should be provided")
        kept = await self._password(given)
        return kept or await self.hashing.hashed(secrets.token_urlsafe(48).encode())

    async def _password(self, given: _Given) -> str | None:
        if given.password_hash:
            if not passwords.readable(given.password_hash):
                raise invalid("The password hash is neither argon2id nor bcrypt")
            return given.password_hash
        return await self.hashing.hashed(passwords.checked(given.password)) if given.password else None

    def _banned_until(self, duration: str | None) -> datetime | None:
        length = reading.ban(duration) if duration else None
        return datetime.fromtimestamp(self.clock(), UTC) + length if length else None


def _chosen(text: str | None) -> UUID:
    if not text:
        return uuid4()
    try:
        chosen = UUID(text)
    except ValueError:
        raise invalid("ID must conform to the uuid v4 format") from None
    if not chosen.int:
        raise invalid("ID cannot be a nil uuid")
    return chosen


def _name(text: str | None) -> str | None:
    name = (text or "").strip()
    if len(name.encode("utf-8", "surrogatepass")) > _NAME:
        raise invalid("The name of a role or an audience is too long")
    return name or None


def _verified(given: _Given) -> reading.Metadata:
    return {"email_verified": True} if given.email_confirm else {}


def _whole(text: str, default: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdecimal()):
        shown = text[:32].replace('"', "'")
        raise invalid(f'Bad Pagination Parameters: strconv.ParseUint: parsing "{shown}": invalid syntax')
    if len(text) > _MOST_DIGITS:
        raise invalid(f'Bad Pagination Parameters: strconv.ParseUint: parsing "{text[:32]}": value out of range')
    return int(text)


def _links(number: int, size: int, count: int) -> str:
    """The next page and the last; clients read the number behind the first equals sign."""
    pages = -(-count // size)
    wanted = [(number + 1, "next")] if pages > number else []
    return ", ".join(
        f'</admin/users?{urlencode({"page": page, "per_page": size})}>; rel="{relation}"'
        for page, relation in (*wanted, (pages, "last"))
    )
