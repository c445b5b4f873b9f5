"""Positions in the write-ahead log, the segments that hold it, and the timelines it branches into."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

SEGMENT_SIZE = 16 * 1024 * 1024  # PostgreSQL's default; a cluster's own is in the header of each segment
_LSN = re.compile(r"^([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})$")


def lsn_of(text: str) -> int:
    """A position such as `0/3000148` as a number.

    Raises:
        ValueError: it is none.
    """
    found = _LSN.match(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no position in the log, such as 0/3000148")
    return int(found[1], 16) << 32 | int(found[2], 16)


def lsn_text(position: int) -> str:
    """As the server writes it."""
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:X}"


def segment_name(timeline: int, number: int, size: int) -> str:
    """The name of the file that holds the bytes from `number * size` on."""
    per_id = (1 << 32) // size
    return f"{timeline:08X}{number // per_id:08X}{number % per_id:08X}"


def segment_number(name: str, size: int) -> int:
    """The reverse: which segment a file of that name holds."""
    return int(name[8:16], 16) * ((1 << 32) // size) + int(name[16:24], 16)


class FileKind(StrEnum):
    """What a file in an archive is, by its name."""

    SEGMENT = "segment"
    PARTIAL = "partial"  # a segment as far as it was written: it is still being received, or its timeline ended
    HISTORY = "history"  # where a timeline branched off
    LABEL = "label"  # the `.backup` file that ends a backup
    STRANGE = "strange"  # nothing that a server would have put there


@dataclass(frozen=True, slots=True)
class WalFile:
    """One file of an archive, as its name and its first page tell.

    Attributes:
        number: of the segment; -1 where it is none.
        problem: why it cannot be used; empty where nothing is known against it.
        system: identifier of the cluster that wrote it; empty where it does not say.
        segment_size: of the cluster that wrote it; 0 where it does not say.
        place: where it lies below the archive's folder.
        written: of a partial one, how many bytes of it are log.
    """

    name: str
    size: int
    kind: FileKind
    timeline: int = 0
    number: int = -1
    problem: str = ""
    system: str = ""
    segment_size: int = 0
    place: str = ""
    written: int = 0


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of a timeline's history: `timeline` was left at the position `end`."""

    timeline: int
    end: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the log that one timeline wrote: from `start` on, up to `end`; None goes on without end."""

    timeline: int
    start: int
    end: int | None


class RecordKind(StrEnum):
    """What a record in the log tells of, as far as a recovery can stop there."""

    COMMIT = "commit"
    ABORT = "abort"
    RESTORE_POINT = "restore point"
    TABLESPACE = "tablespace"  # that was made; nothing stops there
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the log.

    Attributes:
        lsn: where it begins.
        at: of a commit or abort, by the clock of the server that wrote it.
        xid: of the transaction; 0 without one.
        name: of a restore point.
    """

    timeline: int
    lsn: int
    kind: RecordKind
    xid: int = 0
    at: datetime | None = None
    name: str = ""
