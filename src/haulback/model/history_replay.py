"""What a replay of a whole migrations folder told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Reversal(Enum):
    """How far going back from one file led."""

    UNCHANGED = "changes no schema"
    EXACT = "reversed exactly"
    COLUMN_ORDER = "reversed but for the order of columns"
    IRREVERSIBLE = "not reversed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ReplayedFile:
    """One file of the folder.

    Attributes:
        label: version and name.
        reason: why it failed or was not reversed, or why its rollback script was passed over; empty otherwise.
        seconds: forward, back and forward again, without the time of pg_dump.
    """

    version: str
    label: str
    reversal: Reversal
    reason: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class HistoryReplay:
    """A whole folder, file by file.

    Attributes:
        files: those that were tried, in order.
        seconds: of all of them, without the start of the server and the time of pg_dump.
        judge: what exactness was judged by, `pg_dump` or `fingerprint`.
        major: of the shadow's server.
        platform: whether the shadow had the Supabase platform.
    """

    files: tuple[ReplayedFile, ...]
    seconds: float
    judge: str
    major: int
    platform: bool

    def of(self, *kinds: Reversal) -> tuple[ReplayedFile, ...]:
        """The files that ended in one of these ways."""
        return tuple(one for one in self.files if one.reversal in kinds)

    @property
    def applied(self) -> int:
        return len(self.files) - len(self.of(Reversal.FAILED))

    @property
    def changed(self) -> int:
        """Number of applied files that change the schema."""
        return self.applied - len(self.of(Reversal.UNCHANGED))

    @property
    def ok(self) -> bool:
        """Whether every file runs and every change was taken back, the order of columns apart."""
        return not self.of(Reversal.FAILED, Reversal.IRREVERSIBLE)
