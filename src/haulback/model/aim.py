"""Where a recovery is to stop: as a person says it, and as the log has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from haulback.model.wal import lsn_text


class AimKind(StrEnum):
    """By what a person names the moment."""

    TIME = "time"
    LSN = "lsn"
    XID = "xid"
    NAME = "name"
    LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Aim:
    """The moment that is wanted; of the four values the one of its kind counts.

    Attributes:
        at: with time zone; what was committed until then is in.
        lsn: what was written before this position is in.
        xid: what this transaction committed is in.
        name: of a restore point.
    """

    kind: AimKind
    at: datetime | None = None
    lsn: int = 0
    xid: int = 0
    name: str = ""

    def __str__(self) -> str:
        if self.kind is AimKind.TIME and self.at:
            return f"the time {self.at.isoformat()}"
        told = {
            AimKind.LSN: f"the position {lsn_text(self.lsn)}",
            AimKind.XID: f"the transaction {self.xid}",
            AimKind.NAME: f"the restore point {self.name}",
        }
        return told.get(self.kind, "the newest moment")


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the log says that recovery will stop: exactly one of PostgreSQL's recovery targets.

    Attributes:
        setting: such as `recovery_target_time`.
        inclusive: whether the record itself is replayed.
        lsn: of the record that recovery stops at.
        at: time of the last commit that is in, where that is known.
        says: what the server's log must say when it stops there.
    """

    setting: str
    value: str
    inclusive: bool
    timeline: int
    lsn: int
    at: datetime | None
    says: str
