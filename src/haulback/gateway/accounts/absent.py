"""What there can be none of here, told as Supabase Auth tells it: other services, and what stands with them."""

from __future__ import annotations

from haulback.gateway.accounts.asked import Asked
from haulback.gateway.accounts.bearing import Bearing
from haulback.gateway.accounts.database import Database
from haulback.gateway.accounts.refused import Refused, invalid
from haulback.gateway.answer import Answer


async def sso(_asked: Asked) -> Answer:
    """There is no other service to sign in with.

    Raises:
        Refused: always.
    """
    raise Refused(404, "saml_provider_disabled", "SAML 2.0 is disabled")


async def authorize(_asked: Asked) -> Answer:
    """Nor is there one to be led to.

    Raises:
        Refused: always.
    """
    raise invalid("Unsupported provider: provider is not enabled")


class Linking:
    """Identities are neither joined to a user nor parted, as Supabase Auth has it unless a project says otherwise."""

    def __init__(self, database: Database, bearing: Bearing) -> None:
        self._database = database
        self._bearing = bearing

    async def refuse(self, asked: Asked) -> Answer:
        """Refuses who is signed in.

        Raises:
            Refused: always.
        """
        async with self._database.transaction() as connection:
            await self._bearing.bearer(connection, asked.request)
        raise Refused(404, "manual_linking_disabled", "Manual linking is disabled")
