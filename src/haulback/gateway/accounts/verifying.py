"""`/verify`: codes and links of mails, for a session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import msgspec

from haulback.gateway.accounts import asked as reading
from haulback.gateway.accounts import changing, codes, flows, links, users
from haulback.gateway.accounts.asked import Asked
from haulback.gateway.accounts.attempts import Attempts
from haulback.gateway.accounts.changing import Changing
from haulback.gateway.accounts.codes import PKCE, Kind, Taken
from haulback.gateway.accounts.database import Connection, Database
from haulback.gateway.accounts.links import Links
from haulback.gateway.accounts.opening import Document, Opening
from haulback.gateway.accounts.refused import SHARED, Refused, answered, invalid
from haulback.gateway.answer import Answer

_KINDS: Mapping[str, tuple[Kind, ...]] = {
    "signup": (Kind.CONFIRMATION,),
    "invite": (Kind.CONFIRMATION,),
    "recovery": (Kind.RECOVERY,),
    "magiclink": (Kind.RECOVERY,),
    "email": (Kind.CONFIRMATION, Kind.RECOVERY),
    "email_change": (Kind.NEW_ADDRESS, Kind.OLD_ADDRESS),
}
_OF_PHONES = frozenset({"sms", "phone_change"})
# What a challenge was remembered for, by the kind of link that is followed.
_PROOFS = {"signup": "email/signup", "invite": "invite"}
_WRONG_CODES = frozenset({"otp_expired"})
_WRONG_LINK = "Email link is invalid or has expired"
_WRONG_CODE = "Token has expired or is invalid"


class _Given(msgspec.Struct):
    type: str | None = None
    token: str | None = None
    token_hash: str | None = None
    email: str | None = None
    phone: str | None = None
    redirect_to: str | None = None


@dataclass(frozen=True)
class _Presented:
    """What somebody shows: hashes that its code may have, and what is said where it has none of them."""

    type: str
    kinds: tuple[Kind, ...]
    hashes: tuple[str, ...]
    wrong: str


@dataclass(frozen=True)
class Verifying:
    """What one worker takes codes with."""

    database: Database
    opening: Opening
    changing: Changing
    links: Links
    attempts: Attempts

    async def code(self, asked: Asked) -> Answer:
        """A session for a code that somebody typed, or for the hash of a link."""
        presented = _presented(asked.body(_Given))
        with self.attempts.judged(asked.request.client, _WRONG_CODES):
            async with self.database.transaction() as connection:
                taken = await self._taken(connection, presented)
                told = await self._accepted(connection, taken, asked)
        return answered(200, told or {"code": "200", "msg": changing.ONE_OF_TWO})

    async def link(self, asked: Asked) -> Answer:
        """Leads a browser back to the app, with a session, with a code for one, or with what went wrong."""
        query = asked.query()
        kind, token = query.get("type") or "", query.get("token") or ""
        if not kind:
            raise invalid("Verify requires a verification type")
        if not token:
            raise invalid("Verify requires a token or a token hash")
        there = self.links.destination(asked)
        try:
            with self.attempts.judged(asked.request.client, _WRONG_CODES):
                presented = _Presented(kind, _kinds(kind), (_storable(token),), _WRONG_LINK)
                async with self.database.transaction() as connection:
                    taken = await self._taken(connection, presented)
                    there = await self._led(connection, taken, kind, there, asked)
        except Refused as refused:
            if refused.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise  # the log is to say why
            pkce = token.startswith(PKCE)
            there = links.failed(there, refused.status, refused.code, refused.message, pkce=pkce)
        return Answer(303, (SHARED, ("Location", there), ("Cache-Control", "no-store")))

    async def _taken(self, connection: Connection, presented: _Presented) -> Taken:
        taken = await codes.take(connection, presented.kinds, presented.hashes)
        if taken is None:
            raise Refused(403, "otp_expired", presented.wrong)
        user = (await users.member(connection, taken.user)).user
        if user.is_banned(self.opening.now()):
            raise Refused(403, "user_banned", "User is banned")
        if not taken.fresh:
            raise Refused(403, "otp_expired", presented.wrong)
        return taken

    async def _settled(self, connection: Connection, taken: Taken) -> bool:
        """Does what the code was for; False where another one is wanted as well."""
        if taken.kind in {Kind.NEW_ADDRESS, Kind.OLD_ADDRESS}:
            if not await self.changing.confirmed(connection, taken):
                return False
        else:
            user = (await users.member(connection, taken.user)).user
            if taken.kind is Kind.CONFIRMATION or user.email_confirmed_at is None:
                await users.confirm(connection, taken.user)
            await codes.void(connection, taken.user)
        await users.tell_providers(connection, taken.user)
        return True

    async def _accepted(self, connection: Connection, taken: Taken, asked: Asked) -> Document | None:
        if not await self._settled(connection, taken):
            return None
        return await self.opening.begun(connection, taken.user, "otp", asked)

    async def _led(self, connection: Connection, taken: Taken, kind: str, there: str, asked: Asked) -> str:
        if not await self._settled(connection, taken):
            told = {"message": changing.ONE_OF_TWO}
            return links.with_fragment(links.with_query(there, told) if taken.pkce else there, told | {"sb": ""})
        if taken.pkce:
            return links.with_query(there, {"code": await flows.issue(connection, taken.user, _PROOFS.get(kind, kind))})
        session = await self.opening.begun(connection, taken.user, "otp", asked)
        told = {name: str(value) for name, value in session.items() if name != "user"}
        return links.with_fragment(there, told | {"type": kind, "sb": ""})


def _presented(given: _Given) -> _Presented:
    """What a body shows.

    Raises:
        Refused: nothing, or too much.
    """
    if not given.type:
        raise invalid("Verify requires a verification type")
    if bool(given.token) == bool(given.token_hash):
        raise invalid("Verify requires either a token or a token hash")
    if given.token_hash:
        if given.email or given.phone or given.redirect_to:
            raise invalid("Only the token_hash and type should be provided")
        return _Presented(given.type, _kinds(given.type), (_storable(given.token_hash),), _WRONG_LINK)
    if bool(given.email) == bool(given.phone):
        raise invalid("Only an email address or phone number should be provided on verify")
    if given.phone:
        reading.phone(given.phone)
        raise Refused(403, "otp_expired", _WRONG_CODE)  # no message is ever sent, so no code is right
    if given.type in _OF_PHONES:
        raise Refused(403, "otp_expired", _WRONG_CODE)
    hashed = codes.hashed(reading.email(given.email or ""), given.token or "")
    return _Presented(given.type, _kinds(given.type), (hashed, PKCE + hashed), _WRONG_CODE)


def _kinds(kind: str) -> tuple[Kind, ...]:
    if kind not in _KINDS:
        raise invalid("Invalid email verification type")
    return _KINDS[kind]


def _storable(text: str) -> str:
    return text[:128].replace("\0", "")
