"""Each fault of a physical backup or of its archive is found, and told as what it is; a healthy one is not accused."""

from __future__ import annotations

import os
import shutil
import signal
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from recovery_ground import Ground, ground, one

from haulback.app import backing_up, recovering
from haulback.backups import chain, wal
from haulback.backups.aiming import aim_of
from haulback.backups.cluster_errors import (
    ArchiveUnreachable,
    LogBroken,
    LogDamaged,
    NoBinariesFor,
    NoRoom,
    NoTimeline,
    OtherSystem,
    PagesDamaged,
    ServerFailed,
    SeveralTimelines,
)
from haulback.backups.errors import BackupDamaged, StoreFull
from haulback.backups.pitr_plan import PitrPlan
from haulback.clock import SystemClock
from haulback.deploy.progress import Silent
from haulback.model.aim import Aim
from haulback.model.backup import Backup, BackupKind, Verdict
from haulback.model.wal import lsn_of
from haulback.pg import binaries, postmaster
from small_disks import small_disk

ROWS = 12


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """A full, an incremental, and rows in three segments after them; the server stays up."""
    for it in ground(tmp_path_factory.mktemp("faults"), binaries.embedded()):
        it.summarize()
        it.write(3)
        it.back_up()
        it.write(3)
        it.back_up(BackupKind.INCREMENTAL)
        for _ in range(3):
            it.write(2)
            it.switch()
        recovering.situation(it.settings, it.target, 0, SystemClock())  # ships what there is
        yield it


@pytest.fixture
def lost(history: Ground, tmp_path: Path) -> Ground:
    """What is left when the server is gone: copies of archive and store, for one test to harm."""
    shutil.copytree(history.archive, tmp_path / "archive")
    shutil.copytree(history.store, tmp_path / "store" / "local")
    settings = replace(
        history.settings,
        home=tmp_path / "home",
        backups=replace(history.settings.backups, store=str(tmp_path / "store")),
    )
    return replace(history.with_archive(tmp_path / "archive"), settings=settings)


def archive(lost: Ground) -> Path:
    return Path(lost.target.archive)


def planned(lost: Ground, aim: Aim, timeline: int = 0, chosen: str = "") -> PitrPlan:
    request = recovering.Request(aim, chosen, timeline)
    return recovering.plan(lost.settings, lost.target, request, SystemClock())


def last_row(lost: Ground) -> Aim:
    return aim_of(None, None, lost.noted[ROWS].xid, None)


def segment_of(lost: Ground, row: int) -> Path:
    """The file in the archive that holds the commit of a row."""
    found = wal.read(archive(lost))
    return archive(lost) / found.name(1, (lsn_of(lost.noted[row].lsn) - 1) // found.segment_size)


def backups(lost: Ground) -> list[Backup]:
    return [one.backup for one in lost.shelf.all() if one.backup]


def test_a_healthy_one_is_planned_without_its_server(lost: Ground) -> None:
    found = planned(lost, last_row(lost))
    assert found.stop.setting == "recovery_target_xid"
    assert found.backup.kind is BackupKind.INCREMENTAL


def _remove(path: Path) -> None:
    path.unlink()


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _empty(path: Path) -> None:
    os.truncate(path, 0)


def _zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def _other_system(path: Path) -> None:
    head = bytearray(path.read_bytes())
    head[24] ^= 0xFF
    path.write_bytes(head)


def _other_part(path: Path) -> None:
    before = min(one for one in path.parent.iterdir() if len(one.name) == 24)
    shutil.copyfile(before, path)


@pytest.mark.parametrize("fault", [_remove, _cut, _empty, _zeros, _other_system, _other_part])
def test_a_segment_on_the_way(lost: Ground, fault: Callable[[Path], None]) -> None:
    fault(segment_of(lost, 8))
    with pytest.raises(LogBroken) as raised:
        planned(lost, last_row(lost))
    assert segment_of(lost, 8).name in raised.value.message
    assert planned(lost, aim_of(None, None, lost.noted[6].xid, None)), "what lies before is in reach still"


def test_the_newest_moment_is_not_promised_behind_a_hole(lost: Ground) -> None:
    segment_of(lost, 10).unlink()
    with pytest.raises(LogBroken):
        planned(lost, aim_of("latest", None, None, None))


def test_a_flipped_byte_in_a_record(lost: Ground) -> None:
    path = segment_of(lost, 8)
    held = bytearray(path.read_bytes())
    place = (lsn_of(lost.noted[7].lsn) - 40) % len(held)
    held[place] ^= 0x10
    path.write_bytes(held)
    with pytest.raises(LogDamaged):
        planned(lost, last_row(lost))
    with pytest.raises(LogDamaged):
        planned(lost, aim_of(None, lost.noted[ROWS].lsn, None, None))


def test_a_polluted_archive_is_told_and_used(lost: Ground) -> None:
    for name in ("core", "base.tar.gz", "000000010000000000000009.gz"):
        (archive(lost) / name).write_bytes(b"what is this")
    found = planned(lost, last_row(lost))
    assert len(found.archive.strange) == 3


def test_a_clone_that_archived_here_is_not_followed(lost: Ground) -> None:
    """It left a history and a segment of its own timeline; PostgreSQL's default would follow it."""
    whole = planned(lost, last_row(lost))
    fork = lost.noted[7].lsn
    (archive(lost) / "00000002.history").write_text(f"1\t{fork}\tno recovery target specified\n")
    with pytest.raises(SeveralTimelines):  # the server is gone, and cannot say that this is not its own
        planned(lost, last_row(lost))
    found = planned(lost, last_row(lost), timeline=1)
    assert (found.timeline, found.stop.lsn) == (1, whole.stop.lsn)


def test_a_clone_that_archived_here_is_not_asked_about_while_the_server_runs(history: Ground) -> None:
    (history.archive / "00000009.history").write_text(f"1\t{history.noted[7].lsn}\tno recovery target specified\n")
    try:
        assert planned(history, last_row(history)).timeline == 1
    finally:
        (history.archive / "00000009.history").unlink()


def test_a_timeline_that_nothing_leads_to(lost: Ground) -> None:
    with pytest.raises(NoTimeline):
        planned(lost, last_row(lost), timeline=7)


def test_an_archive_that_is_away(lost: Ground) -> None:
    archive(lost).rename(archive(lost).with_name("unmounted"))
    with pytest.raises(ArchiveUnreachable):
        planned(lost, last_row(lost))


def test_a_backup_of_another_cluster(history: Ground, lost: Ground) -> None:
    situation = replace(recovering.situation(lost.settings, lost.target, 0, SystemClock()), system="1")
    with pytest.raises(OtherSystem):
        recovering.pitr_plan.plan(situation, last_row(lost))


def test_another_major_version(lost: Ground) -> None:
    with pytest.raises(NoBinariesFor):
        chain.of(lost.shelf, replace(backups(lost)[0], server_version=140012))


def test_a_full_that_is_gone_under_an_incremental(lost: Ground) -> None:
    full, increment = backups(lost)
    shutil.rmtree(lost.store / full.id)
    proof = lost.prove(increment)
    assert (proof.verdict, full.id in proof.problems[0]) == (Verdict.BAD, True)
    with pytest.raises(BackupDamaged):
        planned(lost, last_row(lost), chosen=increment.id)


def _flip(data: Path) -> None:
    path = max((data / "base").rglob("*"), key=lambda one: one.stat().st_size if one.is_file() else 0)
    held = bytearray(path.read_bytes())
    held[len(held) // 2] ^= 0x01
    path.write_bytes(held)


def _file_gone(data: Path) -> None:
    (data / "global" / "pg_control").unlink()


def _file_cut(data: Path) -> None:
    _cut(max((data / "base").rglob("*"), key=lambda one: one.stat().st_size if one.is_file() else 0))


def _own_log_gone(data: Path) -> None:
    for path in (data / "pg_wal").iterdir():
        if path.is_file():
            path.unlink()


def _own_log_cut(data: Path) -> None:
    _cut(next(path for path in (data / "pg_wal").iterdir() if len(path.name) == 24))


def _sums_edited(data: Path) -> None:
    path = data / "backup_manifest"
    path.write_text(path.read_text().replace('"Size": 8192', '"Size": 8191', 1))


@pytest.mark.parametrize("fault", [_flip, _file_gone, _file_cut, _own_log_gone, _own_log_cut, _sums_edited])
def test_a_harmed_backup_is_bad_and_begins_no_recovery(lost: Ground, fault: Callable[[Path], None]) -> None:
    full = backups(lost)[0]
    fault(lost.store / full.id / "data")
    proof = lost.prove(full)
    assert proof.verdict is Verdict.BAD, proof
    with pytest.raises(BackupDamaged):
        recovering.recovery.require_recoverable(planned(lost, last_row(lost), chosen=full.id), lost.settings.home)


def test_the_healthy_chain_is_proved(history: Ground) -> None:
    for backup in backups(history):
        proof = history.prove(backup)
        assert (proof.verdict, proof.problems) == (Verdict.PROVED, ())


def test_a_backup_whose_process_is_killed_is_none_and_is_cleared_away(history: Ground) -> None:
    before = {one.id for one in history.shelf.all()}
    child = os.fork()
    if child == 0:  # pragma: no cover - it is killed
        _die_in_the_middle(history)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert list(history.store.glob("*.unfinished"))
    assert {one.id for one in history.shelf.all()} == before
    taken = history.back_up()
    assert not list(history.store.glob("*.unfinished"))
    shutil.rmtree(history.store / taken.id)


def _die_in_the_middle(history: Ground) -> None:
    class Deadly(Silent):
        def part(self, _step: str, _what: str, _done: int, total: int) -> None:
            if total:  # the server has begun
                os.kill(os.getpid(), signal.SIGKILL)

    backing_up.take(history.settings, history.target, backing_up.Request(BackupKind.PHYSICAL), Deadly())


def test_a_full_disk_leaves_no_backup(history: Ground, tmp_path: Path) -> None:
    small = tmp_path / "small"
    with small_disk(small, "8m"):
        store = replace(history.settings.backups, store=str(small))
        full = replace(history, settings=replace(history.settings, backups=store))
        with pytest.raises(StoreFull):
            full.back_up()
        assert not full.shelf.all()
        home = replace(full.settings, backups=history.settings.backups, home=small)
        with pytest.raises(NoRoom):
            recovering.recover(home, history.target, recovering.Request(last_row(history)), Silent())


def test_a_server_that_is_killed_leaves_no_backup(tmp_path: Path) -> None:
    for it in ground(tmp_path, binaries.embedded()):
        it.write(1)
        with it.connect() as connection:
            connection.execute("create table heavy as select repeat('x', 1000) as t from generate_series(1, 60000)")

        class Killing(Silent):
            def part(self, _step: str, _what: str, _done: int, total: int) -> None:
                if total:  # it has begun
                    os.kill(it.running.pid, signal.SIGQUIT)  # noqa: B023 - the loop runs once

        with pytest.raises(ServerFailed):
            backing_up.take(it.settings, it.target, backing_up.Request(BackupKind.PHYSICAL), Killing())
        assert not it.shelf.all()
        assert not list(it.store.glob("*.unfinished"))


@pytest.mark.parametrize("major", [18, 15])
def test_a_damaged_page(tmp_path: Path, major: int) -> None:
    """With checksums the backup itself fails; without them, nothing but reading everything finds it."""
    found = binaries.for_major(major)
    if found is None:
        pytest.skip(f"PostgreSQL {major} is not installed")
    for it in ground(tmp_path, found):
        it.write(40)
        with it.connect() as connection:
            connection.execute("checkpoint")
            path = it.running.data_dir / one(connection, "select pg_relation_filepath('oracle')")
        it.cluster.stop()
        held = bytearray(path.read_bytes())
        beyond = 0x4000 | 1 << 15 | 100 << 17  # a line pointer in use that leads beyond the page
        held[40:60] = struct.pack("=I", beyond) * 5
        path.write_bytes(held)
        it.running = it.cluster.start()
        it.target = replace(it.target, parameters={**it.target.parameters, "port": str(it.running.port)})
        if major == 18:
            with pytest.raises(PagesDamaged):
                it.back_up()
            assert not it.shelf.all()
        else:
            proof = it.prove(it.back_up())
            assert proof.verdict is Verdict.BAD
            assert "oracle" in proof.problems[0]


def test_nothing_of_a_private_copy_is_left(history: Ground) -> None:
    proofs = history.settings.home / "proofs"
    assert not proofs.exists() or not list(proofs.iterdir())
    assert postmaster.read(history.running.data_dir) is not None
