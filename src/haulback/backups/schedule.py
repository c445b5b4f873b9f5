"""Decides what is due of backing up, proving, pruning and practising. Pure: shelf, memory and time are passed in.

The store says what there is, whoever made it; what is remembered here says by this machine's clock when something was
last tried. A time that is still to come is not believed, and each try is remembered before it begins: so a clock that
jumps, or a server whose clock is another, makes nothing run again and again.

Backups of tables and of the cluster do not stand for one another: each is due by itself, and proved by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from haulback.model.backup import BackupKind, KeptBackup, Verdict

RETRY = timedelta(minutes=15)  # after a try that failed
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often; seconds, and 0 for never.

    Attributes:
        tables: between two backups of tables.
        full: between two whole ones of the cluster.
        incremental: between two of the cluster, whole or not.
        prove: of so many backups one is proved, of tables and of the cluster each.
        drill: between two drills.
    """

    tables: float
    full: float = 0.0
    incremental: float = 0.0
    prove: int = 1
    drill: float = 0.0


@dataclass(frozen=True, slots=True)
class Remembered:
    """When things were last tried and done, by this machine's clock; None where nobody remembers.

    Attributes:
        refused: when a backup of the cluster was found to be impossible as things are set up.
    """

    tried: datetime | None = None
    taken: datetime | None = None
    cluster_tried: datetime | None = None
    full_taken: datetime | None = None
    cluster_taken: datetime | None = None
    refused: datetime | None = None
    proof_tried: datetime | None = None
    pruned: datetime | None = None
    drilled: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What is due now.

    Attributes:
        backup: whether one of tables is to be taken.
        cluster: of which kind one of the cluster is to be taken; None where none is.
        prove: ids of those to be proved.
        prune: whether old ones may go.
        drill: whether one is to be played.
    """

    backup: bool = False
    cluster: BackupKind | None = None
    prove: tuple[str, ...] = ()
    prune: bool = False
    drill: bool = False

    @property
    def anything(self) -> bool:
        return self.backup or self.cluster is not None or bool(self.prove) or self.prune or self.drill


def due(found: Sequence[KeptBackup], remembered: Remembered, now: datetime, cadence: Cadence, key: str = "") -> Due:
    """What is due; however many times were missed, once.

    Args:
        found: the shelf, oldest first.
        remembered: by this machine.
        now: by this machine's clock.
        cadence: how often.
        key: name of the key that is configured; a cluster that another one was encrypted with is nothing to build on.
    """
    tables = [one for one in found if one.backup and one.backup.kind is BackupKind.TABLE]
    clusters = [one for one in found if one.backup and one.backup.kind is not BackupKind.TABLE]
    gap = timedelta(seconds=cadence.tables)
    backup = all(_is_over(one, now, gap) for one in (*_moments(tables), remembered.taken))
    prove = [to_prove(family, cadence.prove) for family in (tables, clusters)]
    return Due(
        backup and _is_over(remembered.tried, now, min(gap, RETRY)),
        _cluster([one for one in clusters if _opens(one, key)], remembered, now, cadence),
        tuple(filter(None, prove)) if _is_over(remembered.proof_tried, now, min(gap, RETRY)) else (),
        _is_over(remembered.pruned, now, _DAY),
        cadence.drill > 0 and _is_over(remembered.drilled, now, timedelta(seconds=cadence.drill)),
    )


def to_prove(whole: Sequence[KeptBackup], prove_every: int) -> str:
    """The newest, where it is the n-th since one of which restoring said something; else nothing."""
    since = 0
    for one in reversed(whole):
        if one.verdict in {Verdict.PROVED, Verdict.BAD}:
            break
        since += 1
    return whole[-1].id if since >= prove_every else ""


def _cluster(
    clusters: Sequence[KeptBackup], remembered: Remembered, now: datetime, cadence: Cadence
) -> BackupKind | None:
    """A whole one where its time has come, or where no sound one is here to build on; else one of what changed.

    One that was proved bad does not count, and another is taken the next day at the latest.
    """
    full, step = timedelta(seconds=cadence.full), timedelta(seconds=cadence.incremental)
    if not full or not _is_over(remembered.refused, now, _DAY):
        return None
    if not _is_over(remembered.cluster_tried, now, min(full, RETRY)):
        return None
    sound = [one for one in clusters if one.verdict is not Verdict.BAD]
    whole = [one for one in sound if one.backup and one.backup.kind is BackupKind.PHYSICAL]
    if all(_is_over(one, now, full) for one in _moments(whole)) and _is_over(
        remembered.full_taken, now, min(full, _DAY)
    ):
        return BackupKind.PHYSICAL
    if step and whole and all(_is_over(one, now, step) for one in (*_moments(sound), remembered.cluster_taken)):
        return BackupKind.INCREMENTAL
    return None


def _opens(one: KeptBackup, key: str) -> bool:
    return one.backup is None or one.backup.key in {"", key}


def _moments(found: Sequence[KeptBackup]) -> list[datetime]:
    return [one.backup.began_at for one in found if one.backup]


def _is_over(last: datetime | None, now: datetime, gap: timedelta) -> bool:
    return last is None or last > now or now - last >= gap
