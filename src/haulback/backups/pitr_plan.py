"""Decides how a moment is recovered, and refuses what the archive cannot reach, before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from haulback.backups import aiming, chain, wal
from haulback.backups.chain import Chain
from haulback.backups.cipher import Key
from haulback.backups.cluster_errors import (
    LogBroken,
    LogDamaged,
    NoPhysicalBackup,
    NotInTheLog,
    OtherSystem,
    SeveralTimelines,
    TablespaceSince,
    TooEarly,
    TooLate,
)
from haulback.backups.errors import BackupDamaged, NotSealed, OtherTarget, WrongKey
from haulback.backups.shelf import Shelf
from haulback.backups.wal import Archive, Run
from haulback.backups.wal_records import Reading, record_from, records
from haulback.errors import HaulbackError
from haulback.model.aim import Aim, AimKind, Stop
from haulback.model.backup import Backup, BackupKind, KeptBackup, Verdict
from haulback.model.physical import Physical
from haulback.model.wal import Record, lsn_text

WHOLE = frozenset({BackupKind.PHYSICAL, BackupKind.INCREMENTAL})
_BY_RECORD = frozenset({AimKind.XID, AimKind.NAME})
_NOT_BELIEVED = (NotSealed, OtherTarget, WrongKey)
_OWN = frozenset({"physical", "incremental"})  # engines whose backups lie in the store


@dataclass(frozen=True)
class PitrPlan:
    """How a moment is recovered.

    Attributes:
        timeline: on which the moment lies; its history is followed and no other.
        segments: that the server will ask the archive for, in order.
        proved: whether the backup was restored before.
    """

    aim: Aim
    stop: Stop
    chain: Chain
    archive: Archive
    timeline: int
    segments: tuple[str, ...]
    proved: bool

    @property
    def backup(self) -> Backup:
        return self.chain.backup

    @property
    def log_bytes(self) -> int:
        """Of the log that is replayed."""
        return len(self.segments) * self.archive.segment_size


@dataclass(frozen=True)
class Situation:
    """What there is to recover from.

    Attributes:
        system: identifier of the target's cluster; empty where it cannot be asked any more.
        timeline: to look on; 0 where the server cannot say which it wrote, and nobody named one.
        key: of its backups; None where there is none.
    """

    target: str
    shelf: Shelf
    archive: Archive
    system: str
    timeline: int = 0
    key: Key | None = None


def whole_backups(shelf: Shelf) -> tuple[KeptBackup, ...]:
    """Backups of the cluster that a recovery can begin with, oldest first."""
    return beginning_with(shelf.all())


def beginning_with(found: Sequence[KeptBackup]) -> tuple[KeptBackup, ...]:
    """Those of the whole cluster that lie in the store, and are not proved bad. Pure."""
    return tuple(
        one
        for one in found
        if one.backup and one.verdict is not Verdict.BAD and lies_in_store(one.backup)
    )  # fmt: skip


def lies_in_store(backup: Backup) -> bool:
    """Whether it is of the whole cluster, and in the store itself. Pure."""
    return backup.kind in WHOLE and backup.detail.get("engine") in _OWN


def plan(situation: Situation, aim: Aim, chosen: str = "") -> PitrPlan:
    """Finds the newest backup from which the moment can be reached.

    Args:
        situation: what there is.
        aim: the moment.
        chosen: id of the backup to begin with; empty for the newest that will do.

    Raises:
        NoPhysicalBackup, OtherSystem: there is nothing to begin with.
        NotSealed, OtherTarget: there is nothing that is believed.
        KeyMissing, WrongKey: it is encrypted, and cannot be opened.
        TooEarly, TooLate, NotInTheLog, AmbiguousName: the moment is not in reach.
        LogBroken, LogDamaged: the log has a hole before it.
        TablespaceSince: one was made on the way.
        NoTimeline: nothing says where the timeline came from.
    """
    candidates = [one for one in _candidates(situation, chosen) if one.backup]
    refusals: list[HaulbackError] = []
    for kept in reversed(candidates):
        backup = kept.backup
        assert backup is not None  # noqa: S101 - chosen above
        try:
            return _from_one(situation, aim, backup, proved=kept.is_proved)
        except (TooEarly, NotInTheLog, BackupDamaged, *_NOT_BELIEVED) as refusal:  # an older backup may do
            refusals.append(refusal)
        except (LogBroken, LogDamaged) as refusal:
            if aim.kind not in _BY_RECORD:
                raise
            refusals.append(refusal)  # it can lie before this backup
    raise refusals[0] if aim.kind in _BY_RECORD else refusals[-1]


def _candidates(situation: Situation, chosen: str) -> list[KeptBackup]:
    every = (situation.shelf.one(chosen),) if chosen else situation.shelf.all()
    found = every if chosen else beginning_with(every)
    whole = [one for one in found if one.backup and one.backup.kind in WHOLE]
    own = [one for one in whole if one.backup and situation.system in {"", one.backup.system}]
    if whole and not own and whole[-1].backup:
        raise OtherSystem(backup=whole[-1].id, found=whole[-1].backup.system, target=situation.target,
                          wanted=situation.system)  # fmt: skip
    if not own:
        for one in reversed(every):
            if one.refused and one.refused.kind in WHOLE:
                situation.shelf.require_believed(one)
        raise NoPhysicalBackup(target=situation.target)
    return own


def _from_one(situation: Situation, aim: Aim, backup: Backup, *, proved: bool) -> PitrPlan:
    physical = Physical.of(backup)
    timeline = situation.timeline or _only_timeline(situation, physical)
    _require_after(aim, backup, physical)
    path = situation.archive.path_to(timeline)
    if wal.timeline_at(path, physical.stop) != physical.timeline:
        raise TooEarly(aim=aim, reason=f"timeline {timeline} branched off before {backup.id} was taken")
    # The backup brings the log up to its own end along; what follows must be in the archive.
    run = wal.run_from(situation.archive, timeline, physical.stop)
    found = chain.of(situation.shelf, backup, situation.key)
    reading = Reading()
    stop = _stop(situation, aim, found, timeline, run, reading)
    # Its place is in the log, and the server that recovers would take it for its own.
    if made := [one for one in reading.spaces if one < stop.lsn]:
        raise TablespaceSince(at=lsn_text(made[0]), backup=backup.id)
    last = stop.lsn // situation.archive.segment_size
    first = physical.stop // situation.archive.segment_size
    return PitrPlan(
        aim, stop, found, situation.archive, timeline, run.names[: max(0, last - first + 1)], proved
    )  # fmt: skip


def _only_timeline(situation: Situation, physical: Physical) -> int:
    """The timeline of a backup, where nothing says that the server went on on another one after it.

    Raises:
        SeveralTimelines: it did, or a clone did, and only a person can know.
    """
    after = [
        timeline
        for timeline, branches in situation.archive.histories.items()
        if any(one.timeline == physical.timeline and one.end >= physical.stop for one in branches)
    ]
    if after:
        raise SeveralTimelines(names=", ".join(map(str, sorted([physical.timeline, *after]))))
    return physical.timeline


def _require_after(aim: Aim, backup: Backup, physical: Physical) -> None:
    if aim.kind is AimKind.TIME and aim.at and aim.at < backup.ended_at:
        raise TooEarly(aim=aim, reason=f"{backup.id} is whole from {backup.ended_at.isoformat()} on")
    if aim.kind is AimKind.LSN and aim.lsn < physical.stop:
        raise TooEarly(aim=aim, reason=f"{backup.id} is whole from {physical.stop_lsn} on")


def _stop(situation: Situation, aim: Aim, found: Chain, timeline: int, run: Run, reading: Reading) -> Stop:
    consistent = found.physical.stop
    archive = situation.archive
    if aim.kind is AimKind.LSN:
        record = record_from(archive, found.binaries, timeline, run, aim.lsn)
        if record is None:
            _explain(aim, run, Reading())
            raise TooLate(aim=aim, newest=f"a position before {lsn_text(run.end)}")
        _require_readable(situation, aim, found, timeline, run, record, reading)
        return aiming.before_record(aim.lsn, record, timeline)
    try:
        stop = aiming.stop_at(aim, _records(situation, found, timeline, run, reading), consistent)
    except TooLate:
        _explain(aim, run, reading)
        raise
    if stop is None and aim.kind in {AimKind.TIME, AimKind.LATEST}:
        stop = _at_the_backup(situation, aim, found, timeline, run)
    if stop is None:
        _explain(aim, run, reading)
        raise NotInTheLog(aim=aim, backup=found.backup.id, end=lsn_text(run.end))
    if aim.kind is AimKind.LATEST:  # what lies behind a hole would be lost without a word
        _explain(aim, run, reading)
    if stop.lsn < consistent:
        stop = _at_the_backup(situation, aim, found, timeline, run) or stop
    return stop


def _records(situation: Situation, found: Chain, timeline: int, run: Run, reading: Reading) -> Iterator[Record]:
    return records(situation.archive, found.binaries, timeline, run, found.physical.stop, reading)


def _at_the_backup(situation: Situation, aim: Aim, found: Chain, timeline: int, run: Run) -> Stop | None:
    """The end of the backup itself: nothing was committed since. Taking it wrote a record that stands behind it."""
    consistent = found.physical.stop
    record = record_from(situation.archive, found.binaries, timeline, run, consistent)
    if record is None:
        _explain(aim, run, Reading())
        return None
    if aim.kind is AimKind.TIME:
        raise TooLate(aim=aim, newest=f"before the end of the backup {found.backup.id}")
    return aiming.before_record(consistent, record, timeline)


def _require_readable(
    situation: Situation, aim: Aim, found: Chain, timeline: int, run: Run, position: int, reading: Reading
) -> None:
    """Raises LogDamaged where a record before a position cannot be read."""
    for one in _records(situation, found, timeline, run, reading):
        if one.lsn >= position:
            return
    if reading.damage and (reading.last is None or reading.last.lsn < position):
        _explain(aim, run, reading)


def _explain(aim: Aim, run: Run, reading: Reading) -> None:
    """Raises what is wrong with the log where it ends before its last segment does, or has a hole."""
    end = lsn_text(reading.last.lsn) if reading.last else "the end of the backup"
    if reading.damage:
        raise LogDamaged(aim=aim, reason=reading.damage, end=end)
    if run.beyond or run.reason != wal.MISSING:
        raise LogBroken(aim=aim, name=run.stopped_by, reason=run.reason, end=lsn_text(run.end))
