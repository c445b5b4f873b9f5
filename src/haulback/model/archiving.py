"""What an archive of WAL allows, and how a server that fills it fares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Window:
    """Moments that can be recovered without a hole between them.

    Attributes:
        backups: ids of those that it can begin with, oldest first.
        first: the earliest moment.
        last: time of the newest commit that can be read; None where nothing was committed since the backup.
        last_lsn: where the log that can be read ends.
        ended_by: the segment that is missing or unusable; of the newest window the next that is to come.
        reason: what is wrong with it; empty for the newest window that only waits for more.
    """

    backups: tuple[str, ...]
    first: datetime
    last: datetime | None
    last_lsn: str
    ended_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReceiverSlot:
    """The replication slot that the log of a target is received through.

    Attributes:
        active: whether somebody streams from it.
        held: bytes of the log that the server keeps for it.
        status: as the server has it: `reserved`, `extended`, `unreserved`, `lost`.
        bound: bytes that it may hold back; None without a bound.
    """

    name: str
    active: bool
    held: int
    status: str
    bound: int | None


@dataclass(frozen=True, slots=True)
class DataLoss:
    """What would be lost if the server were gone now, by the archive alone.

    Attributes:
        seconds: at most so many seconds of writes; 0 where everything is in, None where nobody can tell.
        newest: time of the newest commit in the archive.
        by: which way it came, `receiver` or `archive command`; empty where there is none.
        archived_seconds: the same without what was received.
        heartbeat: when the heartbeat was written last; None where the server cannot be asked or none was.
        heartbeat_seconds: its age, where that very one is in the archive.
    """

    seconds: float | None = None
    newest: datetime | None = None
    by: str = ""
    archived_seconds: float | None = None
    heartbeat: datetime | None = None
    heartbeat_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Archiver:
    """How the server fares that fills the archive.

    Attributes:
        wal_level: as it is in force; so are the next three.
        timeout: seconds after which a segment is ended though it is not full; 0 never.
        pending: settings that wait for a restart.
        failing: segment that could not be archived since the last that could; empty where all is well.
        slots: replication slots with the bytes of WAL that each holds back, and whether somebody uses it.
        superuser: whether our role is one.
        summarizes: whether incremental backups can be taken.
        receiver: the slot of `haulback pitr receive`; None where there is none.
    """

    wal_level: str
    mode: str
    command: str
    timeout: int
    pending: tuple[str, ...] = ()
    failing: str = ""
    slots: tuple[tuple[str, int, bool], ...] = ()
    superuser: bool = False
    major: int = 0
    summarizes: bool = False
    receiver: ReceiverSlot | None = None


@dataclass(frozen=True, slots=True)
class Archiving:
    """The archive of one target.

    Attributes:
        windows: oldest first.
        strange: files that do not belong there, with what is wrong with each.
        archiver: None where the server cannot be asked.
        warnings: what a person should see to.
        loss: what would be lost now.
    """

    target: str
    folder: str
    system: str
    timeline: int
    segments: int
    windows: tuple[Window, ...] = ()
    strange: tuple[tuple[str, str], ...] = ()
    archiver: Archiver | None = None
    warnings: tuple[str, ...] = ()
    loss: DataLoss = DataLoss()

    @property
    def reaches_now(self) -> bool:
        return bool(self.windows) and not self.windows[-1].reason
