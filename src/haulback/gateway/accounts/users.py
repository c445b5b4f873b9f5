"""Reads and writes users, each function on a connection in a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import psycopg
from psycopg import errors
from psycopg.rows import class_row

from haulback.gateway.accounts.database import Connection
from haulback.gateway.accounts.model import AUDIENCE, Factor, IdentityRow, Member, User
from haulback.gateway.accounts.refused import Refused
from haulback.pg.queries import queries

_SQL = queries("haulback.gateway.accounts", "users.sql")
_OF_ID = _SQL["users"] + "\n" + _SQL["of_id"]
_OF_EMAIL = _SQL["users"] + "\n" + _SQL["of_email"]
_OF_PHONE = _SQL["users"] + "\n" + _SQL["of_phone"]
_PAGE = _SQL["users"] + "\n" + _SQL["page"]

EMAIL, PHONE = "email", "phone"
_Row = TypeVar("_Row", IdentityRow, Factor)
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
    invited: bool = False


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


async def of_phone(connection: Connection, phone: str) -> User | None:
    """The user who signs in with a number."""
    return await _one(connection, _OF_PHONE, {"phone": phone})


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
                    await _identify(connection, new.id, provider, value, more=new.user_metadata)
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
            for provider, value, verified in (
                (EMAIL, change.email, change.email_confirmed),
                (PHONE, change.phone, change.phone_confirmed),
            ):
                if value is not None:
                    await _identify(connection, user, provider, value, verified=verified)
    except psycopg.Error as wrong:
        raise _told(wrong, "Error updating user") from wrong


async def confirm(connection: Connection, user: UUID) -> None:
    """Notes that somebody has an address."""
    await connection.execute(_SQL["confirmed"], {"id": user})
    await connection.execute(_SQL["identity_confirmed"], {"id": user})


async def confirm_change(connection: Connection, user: User) -> None:
    """The address that a user wanted becomes the user's.

    Raises:
        Refused: somebody else has it by now, or the user wants none.
    """
    try:
        async with connection.transaction():
            await _refuse_taken(connection, user.new_email, user.id)
            found = await (await connection.execute(_SQL["email_changed"], {"id": user.id})).fetchone()
            if found is None:
                raise Refused(403, "otp_expired", "Email link is invalid or has expired")
            await _identify(connection, user.id, EMAIL, found["email"], verified=True)
    except psycopg.Error as wrong:
        raise _told(wrong, "Error confirm email") from wrong


async def tell_providers(connection: Connection, user: UUID) -> Member:
    """Writes what a user can sign in with where clients read it."""
    told = await member(connection, user)
    known = told.user.app_metadata
    providers = told.providers
    if known.get("providers") == providers or not providers:
        return told
    metadata = {"provider": known.get("provider") or providers[0], "providers": providers}
    await update(connection, user, Change(app_metadata=metadata))
    return await member(connection, user)


async def invite(connection: Connection, user: UUID) -> None:
    """Notes that somebody has been invited."""
    await connection.execute(_SQL["invited"], {"id": user})


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


async def refuse_taken(connection: Connection, email: str, user: UUID) -> None:
    """Nothing, where nobody else has an address.

    Raises:
        Refused: somebody has.
    """
    await _refuse_taken(connection, email, user)


async def _refuse_taken(connection: Connection, email: str | None, user: UUID) -> None:
    """The unique index minds upper and lower case, which another tool may have written; a sign-in does not."""
    other = await of_email(connection, email) if email else None
    if other is not None and other.id != user:
        raise Refused(422, *_KNOWN["users_email_partial_key"])


async def _members(connection: Connection, found: list[User]) -> list[Member]:
    users = {"users": [user.id for user in found]}
    async with connection.cursor(row_factory=class_row(IdentityRow)) as cursor:
        await cursor.execute(_SQL["identities"], users)
        rows = await cursor.fetchall()
    async with connection.cursor(row_factory=class_row(Factor)) as factors_of:
        await factors_of.execute(_SQL["factors"], users)
        factors = await factors_of.fetchall()
    identities_by, factors_by = _by_user(rows), _by_user(factors)
    return [Member(user, identities_by.get(user.id, []), factors_by.get(user.id, [])) for user in found]


def _by_user(rows: Sequence[_Row]) -> dict[UUID, list[_Row]]:
    found: dict[UUID, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.user_id, []).append(row)
    return found


async def _identify(
    connection: Connection,
    user: UUID,
    provider: str,
    value: str,
    *,
    verified: bool = False,
    more: Mapping[str, Any] | None = None,
) -> None:
    facts = {"sub": str(user), provider: value, "email_verified": False, "phone_verified": False}
    facts[f"{provider}_verified"] = verified
    row = {"id": user, "provider": provider, "identity": _json({**(more or {}), **facts})}
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
