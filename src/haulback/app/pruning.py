"""Use case: remove the backups and the WAL that retention lets go, and hold single backups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from haulback.app.backing_up import configured, shelf
from haulback.app.recoveries import alone, archive_of, restores_of
from haulback.backups import retention, wal, wal_retention
from haulback.backups.cluster_errors import NoArchive, SegmentStays
from haulback.backups.pitr_plan import beginning_with
from haulback.clock import Clock
from haulback.errors import HaulbackError
from haulback.model.backup import KeptBackup
from haulback.model.retention import Retention
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.model.wal_retention import WalRetention
from haulback.pg.cluster_folder import sync_folder

_MANY = 100  # segments between two words of progress


@dataclass(frozen=True, slots=True)
class Decided:
    """What may go of a target: backups, and the WAL that none of the others needs."""

    backups: Retention
    wal: WalRetention


def decided(settings: Settings, target: Target, clock: Clock) -> Decided:
    """What may go; removes nothing."""
    wanted = configured(settings)
    now, found = clock.now(), shelf(settings, target).all()
    of_backups = retention.decide(found, settings.backups, now, wanted)
    gone = {one.backup for one in of_backups.going}
    staying = [one for one in found if one.id not in gone]
    start = now - timedelta(seconds=settings.backups.window)
    own = [one.backup.system for one in beginning_with(staying) if one.backup]
    try:
        folder = archive_of(settings, target)
        archive = wal.read(folder, own[-1] if own else "")
    except NoArchive:
        return Decided(of_backups, WalRetention())
    except HaulbackError as failure:  # an archive that is away keeps no backup from going
        return Decided(of_backups, WalRetention(str(folder), reason=failure.message))
    return Decided(of_backups, wal_retention.decide(archive, staying, of_backups.wal_from, start, now))


def prune(settings: Settings, target: Target, found: Decided, removed: Callable[[str], None]) -> None:
    """Removes what may go, and what an earlier removal left half done. Killed half-way it goes on again.

    Args:
        settings: of the project.
        target: whose backups they are.
        found: as `decided` has it.
        removed: told after each backup, and now and then of the WAL.

    Raises:
        RecoveryRuns: a recovery reads the archive; the backups are gone, and the WAL goes the next time.
        SegmentStays: a segment cannot be removed.
    """
    on = shelf(settings, target)
    on.clear_remains()
    for fate in found.backups.going:
        on.remove(fate.backup)
        removed(fate.backup)
    if found.wal.going:
        with alone(restores_of(settings, target), target):
            _remove_segments(Path(found.wal.archive), found.wal.going, removed)


def _remove_segments(archive: Path, names: tuple[str, ...], removed: Callable[[str], None]) -> None:
    """Oldest first: killed in between, what is left still follows on without a hole to where it ends.

    The folder is synced now and then, so that a machine that dies forgets the removals of the newest ones, and not of
    those before them.
    """
    try:
        for number, name in enumerate(names, start=1):
            for path in wal.copies(archive, name):
                path.unlink(missing_ok=True)
            if number % _MANY == 0 or number == len(names):
                sync_folder(archive)
                removed(f"{number:,} of {len(names):,} segments of WAL, up to {name}")
    except OSError as error:
        raise SegmentStays(archive=archive, reason=error.strerror or str(error)) from error


def hold(settings: Settings, target: Target, id_: str, *, held: bool) -> KeptBackup:
    """Forbids, or allows again, that a backup is removed; returns it as it then is.

    Raises:
        NoSuchBackup: there is none of that id.
    """
    on = shelf(settings, target)
    found = on.one(id_)
    on.hold(found.id, held=held)
    return on.one(found.id)
