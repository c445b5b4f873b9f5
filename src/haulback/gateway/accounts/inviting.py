"""`/invite` and `/admin/generate_link`: links that administrators hand on themselves."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from haulback.gateway.accounts import asked as reading
from haulback.gateway.accounts import codes, passwords, users
from haulback.gateway.accounts.asked import Asked
from haulback.gateway.accounts.bearing import Bearing
from haulback.gateway.accounts.codes import Code, Kind
from haulback.gateway.accounts.database import Connection, Database
from haulback.gateway.accounts.letters import Letters
from haulback.gateway.accounts.model import User
from haulback.gateway.accounts.passwords import Hashing
from haulback.gateway.accounts.refused import Refused, answered, invalid
from haulback.gateway.accounts.signing_up import with_email
from haulback.gateway.answer import Answer

_INVITE, _SIGN_UP, _MAGIC_LINK, _RECOVERY = "invite", "signup", "magiclink", "recovery"
_CHANGES = {"email_change_current": Kind.OLD_ADDRESS, "email_change_new": Kind.NEW_ADDRESS}
_TYPES = frozenset({_INVITE, _SIGN_UP, _MAGIC_LINK, _RECOVERY, *_CHANGES})


class _Invitation(msgspec.Struct):
    email: str | None = None
    data: reading.Metadata | None = None


class _Given(msgspec.Struct):
    type: str | None = None
    email: str | None = None
    new_email: str | None = None
    password: str | None = None
    data: reading.Metadata | None = None
    redirect_to: str | None = None


@dataclass(frozen=True)
class _Wanted:
    """A link that is asked for, with what is needed to make its user."""

    type: str
    email: str
    new_email: str | None
    data: reading.Metadata
    password_hash: str | None


@dataclass(frozen=True)
class Inviting:
    """What one worker makes links with."""

    database: Database
    hashing: Hashing
    bearing: Bearing
    letters: Letters

    async def invite(self, asked: Asked) -> Answer:
        """A user who has been sent a link."""
        self.bearing.administrator(asked.request)
        given = asked.body(_Invitation)
        wanted = _Wanted(_INVITE, reading.email(given.email or ""), None, reading.metadata(given.data), None)
        async with self.database.transaction() as connection:
            user = await self._invited(connection, wanted)
            letter = await self.letters.prepared(connection, user, _INVITE, Kind.CONFIRMATION, wanted.email)
            member = await users.member(connection, user.id)
        self.letters.send(letter, asked)
        return answered(200, member.document())

    async def generate(self, asked: Asked) -> Answer:
        """A link, with its user and all that it is made of. Nothing is sent."""
        self.bearing.administrator(asked.request)
        given = asked.body(_Given)
        wanted = await self._wanted(given)
        async with self.database.transaction() as connection:
            user = await self._user(connection, wanted)
            code = await self._code(connection, user, wanted)
            member = await users.member(connection, user.id)
        there = self.letters.links.destination(asked, given.redirect_to)
        kind = "email_change" if wanted.type in _CHANGES else wanted.type
        told = {
            "action_link": self.letters.links.action(asked, code.hash, kind, there),
            "email_otp": code.digits,
            "hashed_token": code.hash,
            "verification_type": wanted.type,
            "redirect_to": there,
        }
        return answered(200, member.document() | told)

    async def _wanted(self, given: _Given) -> _Wanted:
        """What is asked for; a link to sign in with is one to sign up with for who is not there yet."""
        email, kind = reading.email(given.email or ""), given.type or ""
        if kind not in _TYPES:
            raise invalid(f"Invalid email action link type requested: {kind[:64]}")
        async with self.database.transaction() as connection:
            known = await users.of_email(connection, email)
        password_hash = None
        if known is None and kind in {_RECOVERY, *_CHANGES}:
            raise Refused(404, "user_not_found", "User with this email not found")
        if known is None and kind == _SIGN_UP:
            if not given.password:
                raise invalid("Signup requires a valid password")
            password_hash = await self.hashing.hashed(passwords.checked(given.password))
        if known is None and kind == _MAGIC_LINK:
            kind = _SIGN_UP
        new_email = reading.email(given.new_email or "") if kind in _CHANGES else None
        return _Wanted(kind, email, new_email, reading.metadata(given.data), password_hash)

    async def _user(self, connection: Connection, wanted: _Wanted) -> User:
        if wanted.type == _INVITE:
            return await self._invited(connection, wanted)
        known = await users.of_email(connection, wanted.email)
        if known is None:
            return await _made(connection, wanted)
        if wanted.type == _SIGN_UP:
            _refuse_confirmed(known)
            await users.update(connection, known.id, users.Change(user_metadata=wanted.data))
        return known

    async def _invited(self, connection: Connection, wanted: _Wanted) -> User:
        known = await users.of_email(connection, wanted.email)
        if known is None:
            known = await _made(connection, wanted)
        _refuse_confirmed(known)
        await users.invite(connection, known.id)
        return known

    async def _code(self, connection: Connection, user: User, wanted: _Wanted) -> Code:
        match wanted.type:
            case "invite" | "signup":
                code = codes.new(Kind.CONFIRMATION, wanted.email)
            case "email_change_current" | "email_change_new":
                new_email = wanted.new_email or ""
                await users.refuse_taken(connection, new_email, user.id)
                await codes.change_email(connection, user.id, new_email)
                kind = _CHANGES[wanted.type]
                code = codes.new(kind, new_email if kind is Kind.NEW_ADDRESS else wanted.email)
            case _:
                code = codes.new(Kind.RECOVERY, wanted.email)
        await codes.keep(connection, user.id, code)
        return code


async def _made(connection: Connection, wanted: _Wanted) -> User:
    new = with_email(wanted.email, wanted.data, password_hash=wanted.password_hash)
    await users.insert(connection, new)
    return (await users.member(connection, new.id)).user


def _refuse_confirmed(user: User) -> None:
    if user.email_confirmed_at is not None:
        raise Refused(422, "email_exists", "A user with this email address has already been registered")
