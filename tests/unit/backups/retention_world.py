"""Random histories of backups, and what must hold of any retention: shared with benchmarks/retention.py.

The rules are stated here a second time, from what a person loses when they break, and not as the code decides them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from haulback.backups.naming import kind_of, moment_of
from haulback.backups.retention import decide
from haulback.model.backup import Backup, BackupKind, KeptBackup, Proof, TableContent, Verdict
from haulback.model.recovery import BackupSettings
from haulback.model.retention import Retention, Why

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WANTED = ("public.a", "public.b")
_TABLES = tuple(TableContent(one, (), (), 0, "", 0, "", (), "") for one in WANTED)
_OUTCOMES = (
    (), (Verdict.PROVED,), (Verdict.PROVED,), (Verdict.PROVED,), (Verdict.BAD,), (Verdict.UNKNOWN,),
    (Verdict.PROVED, Verdict.BAD), (Verdict.PROVED, Verdict.UNKNOWN),
)  # fmt: skip
_KINDS = (BackupKind.TABLE, BackupKind.TABLE, BackupKind.PHYSICAL, BackupKind.INCREMENTAL)


class History:
    """One history: nights that fail, clocks that jump, proofs that find something, holds, chains of incrementals."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        dice = self.dice
        self.settings = BackupSettings(
            "", keep=dice.choice((0, 1, 3, 30)) * 86400.0, keep_proved=dice.choice((0, 1, 2, 3)),
            window=dice.choice((0, 1, 7, 40)) * 86400.0,
        )  # fmt: skip
        self.wanted = dice.choice(((), WANTED))
        self.clock = START
        self.found: list[KeptBackup] = []
        for number in range(dice.randrange(14)):
            self._night(number)
        self.now = self.clock + dice.choice((0, 0, 1, 5, 31, 400, -1, -50)) * DAY

    def _night(self, number: int) -> None:
        dice = self.dice
        self.clock += dice.choice((0.05, 0.25, 1, 1, 1, 2, 9, 35)) * DAY
        roll = dice.random()
        if roll < 0.15:
            return  # nothing came of this night
        began = self.clock + (dice.choice((-300, -40, -2, 2, 40, 300)) * DAY if roll > 0.92 else 0 * DAY)
        kind = dice.choice(_KINDS)
        older = [one.id for one in self.found if kind_of(one.id) is not BackupKind.TABLE]
        parent = dice.choice(older[-3:]) if kind is BackupKind.INCREMENTAL and older else ""
        id_ = f"{began:%Y%m%dT%H%M%SZ}-{kind.value}-{number:06x}"
        held = dice.random() < 0.05
        if roll < 0.3:
            self.found.append(KeptBackup(id_, None, (), "?", held, unfinished=roll < 0.25))
            return
        tables = _TABLES if dice.random() < 0.8 else _TABLES[:1]
        backup = Backup(
            id_, kind, "local", "app", "7", 180006, f"0/{number + 1:X}", began, began + DAY / 100, (),
            tables if kind is BackupKind.TABLE else (), parent,
        )  # fmt: skip
        proofs = tuple(Proof(id_, verdict, began, 1.0) for verdict in dice.choice(_OUTCOMES))
        self.found.append(KeptBackup(id_, backup, proofs, "", held))

    def decided(self, found: list[KeptBackup] | None = None, now: datetime | None = None) -> Retention:
        return decide(self.found if found is None else found, self.settings, now or self.now, self.wanted)


def broken(history: History) -> list[str]:
    """Every rule that the retention of this history breaks."""
    retention = history.decided()
    gone = {one.backup for one in retention.fates if one.why.goes}
    if {one.backup for one in retention.fates} != {one.id for one in history.found}:
        return ["not every backup has a fate"]
    return [
        *_each_alone(history, gone),
        *_proved_ones_stay(history, gone),
        *_no_orphan(history, gone),
        *_no_hole(history, gone, retention),
        *_only_proof_lets_go(history, gone),
        *_clock_never_lets_more_go(history, gone),
        *_again(history, gone),
        *_order(history, retention),
    ]


def _moment(one: KeptBackup) -> datetime:
    return one.backup.began_at if one.backup else moment_of(one.id)


def _chain(one: KeptBackup, found: list[KeptBackup]) -> list[KeptBackup] | None:
    """It with all it needs; None where something of it is missing."""
    by_id = {each.id: each for each in found}
    links = [one]
    while links[-1].backup and links[-1].backup.parent:
        parent = by_id.get(links[-1].backup.parent)
        if parent is None or parent in links:
            return None
        links.append(parent)
    return links


def _restorable(one: KeptBackup, found: list[KeptBackup]) -> bool:
    links = _chain(one, found)
    return links is not None and all(link.backup and link.verdict is not Verdict.BAD for link in links)


def _counts(one: KeptBackup, history: History) -> bool:
    return one.is_proved and _moment(one) <= history.now and _restorable(one, history.found)


def _full(one: KeptBackup, history: History) -> bool:
    """Whether it holds what is wanted, as far as anything here ever held it."""
    if one.backup is None or one.backup.kind is not BackupKind.TABLE:
        return True
    known = {table.identity for each in history.found if each.backup for table in each.backup.tables}
    return {table.identity for table in one.backup.tables} >= known & set(history.wanted)


def _each_alone(history: History, gone: set[str]) -> Iterator[str]:
    for one in history.found:
        if one.id not in gone:
            continue
        age = history.now - _moment(one)
        if one.held:
            yield f"{one.id} was held"
        if age < timedelta(0):
            yield f"{one.id} is from the future"
        if one.unfinished and age < DAY:
            yield f"{one.id} may be in the making"
        if not one.unfinished and age < timedelta(seconds=history.settings.keep):
            yield f"{one.id} was too young"


def _proved_ones_stay(history: History, gone: set[str]) -> Iterator[str]:
    for physical in (False, True):
        proved = [
            one for one in history.found
            if (kind_of(one.id) is not BackupKind.TABLE) is physical and _counts(one, history) and _full(one, history)
        ]  # fmt: skip
        newest = sorted(proved, key=lambda one: (_moment(one), one.id))[-max(1, history.settings.keep_proved) :]
        for one in newest:
            if one.id in gone:
                yield f"{one.id} was among the newest proved"
        for one in history.found:
            if one.id in gone and not one.unfinished and (kind_of(one.id) is not BackupKind.TABLE) is physical:
                keep = timedelta(seconds=history.settings.keep)
                if not any(_moment(each) - _moment(one) >= keep and each.id not in gone for each in proved):
                    yield f"{one.id} went with nothing proved that much newer"


def _no_orphan(history: History, gone: set[str]) -> Iterator[str]:
    left = [one for one in history.found if one.id not in gone]
    for one in left:
        if _chain(one, history.found) is not None and _chain(one, left) is None:
            yield f"{one.id} is an orphan"


def _no_hole(history: History, gone: set[str], retention: Retention) -> Iterator[str]:
    """Every moment of the window that could be reached still can, with a proved start where there was one."""
    left = [one for one in history.found if one.id not in gone]
    start = history.now - timedelta(seconds=history.settings.window)
    ends = [one.backup.ended_at for one in history.found if one.backup and one.backup.kind is not BackupKind.TABLE]
    for moment in {start, history.now, *(one for one in ends if start <= one <= history.now)}:
        for proved in (False, True):
            before = _reaches(history.found, moment, "", proved=proved)
            if before and not _reaches(left, moment, retention.wal_from, proved=proved):
                yield f"{moment} cannot be reached any more"


def _reaches(found: list[KeptBackup], moment: datetime, wal_from: str, *, proved: bool) -> bool:
    def lsn(text: str) -> int:
        return int(text.partition("/")[2] or "0", 16)

    return any(
        one.backup is not None and one.backup.kind is not BackupKind.TABLE and one.backup.ended_at <= moment
        and _restorable(one, found) and (one.is_proved or not proved) and lsn(one.backup.lsn) >= lsn(wal_from)
        for one in found
    )  # fmt: skip


def _only_proof_lets_go(history: History, gone: set[str]) -> Iterator[str]:
    """A backup that failed, was not proved, or is from the future never makes a whole one go."""
    parents = {one.backup.parent for one in history.found if one.backup}
    noise = [one for one in history.found if one.id not in parents and not _counts(one, history)]
    # Without its manifest an incremental is taken to build on the one before it: then none of them is mere noise.
    guessed = any(one.backup is None and kind_of(one.id) is BackupKind.INCREMENTAL for one in history.found)
    if guessed or not noise:
        return
    out = history.dice.choice(noise)
    less = {one.backup for one in history.decided([one for one in history.found if one is not out]).going}
    for one in history.found:
        if one.id in gone and one is not out and not one.unfinished and one.id not in less:
            yield f"{out.id} made {one.id} go"


def _clock_never_lets_more_go(history: History, gone: set[str]) -> Iterator[str]:
    back = history.decided(now=history.now - history.dice.choice((0.01, 1, 8, 45, 500)) * DAY)
    for one in back.going:
        if one.backup not in gone:
            yield f"{one.backup} goes when the clock goes back"
    ahead = history.decided(now=history.now + 4000 * DAY)
    newest = max((_moment(one) for one in history.found if one.is_proved), default=START)
    keep = timedelta(seconds=history.settings.keep)
    for one in history.found:
        fate = next(each.why for each in ahead.fates if each.backup == one.id)
        if fate.goes and not one.unfinished and _moment(one) > newest - keep:
            yield f"{one.id} goes when the clock jumps ahead"


def _again(history: History, gone: set[str]) -> Iterator[str]:
    left = [one for one in history.found if one.id not in gone]
    for one in history.decided(left).going:
        if one.why is not Why.UNFINISHED:
            yield f"{one.backup} goes the second time"


def _order(history: History, retention: Retention) -> Iterator[str]:
    """Killed between two removals, nothing is left whose parent is gone."""
    left = list(history.found)
    for fate in retention.going:
        left = [one for one in left if one.id != fate.backup]
        whole = [one for one in left if _restorable(one, history.found)]
        yield from (f"{one.id} is an orphan half-way" for one in whole if _chain(one, left) is None)


def without_proofs(history: History) -> list[KeptBackup]:
    return [replace(one, proofs=()) for one in history.found]
