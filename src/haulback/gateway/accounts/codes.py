"""Codes for one use, each function on a connection in a transaction.

A code has six digits and belongs to an address; what is kept, and what stands in a link, is the hash of both, as
Supabase Auth has it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from haulback.gateway.accounts.database import Connection
from haulback.pg.queries import queries

_SQL = queries("haulback.gateway.accounts", "codes.sql")

LIFETIME = 3600.0  # seconds
_DIGITS = 6
PKCE = "pkce_"  # what the hash begins with where a link is to give a code for a session, and not the session itself


class Kind(StrEnum):
    """What a code is for, by the names of `auth.one_time_token_type`."""

    CONFIRMATION = "confirmation_token"
    RECOVERY = "recovery_token"
    REAUTHENTICATION = "reauthentication_token"
    NEW_ADDRESS = "email_change_token_new"
    OLD_ADDRESS = "email_change_token_current"


@dataclass(frozen=True)
class Code:
    """A code as its owner is told it.

    Attributes:
        address: that it is told to.
        digits: what is typed.
        hash: what stands in a link, and is kept.
    """

    kind: Kind
    address: str
    digits: str = field(repr=False)
    hash: str = field(repr=False)


@dataclass(frozen=True)
class Taken:
    """A code that was presented, and is no more."""

    user: UUID
    kind: Kind
    fresh: bool
    pkce: bool


def new(kind: Kind, address: str, *, pkce: bool = False) -> Code:
    """A code that nobody can guess in the tries that there are."""
    digits = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    return Code(kind, address, digits, (PKCE if pkce else "") + hashed(address, digits))


def hashed(address: str, digits: str) -> str:
    """What is kept of a code."""
    return hashlib.sha224((address + digits).encode("utf-8", "surrogatepass")).hexdigest()


async def keep(connection: Connection, user: UUID, code: Code) -> None:
    """Keeps a code, in place of the last of its kind."""
    row = {"user": user, "kind": code.kind, "hash": code.hash, "address": code.address}
    await connection.execute(_SQL["keep"], row)
    await connection.execute(_SQL["note"], row)


async def take(
    connection: Connection, kinds: Sequence[Kind], hashes: Sequence[str], user: UUID | None = None
) -> Taken | None:
    """The code of one of these kinds and hashes, which it is no more once the transaction commits.

    Args:
        connection: in a transaction, which is to be rolled back where the code is refused after all.
        kinds: that it may be of.
        hashes: that it may have.
        user: who it must belong to; None for anybody.
    """
    values = {"kinds": [str(kind) for kind in kinds], "hashes": list(hashes), "user": user, "lifetime": LIFETIME}
    found = await (await connection.execute(_SQL["take"], values)).fetchone()
    if found is None:
        return None
    return Taken(found["user"], Kind(found["kind"]), found["fresh"], found["hash"].startswith(PKCE))


async def void(connection: Connection, user: UUID) -> None:
    """Ends all codes of a user."""
    await connection.execute(_SQL["void"], {"user": user})
    await connection.execute(_SQL["blank"], {"user": user})


async def change_email(connection: Connection, user: UUID, email: str) -> None:
    """Notes an address that is to be confirmed."""
    await connection.execute(_SQL["change_email"], {"user": user, "email": email})


async def confirm_one(connection: Connection, user: UUID, kind: Kind) -> bool:
    """Whether this was the first of the two addresses that must be confirmed; if so, that is noted."""
    found = await connection.execute(_SQL["confirm_one"], {"user": user, "kind": kind})
    return await found.fetchone() is not None
