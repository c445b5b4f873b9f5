"""Sign-in, refresh and sign-out."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from haulback.gateway.accounts import asked as reading
from haulback.gateway.accounts import flows, sessions, users
from haulback.gateway.accounts.asked import Asked
from haulback.gateway.accounts.attempts import Attempts
from haulback.gateway.accounts.bearing import Bearing
from haulback.gateway.accounts.database import Database
from haulback.gateway.accounts.opening import Opening
from haulback.gateway.accounts.passwords import Hashing
from haulback.gateway.accounts.refused import Refused, answered, invalid
from haulback.gateway.accounts.sessions import Limits, Presented
from haulback.gateway.answer import Answer

GRACE = 10.0  # seconds, as Supabase has it unless a project says otherwise
_SCOPES = frozenset({"global", "local", "others"})
_WRONG = "Invalid login credentials"
_ENDED = {
    Presented.OVER: "Invalid Refresh Token: Session Expired",
    Presented.IDLE: "Invalid Refresh Token: Session Expired (Inactivity)",
}
_WRONG_CODES = frozenset({"flow_state_not_found", "bad_code_verifier"})


class _Credentials(msgspec.Struct):
    email: str | None = None
    phone: str | None = None
    password: str | None = None


class _Refresh(msgspec.Struct):
    refresh_token: str | None = None


class _Exchange(msgspec.Struct):
    auth_code: str | None = None
    code_verifier: str | None = None


class _IdToken(msgspec.Struct):
    provider: str | None = None
    issuer: str | None = None


@dataclass(frozen=True)
class SigningIn:
    """What one worker signs people in with.

    Attributes:
        limits: of sessions.
    """

    database: Database
    hashing: Hashing
    opening: Opening
    bearing: Bearing
    attempts: Attempts
    limits: Limits

    async def token(self, asked: Asked) -> Answer:
        """A session for a password or a refresh token."""
        match asked.query().get("grant_type"):
            case "password":
                return await self._by_password(asked)
            case "refresh_token":
                return await self._refreshed(asked)
            case "pkce":
                return await self._exchanged(asked)
            case "id_token":
                given = asked.body(_IdToken)
                named = (given.provider or given.issuer or "")[:64].replace('"', "'")
                raise Refused(400, "provider_disabled", f'Provider "{named}" is not enabled')
            case "web3":
                raise Refused(422, "web3_provider_disabled", "Web3 provider is disabled")
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
                await sessions.end(connection, bearer.session.id)
            else:
                await sessions.end_others(connection, bearer.session.id, bearer.user.id)
        return Answer(204)

    async def _by_password(self, asked: Asked) -> Answer:
        given = asked.body(_Credentials)
        if given.email and given.phone:
            raise invalid("Only an email address or phone number should be provided on login.")
        if not given.email and not given.phone:
            raise invalid("missing email or phone")
        phone = reading.phone(given.phone) if given.phone else None
        address = asked.request.client
        self.attempts.begin(address)
        try:
            async with self.database.transaction() as connection:
                if phone:
                    user = await users.of_phone(connection, phone)
                else:
                    user = await users.of_email(connection, (given.email or "").replace("\0", ""))
            # Hashed whether there is such a user or not, and with no connection held meanwhile.
            right = await self.hashing.matches(_bytes(given.password or ""), user.password_hash if user else None)
        except Refused:  # the database is away, or too many wait: nobody was wrong
            self.attempts.give_back(address)
            raise
        if user is None or not right:
            raise Refused(400, "invalid_credentials", _WRONG)
        self.attempts.give_back(address)
        if user.is_banned(self.opening.now()):
            raise Refused(400, "user_banned", "User is banned")
        if phone and user.phone_confirmed_at is None:
            raise Refused(400, "phone_not_confirmed", "Phone not confirmed")
        if not phone and user.email_confirmed_at is None:
            raise Refused(400, "email_not_confirmed", "Email not confirmed")
        async with self.database.transaction() as connection:
            return answered(200, await self.opening.begun(connection, user.id, "password", asked))

    async def _refreshed(self, asked: Asked) -> Answer:
        given = asked.body(_Refresh)
        if not given.refresh_token:
            return answered(400, {"error": "invalid_request", "error_description": "refresh_token required"})
        address = asked.request.client
        self.attempts.begin(address)
        told = None
        try:
            async with self.database.transaction() as connection:
                found = await sessions.prolong(
                    connection, given.refresh_token, self.limits, agent=asked.agent, address=asked.address
                )
                if found.outcome is Presented.GOOD and found.user and found.session:
                    told = await self.opening.told(connection, found.user, found.session, found.refresh_token)
        except Refused:  # the database is away, or a good token is a banned user's: nobody was wrong
            self.attempts.give_back(address)
            raise
        # Told only here, behind the commit: that a session has ended must last.
        if told is not None:
            self.attempts.give_back(address)
            return answered(200, told)
        if found.outcome in _ENDED:
            self.attempts.give_back(address)
            raise Refused(400, "session_expired", _ENDED[found.outcome])
        if found.outcome is Presented.USED:
            raise Refused(400, "refresh_token_already_used", "Invalid Refresh Token: Already Used")
        raise Refused(400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")

    async def _exchanged(self, asked: Asked) -> Answer:
        """The session that a code of a link stands for, for who knows the verifier."""
        given = asked.body(_Exchange)
        if not given.auth_code or not given.code_verifier:
            raise invalid("invalid request: both auth code and code verifier should be non-empty")
        with self.attempts.judged(asked.request.client, _WRONG_CODES):
            async with self.database.transaction() as connection:
                flow = await flows.take(connection, given.auth_code)
                flow.check(given.code_verifier)
                if not flow.fresh:
                    raise Refused(422, "flow_state_expired", "invalid flow state, flow state has expired")
                told = await self.opening.begun(connection, flow.user, flow.purpose, asked)
        return answered(200, told)


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
