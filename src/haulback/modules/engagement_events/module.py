"""The module `engagement_events`: files and schedules."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from haulback.modules import module as modules
from haulback.modules.module import Module, Schedule

# The names and times are those of cron.schedule in the migrations; a test holds the two together.
SCHEDULES = (
    Schedule("engagement_events_archive", "17 * * * *", "select public.archive_old_deleted_events()"),
    Schedule("engagement_events_sweep_erased", "41 3 * * *", "select public.sweep_erased_users()"),
)


@cache
def load() -> Module:
    """Returns the module as the package carries it."""
    return modules.load(__package__)


def write(folder: Path) -> tuple[Path, ...]:
    """Writes the module's files below `folder`, a repository's `supabase`; returns the new ones.

    Raises:
        ModuleFileDiffers: a file of that name holds something else; nothing was written.
    """
    return modules.write(load(), folder)


def maintenance_sql(name: Literal["enforce", "relax"]) -> str:
    """Returns the SQL that switches the enforcement of maintenance for API roles on or off."""
    return files(__package__).joinpath(f"maintenance/{name}.sql").read_text(encoding="utf-8")
