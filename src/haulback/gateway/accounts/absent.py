"""What there can be none of here, told as Supabase Auth tells it: codes that nobody was sent, and SAML."""

from __future__ import annotations

import msgspec

from haulback.gateway.accounts import asked as reading
from haulback.gateway.accounts.asked import Asked
from haulback.gateway.accounts.refused import Refused
from haulback.gateway.answer import Answer


class _Code(msgspec.Struct):
    phone: str | None = None


async def verify(asked: Asked) -> Answer:
    """No code is ever sent, so none is right.

    Raises:
        Refused: always.
    """
    given = asked.body(_Code)
    if given.phone:
        reading.phone(given.phone)
    raise Refused(403, "otp_expired", "Token has expired or is invalid")


async def sso(_asked: Asked) -> Answer:
    """There is no other service to sign in with.

    Raises:
        Refused: always.
    """
    raise Refused(404, "saml_provider_disabled", "SAML 2.0 is disabled")
