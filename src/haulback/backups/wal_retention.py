"""Decides which segments of an archive may go. Pure: the archive, the backups and the time are passed in.

A segment is needed where a recovery to a moment of the window reads it: from the end of a backup that it may begin
with, along a timeline that leads past it. What a backup may begin is said by `retention`, and asked once for each
timeline: after a recovery that was put in place, the log of the new timeline begins at an earlier position than the
newest backup of the old one, and only backups from before the branch lead into it.

Everything else stays too: what is no segment of this cluster, what cannot be read, what belongs to a timeline of which
nobody knows where it came from, and the few segments that any backup which stays was taken in, so that it can be
recovered to its own end however old it is. One that is refused keeps its log too, for other settings may believe it;
while no other is here, nothing goes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from haulback.backups import wal
from haulback.backups.cluster_errors import NoTimeline
from haulback.backups.pitr_plan import lies_in_store
from haulback.backups.retention import beginnings
from haulback.backups.wal import Archive
from haulback.model.backup import KeptBackup, Verdict
from haulback.model.physical import Physical
from haulback.model.wal import Stretch, WalFile, lsn_of, lsn_text
from haulback.model.wal_retention import WalRetention

_NOTHING_PROMISED = "no backup of the cluster says from where on the log is needed"


@dataclass(frozen=True)
class _Needs:
    """From which segment on the log must stay, by the timeline that leads there."""

    paths: Mapping[int, tuple[Stretch, ...]]
    firsts: Mapping[int, int]

    def floor(self, timeline: int) -> int:
        """The first segment that a timeline's files are needed from; of one that nothing leads along, the lowest."""
        along = [
            first
            for leading, first in self.firsts.items()
            if any(one.timeline == timeline for one in self.paths[leading])
        ]
        return min(along or self.firsts.values())


def decide(
    archive: Archive, staying: Sequence[KeptBackup], wal_from: str, start: datetime, now: datetime
) -> WalRetention:
    """What may go.

    Args:
        archive: as it was read for the cluster whose backups these are.
        staying: the backups of the target that do not go.
        wal_from: as `retention` says it; empty while nothing may go.
        start: where the recovery window begins.
        now: by this machine's clock.
    """
    own = [one for one in staying if _needs_log(one) and _system(one) == archive.system]
    needs = _needs(archive, own, start, now)
    folder = str(archive.folder)
    is_promised = any(one.backup for one in own) and needs.firsts
    if not wal_from or not is_promised or not archive.system:
        return WalRetention(folder, staying=len(archive.segments), reason=_NOTHING_PROMISED)
    size = archive.segment_size
    lowest = lsn_of(wal_from) // size
    taken_in = _taken_in(own, size)
    going = [
        file
        for (timeline, number), file in archive.segments.items()
        if _is_ours(file, archive)
        and timeline in needs.paths
        and number < min(lowest, needs.floor(timeline))
        and (timeline, number) not in taken_in
    ]
    going.sort(key=lambda one: (one.number, one.timeline))
    return WalRetention(
        folder,
        tuple(one.name for one in going),
        sum(one.size for one in going),
        len(archive.segments) - len(going),
        lsn_text(min(lowest, *needs.firsts.values()) * size),
    )


def _needs(archive: Archive, own: Sequence[KeptBackup], start: datetime, now: datetime) -> _Needs:
    paths: dict[int, tuple[Stretch, ...]] = {}
    for timeline in (
        {one for one, _ in archive.segments} | set(archive.histories) | {_physical(one).timeline for one in own}
    ):
        try:
            paths[timeline] = archive.path_to(timeline)
        except NoTimeline:
            continue
    firsts = {}
    for timeline, path in paths.items():
        before = [one for one in own if wal.timeline_at(path, _physical(one).stop) == _physical(one).timeline]
        needed = beginnings(before, start, now)
        if needed:
            firsts[timeline] = min(_physical(one).stop for one in before if one.id in needed) // archive.segment_size
    return _Needs(paths, firsts)


def _taken_in(own: Sequence[KeptBackup], size: int) -> Collection[tuple[int, int]]:
    found = set()
    for one in map(_physical, own):
        found |= {(one.timeline, number) for number in range(one.start // size, one.stop // size + 1)}
    return found


def _is_ours(file: WalFile, archive: Archive) -> bool:
    return not file.problem and file.system == archive.system


def _needs_log(one: KeptBackup) -> bool:
    return one.said is not None and one.verdict is not Verdict.BAD and lies_in_store(one.said)


def _physical(one: KeptBackup) -> Physical:
    assert one.said is not None  # noqa: S101 - only those are asked
    return Physical.of(one.said)


def _system(one: KeptBackup) -> str:
    return one.said.system if one.said else ""
