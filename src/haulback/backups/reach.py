"""Which moments an archive reaches, and the newest commit that is provably in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from haulback.backups import wal
from haulback.backups.wal import Archive, Run
from haulback.backups.wal_records import Reading, records
from haulback.errors import HaulbackError
from haulback.model.archiving import Archiver, ReceiverSlot, Window
from haulback.model.backup import Backup
from haulback.model.physical import Physical
from haulback.model.wal import Record, RecordKind, lsn_text
from haulback.pg import binaries
from haulback.pg.binaries import Binaries

_MUCH = 1024**3  # bytes that a slot may hold back before somebody is told
_LONGEST_TIMEOUT = 60


def newest_commit(archive: Archive, found: Binaries, timeline: int, run: Run, since: int) -> Record | None:
    """The newest commit of a run that can be read, looked for from its end: an archive of weeks is not read whole.

    Args:
        archive: what lies there.
        found: binaries of the major version that wrote it.
        timeline: whose log it is.
        run: the segments without a hole.
        since: position before which nothing counts.
    """
    back = archive.segment_size
    while True:
        start = max(since, run.end - back)
        last = None
        for one in records(archive, found, timeline, run, start, Reading()):
            last = one if one.kind is RecordKind.COMMIT else last
        if last is not None or start == since:
            return last
        back *= 4


def windows(archive: Archive, backups: Sequence[Backup], timeline: int) -> tuple[Window, ...]:
    """What can be recovered, from each backup up to the next hole; backups that reach the same end are one window."""
    by_end: dict[int, list[tuple[Backup, Run]]] = {}
    for backup in backups:
        try:
            physical = Physical.of(backup)
            if wal.timeline_at(archive.path_to(timeline), physical.stop) == physical.timeline:
                run = wal.run_from(archive, timeline, physical.stop)
                by_end.setdefault(run.end, []).append((backup, run))
        except HaulbackError:
            continue  # of a timeline that this one does not come from
    return tuple(_window(archive, timeline, of_one) for _, of_one in sorted(by_end.items()))


def newest_of(archive: Archive, backups: Sequence[Backup], timeline: int) -> Record | None:
    """The newest commit that can be recovered, from the newest of the backups; None where there is none."""
    for backup in reversed(backups):
        found = binaries.for_major(backup.major)
        try:
            physical = Physical.of(backup)
            if found and wal.timeline_at(archive.path_to(timeline), physical.stop) == physical.timeline:
                run = wal.run_from(archive, timeline, physical.stop)
                return newest_commit(archive, found, timeline, run, physical.stop) if run.names else None
        except HaulbackError:
            continue  # of a timeline that this one does not come from
    return None


def warnings(archiver: Archiver | None, strange: int, *, receive: bool = False) -> tuple[str, ...]:
    """What a person should see to.

    Args:
        archiver: None where the server cannot be asked.
        strange: how many files do not belong into the archive.
        receive: whether the log should be received too.
    """
    about = (f"{strange} files in the archive do not belong there or cannot be used",) if strange else ()
    if archiver is None:
        return (*about, "the server cannot be asked")
    restart = " and ".join(archiver.pending)
    archives, received = archiver.mode != "off", archiver.receiver is not None and archiver.receiver.active
    told = (
        (archiver.wal_level == "minimal", "wal_level is minimal: nothing can be recovered from its log"),
        (not archives and not received, "archive_mode is off: nothing is archived"),
        (bool(restart), f"a restart is needed before {restart} count"),
        (
            archives and not archiver.timeout,
            "archive_timeout is 0: what an idle server committed last is never archived",
        ),
        (
            archives and archiver.timeout > _LONGEST_TIMEOUT,
            f"archive_timeout is {archiver.timeout} s: so much can be lost",
        ),
        (bool(archiver.failing), f"the server cannot archive {archiver.failing}"),
    )
    slots = (
        f"the {'' if active else 'unused '}slot {name} holds back {held / 1e9:.1f} GB of WAL"
        for name, held, active in archiver.slots
        if held > _MUCH
    )
    return (*about, *(text for holds, text in told if holds), *slots, *_of_receiver(archiver.receiver, receive=receive))


def _of_receiver(slot: ReceiverSlot | None, *, receive: bool) -> Iterator[str]:
    if slot is None or not slot.active:
        if receive:
            yield "nobody receives the log: haulback pitr receive"
        elif slot is not None:
            yield f"nobody receives from the slot {slot.name}, which holds back the log: haulback pitr receive --drop"
    if slot is None:
        return
    if slot.status == "lost":
        yield f"the server gave up the slot {slot.name}, which held back more than it may; a receiver begins anew"
    elif slot.bound is None:
        yield f"nothing bounds what the slot {slot.name} holds back: set max_slot_wal_keep_size"
    elif slot.held > slot.bound / 2:
        yield (
            f"the slot {slot.name} holds back {slot.held / 1e9:.1f} GB of WAL,"
            f" and the server gives it up at {slot.bound / 1e9:.1f} GB"
        )


def _window(archive: Archive, timeline: int, of_one: list[tuple[Backup, Run]]) -> Window:
    first, run = of_one[0]
    since = Physical.of(first).stop
    found = binaries.for_major(first.major)
    last = newest_commit(archive, found, timeline, run, since) if found and run.names else None
    begun = archive.file(run.open) if run.open else None
    end = begun.number * archive.segment_size + begun.written if begun else run.end
    waits = not run.beyond and run.reason == wal.MISSING and bool(run.names)
    return Window(
        backups=tuple(backup.id for backup, _ in of_one),
        first=first.ended_at,
        last=last.at if last else None,
        last_lsn=lsn_text(end),
        ended_by=run.stopped_by,
        reason="" if waits else run.reason,
    )
