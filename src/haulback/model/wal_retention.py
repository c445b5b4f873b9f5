"""Which segments of an archive may go."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WalRetention:
    """What is done with the archive of one target.

    Attributes:
        archive: its folder; empty where there is none.
        going: names of the segments that go, in the order to remove them: oldest first.
        bytes: of these.
        staying: how many segments stay.
        wal_from: LSN from which everything stays, on the timeline that reaches back farthest; empty while nothing goes.
        reason: why nothing may go; empty where a backup says what may.
    """

    archive: str = ""
    going: tuple[str, ...] = ()
    bytes: int = 0
    staying: int = 0
    wal_from: str = ""
    reason: str = ""
