"""Requests for a mail: to sign in, to set a new password, to confirm an address, to show who one is once more."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from haulback.gateway.accounts import asked as reading
from haulback.gateway.accounts import flows, users
from haulback.gateway.accounts.asked import Asked
from haulback.gateway.accounts.bearing import Bearing
from haulback.gateway.accounts.changing import Changing
from haulback.gateway.accounts.codes import Kind
from haulback.gateway.accounts.database import Connection, Database
from haulback.gateway.accounts.flows import Challenge
from haulback.gateway.accounts.letters import Letter, Letters
from haulback.gateway.accounts.model import User
from haulback.gateway.accounts.refused import Refused, answered, invalid
from haulback.gateway.accounts.signing_up import SigningUp, with_email
from haulback.gateway.answer import Answer

_MAGIC_LINK, _RECOVERY = "magiclink", "recovery"
_OF_PHONES = frozenset({"sms", "phone_change"})
_RESENT = frozenset({"signup", "email_change"}) | _OF_PHONES


class _Otp(msgspec.Struct):
    email: str | None = None
    phone: str | None = None
    create_user: bool | None = True
    data: reading.Metadata | None = None
    channel: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None


class _Recovery(msgspec.Struct):
    email: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None


class _Resend(msgspec.Struct):
    type: str | None = None
    email: str | None = None
    phone: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None


@dataclass(frozen=True)
class Requesting:
    """What one worker answers such requests with."""

    database: Database
    bearing: Bearing
    letters: Letters
    signing_up: SigningUp
    changing: Changing

    async def otp(self, asked: Asked) -> Answer:
        """A link and a code to sign in with; whoever has no account gets one, unless the request says otherwise."""
        given = asked.body(_Otp)
        if given.email and given.phone:
            raise invalid("Only an email address or phone number should be provided")
        if given.email and given.channel:
            raise invalid("Channel should only be specified with Phone OTP")
        challenge = flows.challenge(given.code_challenge, given.code_challenge_method)
        if given.phone:
            reading.phone(given.phone)
            raise Refused(422, "sms_send_failed", "Error sending confirmation OTP to provider: no message is sent here")
        if not given.email:
            raise invalid("One of email or phone must be set")
        email, data = reading.email(given.email), reading.metadata(given.data)
        async with self.database.transaction() as connection:
            user = await users.of_email(connection, email)
            if user is None:
                if given.create_user is False:
                    raise Refused(422, "otp_disabled", "Signups not allowed for otp")
                self.signing_up.refuse_closed()
                user = await self._made(connection, email, data)
            if user.email_confirmed_at is None and self.signing_up.settings.confirm:
                letter = await self.signing_up.letter(connection, user, challenge)
            else:
                letter = await self._recovery(connection, user, _MAGIC_LINK, challenge)
        self.letters.send(letter, asked)
        return answered(200, {})

    async def recover(self, asked: Asked) -> Answer:
        """A link and a code to set a new password with. Whether there is such a user, the answer does not tell."""
        given = asked.body(_Recovery)
        challenge = flows.challenge(given.code_challenge, given.code_challenge_method)
        if not given.email:
            raise invalid("Password recovery requires an email")
        email = reading.email(given.email)
        letter = None
        async with self.database.transaction() as connection:
            user = await users.of_email(connection, email)
            if user is not None:
                letter = await self._recovery(connection, user, _RECOVERY, challenge)
        return self._sent(letter, asked)

    async def resend(self, asked: Asked) -> Answer:
        """The last mail of a kind, with another code."""
        given = asked.body(_Resend)
        if given.type not in _RESENT:
            raise invalid("Missing one of these types: signup, email_change, sms, phone_change")
        challenge = flows.challenge(given.code_challenge, given.code_challenge_method)
        email = _whose(given)
        sent: list[Letter] = []
        if email is not None:
            async with self.database.transaction() as connection:
                user = await users.of_email(connection, email)
                if user is not None and given.type == "email_change" and user.new_email:
                    sent = await self.changing.letters_for(connection, user, user.new_email, challenge)
                elif user is not None and given.type == "signup" and user.email_confirmed_at is None:
                    sent = [await self.signing_up.letter(connection, user, challenge)]
        for letter in sent:
            self.letters.send(letter, asked)
        return answered(200, {})

    async def reauthenticate(self, asked: Asked) -> Answer:
        """A code that shows who somebody is who changes the password."""
        async with self.database.transaction() as connection:
            user = (await self.bearing.bearer(connection, asked.request)).user
            if not user.email and not user.phone:
                raise invalid("Reauthentication requires the user to have an email or a phone number")
            if not user.email:
                raise Refused(422, "sms_send_failed", "Error sending sms: no message is sent here")
            if user.email_confirmed_at is None:
                raise Refused(422, "email_not_confirmed", "Please verify your email first.")
            letter = await self.letters.prepared(connection, user, "", Kind.REAUTHENTICATION, user.email)
        return self._sent(letter, asked)

    async def _made(self, connection: Connection, email: str, data: reading.Metadata) -> User:
        new = with_email(email, data, confirmed=not self.signing_up.settings.confirm)
        await users.insert(connection, new)
        return (await users.member(connection, new.id)).user

    async def _recovery(self, connection: Connection, user: User, purpose: str, challenge: Challenge | None) -> Letter:
        if challenge is not None:
            await flows.begin(connection, user.id, purpose, challenge)
        return await self.letters.prepared(
            connection, user, purpose, Kind.RECOVERY, user.email or "", challenge=challenge
        )

    def _sent(self, letter: Letter | None, asked: Asked) -> Answer:
        if letter is not None:
            self.letters.send(letter, asked)
        return answered(200, {})


def _whose(given: _Resend) -> str | None:
    """Whose mail it is; None for a number, whose messages are not sent.

    Raises:
        Refused: nobody's.
    """
    if not given.email and given.type == "signup":
        raise invalid("Type provided requires an email address")
    if not given.phone and given.type == "sms":
        raise invalid("Type provided requires a phone number")
    if given.email and given.phone:
        raise invalid("Only an email address or phone number should be provided.")
    if given.email:
        return reading.email(given.email)
    if not given.phone:
        raise invalid("Missing email address or phone number")
    reading.phone(given.phone)
    return None
