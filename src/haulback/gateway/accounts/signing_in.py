"""Sign-up, sign-in, refresh and sign-out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

import msgspec

from haulback.gateway.accounts import asked as reading
from haulback.gateway.accounts import passwords, sessions, users
from haulback.gateway.accounts.asked import Asked
from haulback.gateway.accounts.attempts import Attempts
from haulback.gateway.accounts.bearing import Bearing
from haulback.gateway.accounts.database import Connection, Database
from haulback.gateway.accounts.issuing import Issuer
from haulback.gateway.accounts.passwords import Hashing
from haulback.gateway.accounts.refused import Refused, answered, invalid
from haulback.gateway.accounts.sessions import Presented
from haulback.gateway.answer import Answer

GRACE = 10.0  # seconds, as Supabase has it unless a project says otherwise
_SCOPES = frozenset({"global", "local", "others"})
_WRONG = "Invalid login credentials"
_NO_PHONE = "phone_provider_disabled"


class _SignUp(msgspec.Struct):
    email: str | None = None
    phone: str | None = None
    password: str | None = None
    data: reading.Metadata | None = None


class _Credentials(msgspec.Struct):
    email: str | None = None
    phone: str | None = None
    password: str | None = None


class _Refresh(msgspec.Struct):
    refresh_token: str | None = None


@dataclass(frozen=True)
class SigningIn:
    """What one worker signs people in with.

    Attributes:
        grace: seconds that a refresh token may be used again.
        clock: seconds since 1970.
    """

    database: Database
    hashing: Hashing
    issuer: Issuer
    bearing: Bearing
    attempts: Attempts
    clock: Callable[[], float]
    grace: float = field(default=GRACE)

    async def sign_up(self, asked: Asked) -> Answer:
        """Makes a user, confirmed at once since no mail is sent, and signs in."""
        given = asked.body(_SignUp)
        data = reading.metadata(given.data)
        if not given.email and not given.phone:
            new = users.NewUser(uuid4(), user_metadata=data, is_anonymous=True)
            return await self._registered(new, "anonymous", asked)
        if not given.password:
            raise invalid("Signup requires a valid password")
        secret = passwords.checked(given.password)
        if given.email and given.phone:
            raise invalid("Only an email address or phone number should be provided on signup.")
        if not given.email:
            raise Refused(400, _NO_PHONE, "Phone signups are disabled")
        email = reading.email(given.email)
        new = users.NewUser(
            uuid4(),
            email=email,
            password_hash=await self.hashing.hashed(secret),
            email_confirmed=True,
            app_metadata={"provider": users.EMAIL, "providers": [users.EMAIL]},
            user_metadata={**data, "email_verified": True},
        )
        try:
            return await self._registered(new, "password", asked)
        except Refused as refused:
            if refused.code == "email_exists":
                raise Refused(422, "user_already_exists", "User already registered") from refused
            raise

    async def token(self, asked: Asked) -> Answer:
        """A session for a password or a refresh token."""
        match asked.query().get("grant_type"):
            case "password":
                return await self._by_password(asked)
            case "refresh_token":
                return await self._refreshed(asked)
            case _:
                raise Refused(400, "invalid_credentials", "unsupported_grant_type")

    async def sign_out(self, asked: Asked) -> Answer:
        """Ends sessions: all, this one, or the others."""
        scope = asked.query().get("scope") or "global"
        if scope not in _SCOPES:
            raise invalid(f'Unsupported logout scope "{scope[:64]}"')
        async with self.database.transaction() as connection:
            bearer = await self.bearing.bearer(connection, asked.request)
            if bearer.session is None or scope == "global":
                await sessions.end_all(connection, bearer.user.id)
            elif scope == "local":
                await sessions.end(connection, bearer.session)
            else:
                await sessions.end_others(connection, bearer.session, bearer.user.id)
        return Answer(204)

    async def _by_password(self, asked: Asked) -> Answer:
        given = asked.body(_Credentials)
        if given.email and given.phone:
            raise invalid("Only an email address or phone number should be provided on login.")
        if given.phone:
            raise Refused(422, _NO_PHONE, "Phone logins are disabled")
        if not given.email:
            raise invalid("missing email or phone")
        address = asked.request.client
        self.attempts.begin(address)
        try:
            async with self.database.transaction() as connection:
                user = await users.of_email(connection, given.email.replace("\0", ""))
            # Hashed whether there is such a user or not, and with no connection held meanwhile.
            right = await self.hashing.matches(_bytes(given.password or ""), user.password_hash if user else None)
        except Refused:  # the database is away, or too many wait: nobody was wrong
            self.attempts.give_back(address)
            raise
        if user is None or not right:
            raise Refused(400, "invalid_credentials", _WRONG)
        self.attempts.give_back(address)
        if user.is_banned(self._now()):
            raise Refused(400, "user_banned", "User is banned")
        if user.email_confirmed_at is None:
            raise Refused(400, "email_not_confirmed", "Email not confirmed")
        async with self.database.transaction() as connection:
            return await self._begun(connection, user.id, "password", asked)

    async def _refreshed(self, asked: Asked) -> Answer:
        given = asked.body(_Refresh)
        if not given.refresh_token:
            return answered(400, {"error": "invalid_request", "error_description": "refresh_token required"})
        address = asked.request.client
        self.attempts.begin(address)
        answer = None
        try:
            async with self.database.transaction() as connection:
                found = await sessions.prolong(
                    connection, given.refresh_token, grace=self.grace, agent=asked.agent, address=asked.address
                )
                if found.outcome is Presented.GOOD and found.user and found.session:
                    answer = await self._prolonged(connection, found.user, found.session, found.refresh_token)
        except Refused:  # the database is away, or a good token is a banned user's: nobody was wrong
            self.attempts.give_back(address)
            raise
        # Told only here, behind the commit: that a session has ended must last.
        if answer is not None:
            self.attempts.give_back(address)
            return answer
        if found.outcome is Presented.USED:
            raise Refused(400, "refresh_token_already_used", "Invalid Refresh Token: Already Used")
        raise Refused(400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")

    async def _prolonged(self, connection: Connection, user: UUID, session: UUID, token: str) -> Answer:
        member = await users.member(connection, user)
        if member.user.is_banned(self._now()):
            raise Refused(400, "user_banned", "Invalid Refresh Token: User Banned")
        methods = await sessions.methods(connection, session)
        return answered(200, self.issuer.session(member, session, methods, token))

    async def _registered(self, new: users.NewUser, method: str, asked: Asked) -> Answer:
        async with self.database.transaction() as connection:
            await users.insert(connection, new)
            return await self._begun(connection, new.id, method, asked)

    async def _begun(self, connection: Connection, user: UUID, method: str, asked: Asked) -> Answer:
        session, token = await sessions.begin(connection, user, method, agent=asked.agent, address=asked.address)
        await users.signed_in(connection, user)
        member = await users.member(connection, user)
        methods = await sessions.methods(connection, session)
        return answered(200, self.issuer.session(member, session, methods, token))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
