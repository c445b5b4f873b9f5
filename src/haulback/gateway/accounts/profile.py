"""What users see and change of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import msgspec

from haulback.gateway.accounts import asked as reading
from haulback.gateway.accounts import codes, flows, passwords, sessions, users
from haulback.gateway.accounts.asked import Asked
from haulback.gateway.accounts.attempts import Attempts
from haulback.gateway.accounts.bearing import Bearer, Bearing
from haulback.gateway.accounts.changing import Changing
from haulback.gateway.accounts.codes import Kind
from haulback.gateway.accounts.database import Connection, Database
from haulback.gateway.accounts.flows import Challenge
from haulback.gateway.accounts.letters import Letter, Letters
from haulback.gateway.accounts.model import AUDIENCE, Member, User
from haulback.gateway.accounts.opening import Opening
from haulback.gateway.accounts.passwords import Hashing
from haulback.gateway.accounts.refused import Refused, answered, invalid
from haulback.gateway.answer import Answer

_WRONG_CODES = frozenset({"reauthentication_not_valid"})
_RECENT = timedelta(hours=24)  # since a session began, until which its owner is taken for who that was


class _Change(msgspec.Struct):
    email: str | None = None
    phone: str | None = None
    password: str | None = None
    nonce: str | None = None
    data: reading.Metadata | None = None
    app_metadata: reading.Metadata | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None


@dataclass(frozen=True)
class _Wanted:
    """What is to become of a user.

    Attributes:
        change: that is made at once.
        email: that counts once it has been confirmed.
        nonce: that shows who asks.
    """

    change: users.Change
    email: str | None
    nonce: str | None
    challenge: Challenge | None


@dataclass(frozen=True)
class Profile:
    """What one worker answers users about themselves with.

    Attributes:
        reauthenticate: whether a password is changed only in a session that is young, or with a code.
    """

    database: Database
    hashing: Hashing
    bearing: Bearing
    opening: Opening
    letters: Letters
    changing: Changing
    attempts: Attempts
    reauthenticate: bool

    async def get(self, asked: Asked) -> Answer:
        """The user who asks."""
        async with self.database.transaction() as connection:
            bearer = await self.bearing.bearer(connection, asked.request)
            if bearer.audience != AUDIENCE:
                raise invalid("Token audience doesn't match request audience")
            member = await users.member(connection, bearer.user.id)
        return answered(200, member.document())

    async def put(self, asked: Asked) -> Answer:
        """Changes the user who asks. A new address counts once it is confirmed, a new number at once."""
        given = asked.body(_Change)
        challenge = flows.challenge(given.code_challenge, given.code_challenge_method)
        async with self.database.transaction() as connection:
            bearer = await self.bearing.bearer(connection, asked.request)
            member = await users.member(connection, bearer.user.id)
        email = reading.email(given.email) if given.email else None
        phone = reading.phone(given.phone) if given.phone else None
        if given.app_metadata is not None:
            raise Refused(403, "not_admin", "Updating app_metadata requires admin privileges")
        new_email = email if email != member.user.email else None
        new_phone = phone if phone != member.user.phone else None
        if new_phone and self.changing.confirm:
            raise Refused(422, "phone_provider_disabled", "Phone numbers are not changed here: no message is sent")
        if member.has_second_factor and not bearer.has_second_factor and (new_email or new_phone or given.password):
            message = "AAL2 session is required to update email or password when MFA is enabled."
            raise Refused(401, "insufficient_aal", message)
        at_once = member.user.is_anonymous and not self.changing.confirm
        change = users.Change(
            email=new_email if at_once else None,
            email_confirmed=bool(new_email and at_once),
            phone=new_phone,
            phone_confirmed=bool(new_phone),
            password_hash=await self._password(given.password, member.user, email or phone),
            user_metadata=reading.metadata(given.data) | ({"email_verified": True} if new_email and at_once else {}),
        )
        wanted = _Wanted(change, None if at_once else new_email, given.nonce, challenge)
        return await self._changed(bearer, wanted, asked)

    async def _changed(self, bearer: Bearer, wanted: _Wanted, asked: Asked) -> Answer:
        user, sent = bearer.user, list[Letter]()
        async with self.database.transaction() as connection:
            if wanted.change.password_hash:
                await self._check_nonce(connection, bearer, wanted.nonce, asked)
                await _end_other_sessions(connection, bearer)
            await users.update(connection, user.id, wanted.change)
            if wanted.email:
                sent = await self.changing.letters_for(connection, user, wanted.email, wanted.challenge)
            member = await self._settled(connection, user, wanted.change)
            reading.kept(member.user.user_metadata)
        for letter in sent:
            self.letters.send(letter, asked)
        return answered(200, member.document())

    async def _settled(self, connection: Connection, user: User, change: users.Change) -> Member:
        if change.email or change.phone:
            return await users.tell_providers(connection, user.id)
        return await users.member(connection, user.id)

    async def _check_nonce(self, connection: Connection, bearer: Bearer, nonce: str | None, asked: Asked) -> None:
        """Nothing, where the session is young, or the code of `/reauthenticate` is right."""
        session = bearer.session
        if not self.reauthenticate or (session and session.began and self.opening.now() < session.began + _RECENT):
            return
        if not nonce:
            raise Refused(400, "reauthentication_needed", "Password update requires reauthentication")
        hashed = codes.hashed(bearer.user.email or "", nonce)
        with self.attempts.judged(asked.request.client, _WRONG_CODES):
            taken = await codes.take(connection, (Kind.REAUTHENTICATION,), (hashed,), bearer.user.id)
            if taken is None or not taken.fresh:
                raise Refused(422, "reauthentication_not_valid", "Nonce has expired or is invalid")

    async def _password(self, password: str | None, user: User, address: str | None) -> str | None:
        if password is None:
            return None
        secret = passwords.checked(password)
        if user.is_anonymous and address is None:
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
        await sessions.end_others(connection, bearer.session.id, bearer.user.id)
