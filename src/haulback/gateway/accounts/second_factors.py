"""`/factors`: what users show besides a password."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import segno

from haulback.gateway.accounts import factors, sessions, totp, users
from haulback.gateway.accounts.asked import Asked
from haulback.gateway.accounts.attempts import Attempts
from haulback.gateway.accounts.bearing import Bearer, Bearing
from haulback.gateway.accounts.database import Connection, Database
from haulback.gateway.accounts.model import Factor, Member
from haulback.gateway.accounts.opening import Opening
from haulback.gateway.accounts.refused import Refused, answered, invalid
from haulback.gateway.answer import Answer

_MOST = 10
_WRONG_CODES = frozenset({"mfa_verification_failed"})
_LONGEST_NAME = 255
_LONGEST_ISSUER = 64  # with an address of any length, a picture still holds it
_SCALE = 3  # of the picture, as Supabase Auth has it


class _Enrolment(msgspec.Struct):
    factor_type: str | None = None
    friendly_name: str | None = None
    issuer: str | None = None


class _Answer(msgspec.Struct):
    challenge_id: str | None = None
    code: str | None = None


@dataclass(frozen=True)
class SecondFactors:
    """What one worker answers about second factors with.

    Attributes:
        site_url: what passwords are named after that name nothing else.
        clock: seconds since 1970.
    """

    database: Database
    bearing: Bearing
    opening: Opening
    attempts: Attempts
    site_url: str
    clock: Callable[[], float]

    async def enrol(self, asked: Asked) -> Answer:
        """A new factor with its secret, which is never told again."""
        given = asked.body(_Enrolment)
        _check_type(given.factor_type)
        name = (given.friendly_name or "")[:_LONGEST_NAME].replace("\0", "")
        if len(given.issuer or "") > _LONGEST_ISSUER:
            raise invalid(f"An issuer may have {_LONGEST_ISSUER} characters at most")
        issuer = given.issuer or urlsplit(self.site_url).netloc[:_LONGEST_ISSUER]
        secret = totp.secret()
        async with self.database.transaction() as connection:
            bearer = await self._signed_in(connection, asked)
            await factors.begin(connection, bearer.user.id)
            _check_room(await users.member(connection, bearer.user.id), name, bearer)
            factor = await factors.insert(connection, bearer.user.id, name, secret)
        uri = totp.uri(secret, _printable(issuer), bearer.user.email or "")
        told = {"qr_code": _picture(uri), "secret": secret, "uri": uri}
        return answered(200, {"id": str(factor), "type": "totp", "friendly_name": name, "totp": told})

    async def challenge(self, asked: Asked) -> Answer:
        """A challenge, which is to be met within five minutes from the same address."""
        async with self.database.transaction() as connection:
            bearer = await self._signed_in(connection, asked)
            factor = await self._factor(connection, bearer.user.id, asked.uuid(0, "factor_id"))
            _check_type(factor.factor_type)
            challenge, expires = await factors.challenge(connection, factor.id, asked.address)
        return answered(200, {"id": str(challenge), "type": factor.factor_type, "expires_at": expires})

    async def verify(self, asked: Asked) -> Answer:
        """The session that asks, as one with a second factor, for the right password."""
        given = asked.body(_Answer)
        if not given.code:
            raise invalid("Code needs to be non-empty")
        challenge = _uuid(given.challenge_id)
        with self.attempts.judged(asked.request.client, _WRONG_CODES):
            async with self.database.transaction() as connection:
                bearer = await self._signed_in(connection, asked)
                factor = await self._factor(connection, bearer.user.id, asked.uuid(0, "factor_id"))
                _check_type(factor.factor_type)
                await factors.lock(connection, bearer.user.id)
                met = await factors.presented(connection, factor.id, challenge, asked.address)
                self._check(met, given.code, challenge)
                await factors.answered(connection, bearer.user.id, factor.id, challenge)
                session = _session(bearer)
                token = await sessions.strengthen(connection, session, bearer.user.id, factor.id)
                told = await self.opening.told(connection, bearer.user.id, session, token)
        return answered(200, told)

    async def unenrol(self, asked: Asked) -> Answer:
        """Takes a factor away; who shows a second factor only with it counts as one who shows none."""
        async with self.database.transaction() as connection:
            bearer = await self._signed_in(connection, asked)
            factor = await self._factor(connection, bearer.user.id, asked.uuid(0, "factor_id"))
            if factor.is_verified and not bearer.has_second_factor:
                raise Refused(422, "insufficient_aal", "AAL2 required to unenroll verified factor")
            await _delete(connection, factor)
        return answered(200, {"id": str(factor.id)})

    async def list_of(self, asked: Asked) -> Answer:
        """The factors of a user, for an administrator."""
        self.bearing.administrator(asked.request)
        async with self.database.transaction() as connection:
            member = await users.member(connection, asked.user())
        return answered(200, [factor.document() for factor in member.factors])

    async def delete_of(self, asked: Asked) -> Answer:
        """Takes a factor of a user away, for an administrator."""
        self.bearing.administrator(asked.request)
        async with self.database.transaction() as connection:
            factor = await self._factor(connection, asked.user(), asked.uuid(1, "factor_id"))
            await _delete(connection, factor)
        return answered(200, factor.document())

    async def _signed_in(self, connection: Connection, asked: Asked) -> Bearer:
        bearer = await self.bearing.bearer(connection, asked.request)
        _session(bearer)
        return bearer

    async def _factor(self, connection: Connection, user: UUID, wanted: UUID) -> Factor:
        member = await users.member(connection, user)
        found = next((factor for factor in member.factors if factor.id == wanted), None)
        if found is None:
            raise Refused(404, "mfa_factor_not_found", "Factor not found")
        return found

    def _check(self, met: factors.Challenge | None, code: str, challenge: UUID) -> None:
        if met is None:
            raise Refused(422, "mfa_factor_not_found", "MFA factor with the provided challenge ID not found")
        if not met.open:
            raise Refused(422, "mfa_ip_address_mismatch", "Challenge and verify IP addresses mismatch.")
        if not met.fresh:
            message = (
                f"MFA challenge {challenge} has expired, verify against another challenge or create a new challenge."
            )
            raise Refused(422, "mfa_challenge_expired", message)
        if not totp.matches(met.secret, code, self.clock()):
            raise Refused(422, "mfa_verification_failed", "Invalid TOTP code entered")


def _check_type(kind: str | None) -> None:
    match kind:
        case "totp":
            return
        case "phone":
            raise Refused(422, "mfa_phone_enroll_not_enabled", "MFA enroll is disabled for Phone")
        case "webauthn":
            raise Refused(422, "mfa_webauthn_enroll_not_enabled", "MFA enroll is disabled for WebAuthn")
        case _:
            raise invalid("factor_type needs to be totp, phone, or webauthn")


def _check_room(member: Member, name: str, bearer: Bearer) -> None:
    """Whether a user may have one more.

    Raises:
        Refused: there are enough, one has the name, or a second factor must be shown first.
    """
    if any((factor.friendly_name or "") == name for factor in member.factors):
        raise factors.conflict(name)
    if len(member.factors) >= _MOST:
        message = "Maximum number of verified factors reached, unenroll to continue"
        raise Refused(422, "too_many_enrolled_mfa_factors", message)
    if member.has_second_factor and not bearer.has_second_factor:
        raise Refused(403, "insufficient_aal", "AAL2 required to enroll a new factor")


async def _delete(connection: Connection, factor: Factor) -> None:
    await factors.delete(connection, factor.id)
    await sessions.weaken(connection, factor.id)


def _session(bearer: Bearer) -> UUID:
    if bearer.session is None:
        raise Refused(403, "session_not_found", "A valid session and a registered user are required")
    return bearer.session.id


def _picture(uri: str) -> str:
    """An SVG, without the number sign: clients put it behind `data:`, where that would end it."""
    drawn = io.BytesIO()
    segno.make_qr(uri, error="l").save(
        drawn, kind="svg", scale=_SCALE, dark="black", light="white", xmldecl=False, nl=False
    )
    return drawn.getvalue().decode().replace("#000", "black").replace("#fff", "white")


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _uuid(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        raise invalid("challenge_id must be an UUID") from None
