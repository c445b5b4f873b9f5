"""Every file system that the server writes to has room: for its data, its WAL, the archive and the backups."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from haulback.checks._check import Check, Finding, held, listed, unknown
from haulback.checks._context import CheckContext
from haulback.checks._host import server_process, working_folder
from haulback.checks._metrics import MetricsUnavailable, fetch
from haulback.pg.queries import script

_HINT = "Make room, or grow the volume; a server whose WAL volume fills up stops."


@dataclass(frozen=True, slots=True)
class FileSystem:
    """One file system, named by the first folder that led to it; `free` is a share between 0 and 1."""

    place: str
    free: float


def _measure(context: CheckContext) -> Finding:
    process = server_process(context)
    if process is None and not context.target.embedded:
        # Folders of ours, such as that of snapshots, say nothing of the server's.
        told, untold = _hosted(context)
        ours, unreadable = file_systems(context.data_directories)
        return judged((*told, *ours), (*untold, *unreadable), context.thresholds.free_share)
    homes = [*context.data_directories, *_home(process)]
    known, unreadable = file_systems([*homes, *_wal(homes), *_tablespaces(context, process)])
    unseen = () if homes else ("the data directory (its owner's process tells its folder to nobody else)",)
    return judged(known, (*unseen, *unreadable), context.thresholds.free_share)


def judged(known: tuple[FileSystem, ...], unreadable: tuple[str, ...], limit: float) -> Finding:
    """Holds every file system against the limit; one that is full decides, one that is unseen leaves it open."""
    threshold = f"more than {limit:.0%} free on each"
    full = [one for one in known if not one.free > limit]
    figure = listed([f"{one.place}: {one.free:.0%} free" for one in full or known])
    if not full and (unreadable or not known):
        why = listed(list(unreadable)) or "none was named"
        return unknown(f"not seen: {why}", threshold, "Look at the server's volumes yourself before deploying.")
    return held(within=not full, figure=figure, threshold=threshold, hint=_HINT)


def file_systems(folders: Iterable[Path]) -> tuple[tuple[FileSystem, ...], tuple[str, ...]]:
    """The distinct file systems (by device) behind the folders, and the folders that could not be read.

    The share is what an ordinary process may still write of what it ever could, as df counts it.
    """
    known: dict[int, FileSystem] = {}
    unreadable = []
    for folder in folders:
        try:
            device, space = folder.stat().st_dev, os.statvfs(folder)
        except OSError as error:
            unreadable.append(f"{folder} ({error.strerror})")
            continue
        usable = space.f_blocks - space.f_bfree + space.f_bavail
        known.setdefault(device, FileSystem(str(folder), space.f_bavail / usable if usable else 0.0))
    return tuple(known.values()), tuple(unreadable)


def _hosted(context: CheckContext) -> tuple[tuple[FileSystem, ...], tuple[str, ...]]:
    try:
        free = fetch(context.target).free
    except MetricsUnavailable as reason:
        return (), (f"the server's own: it is on another machine, and {reason}",)
    return tuple(FileSystem(place, share) for place, share in free.items()), ()


def _home(process: psutil.Process | None) -> list[Path]:
    folder = working_folder(process) if process else None
    return [folder] if folder else []


def _wal(homes: list[Path]) -> list[Path]:
    """The WAL folders, which may be links to another volume; one that we may not look at is kept, to be reported."""
    return [home / "pg_wal" for home in homes if not _surely_absent(home / "pg_wal")]


def _tablespaces(context: CheckContext, process: psutil.Process | None) -> list[Path]:
    """Folders outside the data directory; a server elsewhere has them elsewhere."""
    if process is None:
        return []
    return [Path(row[0]) for row in context.connection.execute(script("haulback.checks", "disk.sql"))]


def _surely_absent(folder: Path) -> bool:
    try:
        return not folder.exists()
    except OSError:
        return False


CHECK = Check("disk", "Every file system has room", _measure)
