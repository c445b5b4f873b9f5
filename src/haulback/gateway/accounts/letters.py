"""Mails that nobody is sent.

Their codes and links go to the log of the server, which on a development target is the terminal of who waits for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

from haulback.gateway.accounts import codes
from haulback.gateway.accounts.asked import Asked
from haulback.gateway.accounts.codes import Code, Kind
from haulback.gateway.accounts.database import Connection
from haulback.gateway.accounts.flows import Challenge
from haulback.gateway.accounts.links import Links
from haulback.gateway.accounts.model import User
from haulback.gateway.accounts.refused import Refused

PAUSE = 1.0  # seconds between two mails of one kind to one user, as Supabase's command line has it


@dataclass(frozen=True)
class Letter:
    """A mail.

    Attributes:
        purpose: what its link does, as `type` of `/verify`; "" where it has none.
    """

    code: Code
    purpose: str


@dataclass(frozen=True)
class Letters:
    """Writes mails.

    Attributes:
        tell: takes lines for whoever waits for mails.
        clock: seconds since 1970.
        pause: seconds between two of one kind.
    """

    links: Links
    tell: Callable[[str], None]
    clock: Callable[[], float]
    pause: float = PAUSE

    async def prepared(
        self,
        connection: Connection,
        user: User,
        purpose: str,
        kind: Kind,
        address: str,
        challenge: Challenge | None = None,
    ) -> Letter:
        """A mail whose code is kept; it is to be told once that has been committed.

        Raises:
            Refused: the last one was only just sent.
        """
        self._refuse_haste(_sent_at(user, kind))
        code = codes.new(kind, address, pkce=challenge is not None)
        await codes.keep(connection, user.id, code)
        return Letter(code, purpose)

    def send(self, letter: Letter, asked: Asked) -> None:
        """Tells the log."""
        code = letter.code
        link = ""
        if letter.purpose:
            link = ", " + self.links.action(asked, code.hash, letter.purpose, self.links.destination(asked))
        self.tell(f"mail to {code.address} ({letter.purpose or 'reauthentication'}): {code.digits}{link}")

    def _refuse_haste(self, last: datetime | None) -> None:
        if last is None:
            return
        left = self.pause - (datetime.fromtimestamp(self.clock(), UTC) - last).total_seconds()
        if left > 0:
            message = f"For security purposes, you can only request this after {ceil(left)} seconds."
            raise Refused(429, "over_email_send_rate_limit", message)


def _sent_at(user: User, kind: Kind) -> datetime | None:
    match kind:
        case Kind.CONFIRMATION:
            return user.confirmation_sent_at
        case Kind.RECOVERY:
            return user.recovery_sent_at
        case Kind.REAUTHENTICATION:
            return user.reauthentication_sent_at
        case Kind.NEW_ADDRESS | Kind.OLD_ADDRESS:
            return user.email_change_sent_at
