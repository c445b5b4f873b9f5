"""Which WAL may go: never what a moment of the window needs, wherever pruning is cut short."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wal_world import HOUR, SIZE, START, SYSTEM, Life, broken

from haulback.backups.wal import Archive
from haulback.backups.wal_retention import decide
from haulback.model.backup import Backup, BackupKind, KeptBackup, Proof, Verdict
from haulback.model.physical import Physical
from haulback.model.wal import Branch, FileKind, WalFile, lsn_text, segment_name
from haulback.model.wal_retention import WalRetention

NOW = START + 1000 * HOUR


@settings(max_examples=600, deadline=None)
@given(st.integers(0, 2**40))
def test_no_moment_of_the_window_is_lost(seed: int) -> None:
    assert list(broken(Life(seed))) == []


def test_random_lives_let_something_go() -> None:
    """Else the property above would hold of code that does nothing."""
    lives = [Life(seed) for seed in range(300)]
    assert sum(len(one.decided(one.staying()).going) > 0 for one in lives) > 60
    assert sum(len(one.histories) > 0 and len(one.decided(one.staying()).going) > 0 for one in lives) > 20


def segment(number: int, *, timeline: int = 1, system: str = SYSTEM, problem: str = "") -> WalFile:
    name = segment_name(timeline, number, SIZE)
    return WalFile(name, SIZE, FileKind.SEGMENT, timeline, number, problem, system, SIZE)


def kept(number: int, hours: float, *, timeline: int = 1, engine: str = "physical", system: str = SYSTEM) -> KeptBackup:
    """Taken in that segment, so long ago, and proved."""
    began = NOW - hours * HOUR
    start, stop = (lsn_text(number * SIZE + one) for one in (100, 700))
    name = segment_name(timeline, number, SIZE)
    physical = Physical(engine, timeline, start, stop, name, name, SIZE, 1, 1, "x", checksums=True)
    id_ = f"{began:%Y%m%dT%H%M%SZ}-physical-{number:06x}"
    backup = Backup(
        id_, BackupKind.PHYSICAL, "local", "app", system, 180006, stop, began, began, (), detail=physical.detail()
    )
    return KeptBackup(id_, backup, (Proof(id_, Verdict.PROVED, began, 1.0),))


def decided(files: list[WalFile], staying: list[KeptBackup], wal_from: str = "FF/0", **changes: object) -> WalRetention:
    archive = Archive(Path("archive"), SIZE, {(one.timeline, one.number): one for one in files}, {}, (), SYSTEM)
    return decide(replace(archive, **changes), staying, wal_from, NOW - timedelta(days=7), NOW)  # type: ignore[arg-type]


def numbers(found: WalRetention) -> list[int]:
    return [int(one[16:], 16) for one in found.going]


LOG = [segment(one) for one in range(1, 30)]


def test_everything_before_the_newest_beginning_from_before_the_window_goes() -> None:
    found = decided(LOG, [kept(20, 200), kept(25, 10)])
    assert numbers(found) == list(range(1, 20))
    assert (found.bytes, found.staying, found.wal_from, found.reason) == (19 * SIZE, 10, lsn_text(20 * SIZE), "")


def test_an_older_backup_that_stays_keeps_what_it_was_taken_in() -> None:
    assert numbers(decided(LOG, [kept(10, 900), kept(20, 200)])) == [*range(1, 10), *range(11, 20)]


def refused(one: KeptBackup) -> KeptBackup:
    """As the shelf has one that the key did not seal."""
    return KeptBackup(one.id, None, (), "it is in the clear", refused=one.backup)


def test_one_that_is_refused_keeps_its_log_and_lets_none_go() -> None:
    assert numbers(decided(LOG, [refused(kept(10, 900)), kept(20, 200)])) == [*range(1, 10), *range(11, 20)]
    assert numbers(decided(LOG, [refused(kept(10, 900))])) == []


def test_the_word_of_retention_is_never_exceeded() -> None:
    assert numbers(decided(LOG, [kept(20, 200)], wal_from=lsn_text(5 * SIZE + 9))) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("staying", "wal_from"),
    [
        ([], "FF/0"),
        ([kept(20, 200)], ""),
        ([kept(20, 200, system="8")], "FF/0"),
        ([kept(20, 200, engine="pgbackrest")], "FF/0"),
    ],
)
def test_nothing_goes_while_nothing_is_promised(staying: list[KeptBackup], wal_from: str) -> None:
    found = decided(LOG, staying, wal_from)
    assert (found.going, found.staying) == ((), 29)
    assert "no backup of the cluster" in found.reason


def test_what_is_not_ours_or_cannot_be_read_stays() -> None:
    files = [segment(1), segment(2, system="8"), segment(3, problem="it is cut off"), segment(4, system=""), segment(5)]
    assert numbers(decided(files, [kept(20, 200)])) == [1, 5]
    assert decided(files, [kept(20, 200)], system="").going == ()


def test_a_timeline_that_came_from_nowhere_stays() -> None:
    files = [segment(1), segment(2, timeline=3), segment(5)]
    assert decided(files, [kept(20, 200)]).going == (segment(1).name, segment(5).name)


def test_after_a_recovery_in_place_the_log_before_the_branch_stays() -> None:
    """The newest proved backup lies on the old timeline, behind the branch: it leads nowhere on the new one."""
    old, newest, after = kept(5, 600), kept(20, 200), kept(12, 1, timeline=2)
    files = [*LOG, *(segment(one, timeline=2) for one in range(10, 15))]
    histories = {2: (Branch(1, 10 * SIZE + 300),)}
    found = decided(files, [old, newest, after], lsn_text(12 * SIZE), histories=histories)
    assert numbers(found) == [1, 2, 3, 4]
    found = decided(files, [refused(old), newest, after], lsn_text(12 * SIZE), histories=histories)
    assert numbers(found) == [1, 2, 3, 4]
    # Once the branch lies behind the window, the backups of the new timeline are enough.
    later = kept(14, 190, timeline=2)
    found = decided(files, [newest, later], lsn_text(14 * SIZE), histories=histories)
    assert found.going == (
        *(segment(one).name for one in range(1, 10)),
        *(segment(one, timeline=line).name for one in range(10, 14) for line in (1, 2)),
    )
