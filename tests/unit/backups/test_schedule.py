"""What is due: once, whoever made the backups and whatever the clocks do."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from haulback.backups.schedule import Due, Remembered, due
from haulback.model.backup import Backup, BackupKind, KeptBackup, Proof, Verdict
from haulback.report.schedule import crontab, units

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def kept(hours: float, *verdicts: Verdict) -> KeptBackup:
    began = NOW - hours * HOUR
    backup = Backup(
        f"{began:%Y%m%dT%H%M%SZ}-table-000000", BackupKind.TABLE, "", "", "", 180006, "0/1", began, began, ()
    )
    return KeptBackup(backup.id, backup, tuple(Proof(backup.id, one, began, 1.0) for one in verdicts))


def found(*shelf: KeptBackup, prove_every: int = 1, **times: float | None) -> Due:
    remembered = Remembered(**{name: NOW - hours * HOUR for name, hours in times.items() if hours is not None})
    return due(shelf, remembered, NOW, every=6 * 3600.0, prove_every=prove_every)


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
    assert found(proved, kept(5), kept(4), prove_every=3).prove == ""
    assert found(proved, kept(5), kept(4), kept(3), prove_every=3).prove == kept(3).id
    assert found(proved, kept(3, Verdict.UNKNOWN)).prove == kept(3).id
    assert found(proved, kept(3, Verdict.UNKNOWN), proof_tried=0.1).prove == ""
    assert found(proved, kept(3, Verdict.BAD)).prove == ""


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
        is_due = due(shelf, remembered, ours, every=3600.0, prove_every=1)
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
