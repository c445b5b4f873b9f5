"""Reads and writes users, each function on a connection in a transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg import errors
from psycopg.rows import class_row

from haulback.gateway.accounts.database import Connection
from haulback.gateway.accounts.model import AUDIENCE, IdentityRow, Member, User
from haulback.gateway.accounts.refused import Refused
from haulback.pg.queries import queries

_SQL = queries("haulback.gateway.accounts", "users.sql")
_OF_ID = _SQL["users"] + "\n" + _SQL["of_id"]
_OF_EMAIL = _SQL["users"] + "\n" + _SQL["of_email"]
_PAGE = _SQL["users"] + "\n" + _SQL["page"]

EMAIL, PHONE = "email", "phone"
_KNOWN = {
    "users_email_partial_key": ("email_exists", "A user with this email address has already been registered"),
    "users_phone_key": ("phone_exists", "A user with this phone number has already been registered"),
    "users_pkey": ("user_already_exists", "A user with this id has already been registered"),
}
# A zero byte, which neither text nor jsonb can hold: told by psycopg itself, or by the server.
_NOT_TEXT = frozenset({None, "22021", "22P05"})


@dataclass(frozen=True)
class NewUser:
    """What a user begins with."""

    id: UUID
    email: str | None = None
    phone: str | None = None
    password_hash: str | None = field(default=None, repr=False)
    role: str = AUDIENCE
    aud: str = AUDIENCE
    email_confirmed: bool = False
    phone_confirmed: bool = False
    app_metadata: dict[str, Any] = field(default_factory=dict)
    user_metadata: dict[str, Any] = field(default_factory=dict)
    banned_until: datetime | None = None
    is_anonymous: bool = False


@dataclass(frozen=True)
class Change:
    """What becomes of a user; None for what stays.

    Attributes:
        bans: whether `banned_until` is set, be it to nothing.
    """

    email: str | None = None
    phone: str | None = None
    password_hash: str | None = field(default=None, repr=False)
    role: str | None = None
    email_confirmed: bool = False
    phone_confirmed: bool = False
    app_metadata: dict[str, Any] = field(default_factory=dict)
    user_metadata: dict[str, Any] = field(default_factory=dict)
    bans: bool = False
    banned_until: datetime | None = None


async def of_id(connection: Connection, user: UUID) -> User | None:
    """The user of an id."""
    return await _one(connection, _OF_ID, {"id": user})


async def of_email(connection: Connection, email: str) -> User | None:
    """The user who signs in with an address."""
    return await _one(connection, _OF_EMAIL, {"email": email})


async def member(connection: Connection, user: UUID) -> Member:
    """A user who is there, with the identities.

    Raises:
        Refused: is not there.
    """
    found = await of_id(connection, user)
    if found is None:
        raise Refused(404, "user_not_found", "User not found")
    (told,) = await _members(connection, [found])
    return told


async def page(connection: Connection, limit: int, offset: int) -> tuple[list[Member], int]:
    """Some of all users, the newest first, and how many there are."""
    counted = await (await connection.execute(_SQL["counted"])).fetchone()
    async with connection.cursor(row_factory=class_row(User)) as cursor:
        await cursor.execute(_PAGE, {"limit": limit, "offset": offset})
        found = await cursor.fetchall()
    return await _members(connection, found), int(counted["users"]) if counted else 0


async def insert(connection: Connection, new: NewUser) -> None:
    """Adds a user with the identities that address and number make.

    Raises:
        Refused: there is one already, or a trigger of the application fails.
    """
    row = {**vars(new), "app_metadata": _json(new.app_metadata), "user_metadata": _json(new.user_metadata)}
    await _refuse_taken(connection, new.email, new.id)
    try:
        async with connection.transaction():
            await connection.execute(_SQL["insert"], row)
            for provider, value in ((EMAIL, new.email), (PHONE, new.phone)):
                if value is not None:
                    await _identify(connection, new.id, provider, value, new.user_metadata)
    except psycopg.Error as wrong:
        raise _told(wrong, "Database error saving new user") from wrong


async def update(connection: Connection, user: UUID, change: Change) -> None:
    """Changes a user, and the identities with address and number.

    Raises:
        Refused: somebody else has the address or number, or a trigger of the application fails.
    """
    row = {
        **vars(change),
        "id": user,
        "app_metadata": _json(_set(change.app_metadata)),
        "app_metadata_gone": _gone(change.app_metadata),
        "user_metadata": _json(_set(change.user_metadata)),
        "user_metadata_gone": _gone(change.user_metadata),
    }
    await _refuse_taken(connection, change.email, user)
    try:
        async with connection.transaction():
            await connection.execute(_SQL["update"], row)
            for provider, value in ((EMAIL, change.email), (PHONE, change.phone)):
                if value is not None:
                    await _identify(connection, user, provider, value, {})
    except psycopg.Error as wrong:
        raise _told(wrong, "Error updating user") from wrong


async def signed_in(connection: Connection, user: UUID) -> None:
    """Notes that somebody has signed in."""
    await connection.execute(_SQL["signed_in"], {"id": user})


async def delete(connection: Connection, user: UUID) -> None:
    """Deletes a user, with all that refers to it by ON DELETE CASCADE.

    Raises:
        Refused: rows of the application refer to it.
    """
    try:
        async with connection.transaction():
            await connection.execute(_SQL["delete"], {"id": user})
    except psycopg.Error as wrong:
        raise _told(wrong, "Database error deleting user") from wrong


async def hide(connection: Connection, user: UUID) -> None:
    """Deletes a user but for the id."""
    await connection.execute(_SQL["hide"], {"id": user})
    await connection.execute(_SQL["hide_identities"], {"id": user})


async def _one(connection: Connection, query: str, values: dict[str, Any]) -> User | None:
    async with connection.cursor(row_factory=class_row(User)) as cursor:
        await cursor.execute(query, values)
        return await cursor.fetchone()


async def _refuse_taken(connection: Connection, email: str | None, user: UUID) -> None:
    """The unique index minds upper and lower case, which another tool may have written; a sign-in does not."""
    other = await of_email(connection, email) if email else None
    if other is not None and other.id != user:
        raise Refused(422, *_KNOWN["users_email_partial_key"])


async def _members(connection: Connection, found: list[User]) -> list[Member]:
    async with connection.cursor(row_factory=class_row(IdentityRow)) as cursor:
        await cursor.execute(_SQL["identities"], {"users": [user.id for user in found]})
        rows = await cursor.fetchall()
    return [Member(user, [row for row in rows if row.user_id == user.id]) for user in found]


async def _identify(connection: Connection, user: UUID, provider: str, value: str, more: dict[str, Any]) -> None:
    facts = {"sub": str(user), provider: value, "email_verified": False, "phone_verified": False}
    row = {"id": user, "provider": provider, "identity": _json({**more, **facts})}
    await connection.execute(_SQL["insert_identity"], row)


def _json(document: dict[str, Any]) -> str:
    return msgspec.json.encode(document).decode()


def _set(metadata: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in metadata.items() if value is not None}


def _gone(metadata: dict[str, Any]) -> list[str]:
    return [key for key, value in metadata.items() if value is None]


def _told(wrong: psycopg.Error, otherwise: str) -> Exception:
    """What a failure is to the client; the database's own words are not for everybody's eyes."""
    if isinstance(wrong, errors.UniqueViolation) and (known := _KNOWN.get(wrong.diag.constraint_name or "")):
        return Refused(422, *known)
    if isinstance(wrong, psycopg.OperationalError | psycopg.InterfaceError):
        return wrong
    if isinstance(wrong, psycopg.DataError) and wrong.sqlstate in _NOT_TEXT:
        return wrong
    return Refused(500, "unexpected_failure", otherwise)
