"""What a hosted Supabase project tells of its own backups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class HostedBackup:
    """One backup that the platform took; `physical` ones can be started from, others hold statements."""

    at: datetime
    status: str
    physical: bool


@dataclass(frozen=True, slots=True)
class HostedBackups:
    """The backups of a project.

    Attributes:
        ref: of the project.
        point_in_time: whether it can be recovered to any moment of the window.
        earliest, latest: that window; None without one.
        backups: oldest first.
    """

    ref: str
    region: str
    point_in_time: bool
    earliest: datetime | None
    latest: datetime | None
    backups: tuple[HostedBackup, ...]

    @property
    def newest(self) -> datetime | None:
        """The newest moment that the platform can go back to."""
        done = [one.at for one in self.backups if one.status == "COMPLETED"]
        return max([*done, *([self.latest] if self.latest else [])], default=None)
