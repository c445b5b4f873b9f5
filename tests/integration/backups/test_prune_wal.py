"""Old WAL goes from the archive of a real server; what is still promised can be recovered, to the row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from recovery_ground import Ground, ground

from haulback.app import pruning
from haulback.app.recoveries import alone, restores_of
from haulback.backups.aiming import aim_of
from haulback.backups.cluster_errors import RecoveryRuns, TooEarly
from haulback.errors import HaulbackError
from haulback.model.backup import Backup
from haulback.pg import binaries
from haulback.report import retention as report
from set_clocks import At


@pytest.fixture
def life(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Ground, Backup, Backup]]:
    """Rows, a backup, rows over segments, a backup that begins the window, rows over segments."""
    major = getattr(request, "param", 18)
    found = binaries.for_major(major)
    if found is None:
        pytest.skip(f"PostgreSQL {major} is not installed")
    for it in ground(tmp_path / "life", found):
        it.write(2)
        first = it.back_up()
        for _ in range(3):
            it.write(2)
            it.switch()
        second = it.back_up()
        for _ in range(3):
            it.write(2)
            it.switch()
        for backup in (first, second):
            assert it.prove(backup).verdict.value == "proved"
        yield it, first, second


def window_after(it: Ground, backup: Backup) -> tuple[Ground, At]:
    """The recovery window begins right after a backup ended."""
    now = datetime.now(UTC)
    settings = replace(it.settings.backups, window=(now - backup.ended_at).total_seconds() - 0.001)
    return replace(it, settings=replace(it.settings, backups=settings)), At(now)


@pytest.mark.parametrize("life", [18, 15], indirect=True)
def test_what_is_promised_can_still_be_recovered(life: tuple[Ground, Backup, Backup]) -> None:
    it, clock = window_after(life[0], life[2])
    first, second = life[1:]
    names = {path.name for path in it.archive.iterdir()}
    oldest = min(name for name in names if len(name) == 24)
    strange = {"00000009.history": b"1\t0/1000\tx\n", f"{oldest}.partial": b"x", "mine.txt": b"x", "0" * 24: b"x" * 99}
    for name, text in strange.items():
        (it.archive / name).write_bytes(text)

    found = pruning.decided(it.settings, it.target, clock)
    assert found.backups.going == ()
    assert found.wal.going == tuple(sorted(found.wal.going))
    assert len(found.wal.going) >= 3
    dry = report.document(found.backups, found.wal, dry_run=True)["wal"]
    assert (dry["segments"], dry["from"]) == (list(found.wal.going), found.wal.wal_from)

    (it.archive / found.wal.going[0]).unlink()  # as if it had been killed after the first
    found = pruning.decided(it.settings, it.target, clock)
    pruning.prune(it.settings, it.target, found, lambda _: None)
    left = {path.name for path in it.archive.iterdir()}
    assert strange.keys() <= left
    assert not set(found.wal.going) & left
    assert pruning.decided(it.settings, it.target, clock).wal.going == ()

    after = [one for one in it.noted.values() if datetime.fromisoformat(one.at) > second.ended_at]
    assert len(after) == 6
    for noted in after:
        assert it.recover(aim_of(noted.at, None, None, None)) == list(range(1, noted.number + 1))
    assert it.recover(aim_of("latest", None, None, None)) == list(range(1, max(it.noted) + 1))
    # The older backup stays, and can be recovered to its own end; what was written between the two is given up.
    end = first.detail["stop_lsn"]
    assert it.recover(aim_of(None, end, None, None), chosen=first.id) == [1, 2]
    with pytest.raises(HaulbackError) as refused:
        it.recover(aim_of(it.noted[5].at, None, None, None), chosen=first.id)
    assert not isinstance(refused.value, TooEarly)


def test_nothing_goes_while_a_recovery_reads_the_archive(life: tuple[Ground, Backup, Backup]) -> None:
    it, clock = window_after(life[0], life[2])
    found = pruning.decided(it.settings, it.target, clock)
    with alone(restores_of(it.settings, it.target), it.target), pytest.raises(RecoveryRuns):
        pruning.prune(it.settings, it.target, found, lambda _: None)
    assert all((it.archive / name).exists() for name in found.wal.going)


def test_an_archive_that_is_away_keeps_no_backup_from_going(
    life: tuple[Ground, Backup, Backup], tmp_path: Path
) -> None:
    it, clock = window_after(life[0].with_archive(tmp_path / "not-mounted"), life[2])
    found = pruning.decided(it.settings, it.target, clock)
    assert (found.wal.going, len(found.backups.fates)) == ((), 2)
    assert "cannot be read" in found.wal.reason
    assert json.dumps(report.document(found.backups, found.wal, dry_run=True))
