"""What is due: once, whoever made the backups and whatever the clocks do."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from haulback.backups.schedule import Cadence, Due, Remembered, due
from haulback.model.backup import Backup, BackupKind, KeptBackup, Proof, Verdict
from haulback.report.schedule import crontab, units

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def kept(hours: float, *verdicts: Verdict, kind: BackupKind = BackupKind.TABLE) -> KeptBackup:
    began = NOW - hours * HOUR
    backup = Backup(f"{began:%Y%m%dT%H%M%SZ}-{kind}-000000", kind, "", "", "", 180006, "0/1", began, began, ())
    return KeptBackup(backup.id, backup, tuple(Proof(backup.id, one, began, 1.0) for one in verdicts))


def found(*shelf: KeptBackup, prove_every: int = 1, **times: float | None) -> Due:
    remembered = Remembered(**{name: NOW - hours * HOUR for name, hours in times.items() if hours is not None})
    return due(shelf, remembered, NOW, Cadence(6 * 3600.0, prove=prove_every))


def test_the_first_run_does_everything_it_can() -> None:
    assert found() == Due(backup=True, prune=True)


def test_a_backup_that_anybody_took_counts() -> None:
    assert not found(kept(5.9, Verdict.PROVED), pruned=1).anything
    assert found(kept(6, Verdict.PROVED), pruned=1) == Due(backup=True)


def test_one_that_was_never_finished_counts_for_nothing() -> None:
    one = kept(1)
    assert found(KeptBackup(one.id, None, unfinished=True), pruned=1).backup


def test_a_failed_try_is_repeated_after_a_while() -> None:
    assert not found(kept(9, Verdict.PROVED), tried=0.2, pruned=1).backup
    assert found(kept(9, Verdict.PROVED), tried=0.25, pruned=1).backup


def test_every_nth_backup_is_proved() -> None:
    proved = kept(9, Verdict.PROVED)
    assert found(proved, kept(5), kept(4), prove_every=3).prove == ()
    assert found(proved, kept(5), kept(4), kept(3), prove_every=3).prove == (kept(3).id,)
    assert found(proved, kept(3, Verdict.UNKNOWN)).prove == (kept(3).id,)
    assert found(proved, kept(3, Verdict.UNKNOWN), proof_tried=0.1).prove == ()
    assert found(proved, kept(3, Verdict.BAD)).prove == ()


WEEKLY = Cadence(6 * 3600.0, full=7 * 86400.0, incremental=86400.0)
FULL, STEP = BackupKind.PHYSICAL, BackupKind.INCREMENTAL


def cluster(*shelf: KeptBackup, cadence: Cadence = WEEKLY, **times: float) -> BackupKind | None:
    """Which backup of the cluster is due; times are hours ago."""
    remembered = Remembered(**{name: NOW - hours * HOUR for name, hours in times.items()})
    return due(shelf, remembered, NOW, cadence).cluster


def test_a_cluster_is_whole_weekly_and_in_steps_daily() -> None:
    assert cluster() is FULL
    assert cluster(kept(23, kind=FULL)) is None
    assert cluster(kept(24, kind=FULL)) is STEP
    assert cluster(kept(100, kind=FULL), kept(3, kind=STEP)) is None
    assert cluster(kept(100, kind=FULL), kept(30, kind=STEP)) is STEP
    assert cluster(kept(168, kind=FULL), kept(3, kind=STEP)) is FULL


def test_tables_and_clusters_do_not_stand_for_one_another() -> None:
    assert cluster(kept(1)) is FULL
    assert due([kept(1, kind=FULL)], Remembered(), NOW, WEEKLY).backup
    both = [kept(2), kept(1, kind=FULL)]
    assert due(both, Remembered(), NOW, WEEKLY).prove == (both[0].id, both[1].id)
    both = [kept(2), kept(1, Verdict.PROVED, kind=FULL)]
    assert due(both, Remembered(), NOW, WEEKLY).prove == (both[0].id,)


def test_one_that_was_proved_bad_counts_for_nothing_and_makes_no_loop() -> None:
    assert cluster(kept(30, Verdict.BAD, kind=FULL), full_taken=30) is FULL
    assert cluster(kept(3, Verdict.BAD, kind=FULL), full_taken=3) is None
    assert cluster(kept(100, kind=FULL), kept(3, Verdict.BAD, kind=STEP), cluster_taken=3) is None
    assert cluster(kept(100, kind=FULL), kept(30, Verdict.BAD, kind=STEP), cluster_taken=30) is STEP


def test_none_of_the_cluster_where_nobody_wants_or_can_have_one() -> None:
    assert cluster(cadence=Cadence(3600.0)) is None
    assert cluster(kept(100, kind=FULL), cadence=replace(WEEKLY, incremental=0.0)) is None
    assert cluster(refused=23) is None
    assert cluster(refused=24) is FULL
    assert cluster(cluster_tried=0.2) is None
    assert cluster(cluster_tried=0.25) is FULL


def test_drills_are_played_where_somebody_says_how_often() -> None:
    assert not due([], Remembered(), NOW, WEEKLY).drill
    monthly = replace(WEEKLY, drill=30 * 86400.0)
    assert due([], Remembered(), NOW, monthly).drill
    assert not due([], Remembered(drilled=NOW - 700 * HOUR), NOW, monthly).drill
    assert due([], Remembered(drilled=NOW - 720 * HOUR), NOW, monthly).drill


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_no_clock_makes_whole_clusters_run_again_and_again(seed: int) -> None:
    """A look a quarter of an hour for a fortnight while both clocks jump, and proofs that find something."""
    dice = random.Random(seed)
    ours, theirs = NOW, NOW + dice.choice((-4000, -1, 0, 1, 4000)) * HOUR
    shelf: list[KeptBackup] = []
    remembered = Remembered()
    jumps = 0
    for _ in range(14 * 24 * 4):
        ours, theirs = ours + HOUR / 4, theirs + HOUR / 4
        if dice.random() < 0.002:
            jumps += 1
            ours += dice.choice((-5000, -30, 30, 5000)) * HOUR
        kind = due(shelf, remembered, ours, WEEKLY).cluster
        if kind:
            remembered = replace(remembered, cluster_tried=ours, cluster_taken=ours)
            remembered = replace(remembered, full_taken=ours) if kind is FULL else remembered
            shelf.append(kept((NOW - theirs) / HOUR, dice.choice((Verdict.PROVED, Verdict.BAD)), kind=kind))
    assert 2 <= len(shelf) <= 14 * 2 + 1 + 2 * jumps


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_no_clock_makes_it_run_again_and_again(seed: int) -> None:
    """A look a minute while both clocks jump: a backup more than there were hours and jumps would be a loop."""
    dice = random.Random(seed)
    ours, theirs = NOW, NOW + dice.choice((-400, -1, 0, 1, 400)) * HOUR
    shelf: list[KeptBackup] = []
    remembered = Remembered()
    jumps = 0
    for minute in range(360):
        ours, theirs = ours + timedelta(minutes=1), theirs + timedelta(minutes=1)
        if dice.random() < 0.01:
            jumps += 1
            ours += dice.choice((-500, -3, 3, 500)) * HOUR
        is_due = due(shelf, remembered, ours, Cadence(3600.0))
        if is_due.backup:
            remembered = replace(remembered, tried=ours, taken=ours)
            one = kept((NOW - theirs) / HOUR, Verdict.PROVED)
            shelf.append(replace(one, id=f"{one.id}{minute}"))
    assert 1 <= len(shelf) <= 360 / 60 + 1 + jumps


def test_units_and_lines_hold_odd_folders() -> None:
    folder, words = Path("/srv/50% of $HOME/a 'b'"), ["/usr/bin/python3", "-m", "haulback", "100%"]
    texts = units("a target", folder, folder / "schedule.env", words)
    assert set(texts) == {"haulback-a-target.service", "haulback-a-target.timer"}
    service = texts["haulback-a-target.service"]
    assert "WorkingDirectory=/srv/50%% of $HOME/a 'b'\n" in service
    assert 'ExecStart="/usr/bin/python3" "-m" "haulback" "100%%"\n' in service
    assert "OnCalendar=*:0/15\nPersistent=true" in texts["haulback-a-target.timer"]
    line = crontab(folder, folder / "schedule.env", words)
    assert line.count("\n") == 1
    assert "%" not in line.replace("\\%", "")


def test_a_cluster_under_another_key_is_nothing_to_build_on() -> None:
    one = kept(30, Verdict.PROVED, kind=BackupKind.PHYSICAL)
    assert one.backup
    keyed = replace(one, backup=replace(one.backup, key="then"))
    remembered = Remembered(full_taken=NOW - 30 * HOUR, cluster_taken=NOW - 30 * HOUR)
    for shelf, key, kind in (
        (keyed, "then", BackupKind.INCREMENTAL), (keyed, "now", BackupKind.PHYSICAL), (keyed, "", BackupKind.PHYSICAL),
        (one, "now", BackupKind.INCREMENTAL),
    ):  # fmt: skip
        assert due([shelf], remembered, NOW, WEEKLY, key).cluster is kind
