"""The place of the part that follows the database, where there is none."""

from __future__ import annotations

from collections.abc import Sequence

from haulback.gateway.realtime.members import Member, Message


class Unfollowed:
    """Says to those who ask for changes that there are none.

    Args:
        why: for who asked.
    """

    def __init__(self, why: str) -> None:
        self._why = why

    @property
    def following(self) -> bool:
        return False

    def attend(self, *, wanted: bool) -> None:
        """There is nothing to attend to."""

    def join(self, member: Member) -> None:
        member.system("error", self._why)

    def renew(self, member: Member) -> None:
        member.system("error", self._why)

    def leave(self, member: Member) -> None:
        """There is nothing to forget."""

    async def replay(self, topic: str, since: int, limit: int) -> Sequence[Message]:
        """None are kept."""
        del topic, since, limit
        return ()
