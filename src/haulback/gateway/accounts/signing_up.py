"""Sign-up: with an address, a number, or neither."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import msgspec

from haulback.gateway.accounts import asked as reading
from haulback.gateway.accounts import flows, passwords, users
from haulback.gateway.accounts.asked import Asked
from haulback.gateway.accounts.codes import Kind
from haulback.gateway.accounts.database import Connection, Database
from haulback.gateway.accounts.flows import Challenge
from haulback.gateway.accounts.letters import Letter, Letters
from haulback.gateway.accounts.model import AUDIENCE, Member, User, moment
from haulback.gateway.accounts.opening import Document, Opening
from haulback.gateway.accounts.passwords import Hashing
from haulback.gateway.accounts.refused import Refused, answered, invalid
from haulback.gateway.answer import Answer
from haulback.model.auth import AuthSettings

PURPOSE, PROOF = "signup", "email/signup"
_TAKEN = {"email_exists", "phone_exists"}


class _SignUp(msgspec.Struct):
    email: str | None = None
    phone: str | None = None
    password: str | None = None
    data: reading.Metadata | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None


@dataclass(frozen=True)
class SigningUp:
    """What one worker makes users with.

    Attributes:
        settings: what the project says of users.
    """

    database: Database
    hashing: Hashing
    opening: Opening
    letters: Letters
    settings: AuthSettings

    async def sign_up(self, asked: Asked) -> Answer:
        """Makes a user, who is signed in at once unless the address must be confirmed first."""
        given = asked.body(_SignUp)
        data = reading.metadata(given.data)
        challenge = flows.challenge(given.code_challenge, given.code_challenge_method)
        if not given.email and not given.phone:
            self._refuse_anonymous()
            new = users.NewUser(uuid4(), user_metadata=data, is_anonymous=True)
            return answered(200, await self._registered(new, "anonymous", asked))
        self.refuse_closed()
        if not given.password:
            raise invalid("Signup requires a valid password")
        secret = passwords.checked(given.password)
        if given.email and given.phone:
            raise invalid("Only an email address or phone number should be provided on signup.")
        if given.email:
            email = reading.email(given.email)
            password_hash = await self.hashing.hashed(secret)
            if self.settings.confirm:
                return answered(200, await self._unconfirmed(email, password_hash, data, challenge, asked))
            new = with_email(email, data, password_hash=password_hash, confirmed=True)
        else:
            if self.settings.confirm:
                raise Refused(400, "phone_provider_disabled", "Phone signups are disabled")
            phone = reading.phone(given.phone or "")
            new = _with_phone(phone, await self.hashing.hashed(secret), data)
        return answered(200, await self._registered(new, "password", asked))

    def refuse_closed(self) -> None:
        """Nothing, where anybody may have an account.

        Raises:
            Refused: nobody may who has none.
        """
        if not self.settings.signup:
            raise Refused(422, "signup_disabled", "Signups not allowed for this instance")

    def _refuse_anonymous(self) -> None:
        if not self.settings.anonymous:
            raise Refused(422, "anonymous_provider_disabled", "Anonymous sign-ins are disabled")
        self.refuse_closed()

    async def _registered(self, new: users.NewUser, method: str, asked: Asked) -> Document:
        try:
            async with self.database.transaction() as connection:
                await users.insert(connection, new)
                return await self.opening.begun(connection, new.id, method, asked)
        except Refused as refused:
            if refused.code in _TAKEN:
                raise Refused(422, "user_already_exists", "User already registered") from refused
            raise

    async def _unconfirmed(
        self, email: str, password_hash: str, data: reading.Metadata, challenge: Challenge | None, asked: Asked
    ) -> Document:
        """A user who has yet to confirm the address. Whether there was one already, the answer does not tell."""
        async with self.database.transaction() as connection:
            known = await users.of_email(connection, email)
            if known is not None and known.email_confirmed_at is not None:
                return self._made_up(email, data)
            if known is None:
                new = with_email(email, data, password_hash=password_hash)
                await users.insert(connection, new)
                known = (await users.member(connection, new.id)).user
            letter = await self.letter(connection, known, challenge)
            member = await users.member(connection, known.id)
        self.letters.send(letter, asked)
        return _without_secrets(member)

    async def letter(self, connection: Connection, user: User, challenge: Challenge | None) -> Letter:
        """The mail that asks whether an address is somebody's own."""
        if challenge is not None:
            await flows.begin(connection, user.id, PROOF, challenge)
        return await self.letters.prepared(
            connection, user, PURPOSE, Kind.CONFIRMATION, user.email or "", challenge=challenge
        )

    def _made_up(self, email: str, data: reading.Metadata) -> Document:
        """What a new user would look like."""
        now = moment(self.opening.now())
        return {
            "id": str(uuid4()),
            "aud": AUDIENCE,
            "role": "",
            "email": email,
            "phone": "",
            "confirmation_sent_at": now,
            "app_metadata": _email_metadata(),
            "user_metadata": data,
            "identities": [],
            "created_at": now,
            "updated_at": now,
            "is_anonymous": False,
        }


def with_email(
    email: str, data: reading.Metadata, *, password_hash: str | None = None, confirmed: bool = False
) -> users.NewUser:
    """Somebody with an address."""
    return users.NewUser(
        uuid4(),
        email=email,
        password_hash=password_hash,
        email_confirmed=confirmed,
        app_metadata=_email_metadata(),
        user_metadata={**data, "email_verified": True} if confirmed else data,
    )


def _with_phone(phone: str, password_hash: str, data: reading.Metadata) -> users.NewUser:
    """Somebody with a number, which counts at once: no message is ever sent."""
    return users.NewUser(
        uuid4(),
        phone=phone,
        password_hash=password_hash,
        phone_confirmed=True,
        app_metadata={"provider": users.PHONE, "providers": [users.PHONE]},
        user_metadata=data,
    )


def _email_metadata() -> reading.Metadata:
    return {"provider": users.EMAIL, "providers": [users.EMAIL]}


def _without_secrets(member: Member) -> Document:
    """Somebody who was invited is not told to whoever signs up with the address."""
    told = member.document()
    return told | {"user_metadata": {}, "identities": []} if member.user.invited_at else told
