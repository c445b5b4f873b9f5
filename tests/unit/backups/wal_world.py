"""Random lives of a cluster: log that is written, backups, holes, and recoveries that were put in place.

What a person can go back to is stated here a second time, and not as the code decides it.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from haulback.backups import wal
from haulback.backups.retention import decide as decide_backups
from haulback.backups.wal import Archive
from haulback.backups.wal_retention import decide
from haulback.model.backup import Backup, BackupKind, KeptBackup, Proof, Verdict
from haulback.model.physical import Physical
from haulback.model.recovery import BackupSettings
from haulback.model.wal import Branch, FileKind, WalFile, lsn_text, segment_name
from haulback.model.wal_retention import WalRetention

SIZE = 1 << 20
SYSTEM = "7"
START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
_OUTCOMES = ((), (Verdict.PROVED,), (Verdict.PROVED,), (Verdict.PROVED,), (Verdict.BAD,), (Verdict.UNKNOWN,))


@dataclass(frozen=True)
class Moment:
    """Something was committed in that segment of a timeline."""

    timeline: int
    number: int
    at: datetime


@dataclass
class Life:
    """One life of a cluster. `segments` holds what was archived; the clock never jumps here."""

    seed: int
    dice: random.Random = field(init=False)
    clock: datetime = START
    timeline: int = 1
    number: int = 2
    segments: dict[tuple[int, int], WalFile] = field(default_factory=dict)
    histories: dict[int, tuple[Branch, ...]] = field(default_factory=dict)
    found: list[KeptBackup] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.settings = BackupSettings(
            "", keep=self.dice.choice((1, 24, 72, 720)) * 3600.0, keep_proved=self.dice.choice((0, 1, 3)),
            window=self.dice.choice((1, 24, 48, 168)) * 3600.0,
        )  # fmt: skip
        for _ in range(self.dice.randrange(40)):
            self.clock += self.dice.choice((1, 1, 3, 9, 40)) * HOUR
            roll = self.dice.random()
            if roll < 0.6:
                self.write()
            elif roll < 0.9:
                self.back_up()
            else:
                self.go_back()
        self.now = self.clock + self.dice.choice((0, 1, 30, 400)) * HOUR

    def write(self) -> None:
        for _ in range(self.dice.randrange(1, 5)):
            if self.dice.random() > 0.04:  # else it never came into the archive
                self.archive(self.timeline, self.number)
            self.moments.append(Moment(self.timeline, self.number, self.clock))
            self.number += 1

    def archive(self, timeline: int, number: int) -> None:
        name = segment_name(timeline, number, SIZE)
        self.segments[timeline, number] = WalFile(name, SIZE, FileKind.SEGMENT, timeline, number, "", SYSTEM, SIZE)

    def back_up(self) -> None:
        full = not self.found or self.dice.random() < 0.5
        kind = BackupKind.PHYSICAL if full else BackupKind.INCREMENTAL
        start, stop = (self.number * SIZE + one for one in (100, 700))
        id_ = f"{self.clock:%Y%m%dT%H%M%SZ}-{kind.value}-{len(self.found):06x}"
        segment = segment_name(self.timeline, self.number, SIZE)
        physical = Physical(
            "physical",
            self.timeline,
            lsn_text(start),
            lsn_text(stop),
            segment,
            segment,
            SIZE,
            1,
            1,
            "x",
            checksums=True,
        )
        on_path = [one for one in self.found if self.leads(self.timeline, one)]
        if kind is BackupKind.INCREMENTAL and not on_path:
            return
        backup = Backup(
            id_, kind, "local", "app", SYSTEM, 180006, lsn_text(stop), self.clock, self.clock + HOUR / 4, (),
            parent="" if full else self.dice.choice(on_path).id, detail=physical.detail(),
        )  # fmt: skip
        proofs = tuple(Proof(id_, verdict, self.clock, 1.0) for verdict in self.dice.choice(_OUTCOMES))
        self.found.append(KeptBackup(id_, backup, proofs, "", self.dice.random() < 0.05))
        self.archive(self.timeline, self.number)
        self.clock += HOUR
        self.moments.append(Moment(self.timeline, self.number, self.clock))
        self.number += 1

    def go_back(self) -> None:
        """A recovery to an earlier moment that can be reached was put in place: a new timeline begins there."""
        able = [one for one in self.moments if self.reaches(one, self.found, self.segments)]
        if not able:
            return
        aim = self.dice.choice(able)
        branches = [
            Branch(one.timeline, min(one.end or aim.number * SIZE + 900, aim.number * SIZE + 900))
            for one in self.path(aim.timeline)
            if one.start <= aim.number * SIZE + 900
        ]
        self.timeline = max((1, *self.histories)) + 1
        self.histories[self.timeline] = tuple(branches)
        self.number = aim.number

    def path(self, timeline: int) -> tuple[wal.Stretch, ...]:
        return Archive(Path(), SIZE, {}, self.histories).path_to(timeline)

    def leads(self, timeline: int, one: KeptBackup) -> bool:
        physical = physical_of(one)
        return wal.timeline_at(self.path(timeline), physical.stop) == physical.timeline

    def reaches(self, moment: Moment, found: Collection[KeptBackup], segments: Collection[tuple[int, int]]) -> bool:
        path = self.path(moment.timeline)
        return any(
            one.backup is not None
            and one.backup.ended_at <= moment.at
            and restorable(one, found)
            and self.leads(moment.timeline, one)
            and all(
                (wal.owner_of(path, number, SIZE), number) in segments
                for number in range(physical_of(one).stop // SIZE, moment.number + 1)
            )
            for one in found
        )

    def staying(self) -> list[KeptBackup]:
        gone = {one.backup for one in decide_backups(self.found, self.settings, self.now).going}
        return [one for one in self.found if one.id not in gone]

    def decided(self, staying: list[KeptBackup]) -> WalRetention:
        archive = Archive(Path("archive"), SIZE, self.segments, self.histories, (), SYSTEM)
        wal_from = decide_backups(self.found, self.settings, self.now).wal_from
        start = self.now - timedelta(seconds=self.settings.window)
        return decide(archive, staying, wal_from, start, self.now)


def physical_of(one: KeptBackup) -> Physical:
    assert one.backup is not None
    return Physical.of(one.backup)


def restorable(one: KeptBackup, found: Collection[KeptBackup]) -> bool:
    by_id = {each.id: each for each in found}
    link: KeptBackup | None = one
    while link is not None and link.backup is not None and link.verdict is not Verdict.BAD:
        if not link.backup.parent:
            return True
        link = by_id.get(link.backup.parent)
    return False


def broken(life: Life) -> Iterator[str]:
    """Every promise that pruning this archive breaks, wherever it is cut short."""
    staying = life.staying()
    going = life.decided(staying).going
    start = life.now - timedelta(seconds=life.settings.window)
    promised = [one for one in life.moments if one.at >= start and life.reaches(one, staying, life.segments)]
    names = {file.name: place for place, file in life.segments.items()}
    for done in {0, len(going) // 3, len(going) // 2, len(going)}:
        gone = {names[one] for one in going[:done]}
        left = life.segments.keys() - gone
        for moment in promised:
            if not life.reaches(moment, staying, left):
                yield f"{moment} cannot be reached after {done} of {len(going)} segments"
        for one in staying:
            physical = physical_of(one)
            own = (physical.timeline, physical.stop // SIZE)
            if one.verdict is not Verdict.BAD and own in life.segments and own not in left:
                yield f"{one.id} lost the segment that it ends in"
    if [names[one][1] for one in going] != sorted(names[one][1] for one in going):
        yield "not oldest first"
