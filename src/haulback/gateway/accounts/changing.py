"""How one address of a user becomes another: with the word of whoever has them."""

from __future__ import annotations

from dataclasses import dataclass

from haulback.gateway.accounts import codes, flows, users
from haulback.gateway.accounts.codes import Kind, Taken
from haulback.gateway.accounts.database import Connection
from haulback.gateway.accounts.flows import Challenge
from haulback.gateway.accounts.letters import Letter, Letters
from haulback.gateway.accounts.model import User

PURPOSE = "email_change"
ONE_OF_TWO = "Confirmation link accepted. Please proceed to confirm link sent to the other email"


@dataclass(frozen=True)
class Changing:
    """What one worker changes addresses with.

    Attributes:
        confirm: whether both addresses must be confirmed; else one of them is enough.
    """

    letters: Letters
    confirm: bool

    async def letters_for(
        self, connection: Connection, user: User, email: str, challenge: Challenge | None
    ) -> list[Letter]:
        """The mails to the new address and to the old one.

        Raises:
            Refused: somebody else has the address, or mails were only just sent.
        """
        await users.refuse_taken(connection, email, user.id)
        if challenge is not None:
            await flows.begin(connection, user.id, PURPOSE, challenge)
        await codes.change_email(connection, user.id, email)
        told = [(Kind.NEW_ADDRESS, email)] + ([(Kind.OLD_ADDRESS, user.email)] if user.email else [])
        return [
            await self.letters.prepared(connection, user, PURPOSE, kind, address, challenge=challenge)
            for kind, address in told
        ]

    async def confirmed(self, connection: Connection, taken: Taken) -> bool:
        """Whether the address has changed; else the other one is to be confirmed still."""
        if self.confirm and await codes.confirm_one(connection, taken.user, taken.kind):
            return False
        await users.confirm_change(connection, (await users.member(connection, taken.user)).user)
        await codes.void(connection, taken.user)
        return True
