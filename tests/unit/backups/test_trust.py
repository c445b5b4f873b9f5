"""With a backup key nothing is taken for a backup that the key did not seal, and nothing in it is run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from haulback.app import backing_up, drilling, restore_source, scheduled, unpacking
from haulback.backups import chain, manifest, pitr_plan, retention, wal
from haulback.backups.aiming import aim_of
from haulback.backups.cipher import Cipher, Key
from haulback.backups.cluster_errors import LogDamaged
from haulback.backups.errors import (
    KeyMissing,
    KeyUnusable,
    ManifestUnreadable,
    NoBackups,
    NotSealed,
    OtherTarget,
    WrongKey,
)
from haulback.backups.pitr_plan import Situation
from haulback.backups.shelf import Shelf
from haulback.backups.stores.file import FolderStore
from haulback.clock import SystemClock
from haulback.deploy.progress import Silent
from haulback.errors import Exit, HaulbackError
from haulback.model.backup import Backup, BackupKind, Proof, TableContent, Verdict
from haulback.model.physical import Physical
from haulback.model.recovery import BackupSettings
from haulback.model.retention import Why
from haulback.model.settings import Settings
from haulback.model.target import Environment, Policy, Target
from set_clocks import At

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
KEY, OTHER = Key.parsed("ab" * 32), Key.parsed("cd" * 32)
TARGET = Target("local", Environment.PRODUCTION, {}, Policy(unknown_blocks=True))
TOLD = Physical("physical", 1, "0/1", "0/2", "0" * 24, "0" * 24, 1 << 24, 1, 1, "postgres", checksums=True)
ORDERS = TableContent("public.orders", (), (), 0, "", 0, "", (), "")


def settings(folder: Path, **said: Any) -> Settings:
    given = {"key": "ab" * 32, **said}
    backups = BackupSettings(str(folder), **given)
    return Settings(folder, folder / "home", folder / "migrations", {TARGET.name: TARGET}, TARGET.name, backups=backups)


def put(
    folder: Path, days: float, kind: BackupKind = BackupKind.TABLE, seal: Key | None = None, **changes: Any
) -> Backup:
    """A proved backup of so many days ago; the proof is what anybody can write, too."""
    began = NOW - timedelta(days=days)
    id_ = f"{began:%Y%m%dT%H%M%SZ}-{kind.value}-{int(days * 16):06x}"
    cipher = Cipher.fresh(seal) if seal else None
    sealed = {"key": cipher.key.name, "salt": cipher.salt.hex()} if cipher else {}
    tables = (ORDERS,) if kind is BackupKind.TABLE else ()
    detail = {} if tables else TOLD.detail()
    backup = replace(
        Backup(id_, kind, "local", "app", "7", 180006, "0/1", began, began, (), tables, detail=detail),
        **{**sealed, **changes},
    )
    shelf = Shelf.of(FolderStore(folder), TARGET.name)
    with shelf.store.writing(f"{id_}/{manifest.NAME}") as stream:
        stream.write(manifest.to_text(backup, cipher))
    shelf.note(Proof(id_, Verdict.PROVED, began, 1.0))
    return backup


def shelved(folder: Path, **said: Any) -> Shelf:
    return backing_up.shelf(settings(folder, **said), TARGET)


def believed(shelf: Shelf) -> list[Backup]:
    return [one.backup for one in shelf.all() if one.backup]


@pytest.mark.parametrize("kind", list(BackupKind))
def test_one_in_the_clear_is_listed_and_counts_for_nothing(tmp_path: Path, kind: BackupKind) -> None:
    sealed, clear = put(tmp_path, 2, kind, KEY), put(tmp_path, 1, kind)
    shelf = shelved(tmp_path)
    first, second = shelf.all()
    assert (first.backup, first.is_proved) == (sealed, True)
    assert (second.id, second.backup, second.refused, second.is_proved) == (clear.id, None, clear, False)
    assert "in the clear, and a backup key is set" in second.problem
    assert (list(shelf.proved()), shelf.newest().id) == ([sealed], sealed.id)
    with pytest.raises(NotSealed):
        shelf.read(clear.id)


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ({}, set()),
        ({"cluster_in_clear": True}, {BackupKind.PHYSICAL, BackupKind.INCREMENTAL}),
        ({"accept_clear": True}, set(BackupKind)),
        ({"accept_clear": True, "cluster_in_clear": True}, set(BackupKind)),
        ({"key": None}, set(BackupKind)),
    ],
    ids=["sealed only", "clusters", "all", "both", "no key"],
)
def test_which_are_believed_in_the_clear(tmp_path: Path, said: dict[str, Any], kinds: set[BackupKind]) -> None:
    for days, kind in enumerate(BackupKind):
        put(tmp_path, days, kind)
    assert {one.kind for one in believed(shelved(tmp_path, **said))} == kinds


def test_one_that_names_the_key_and_was_written_without_it(tmp_path: Path) -> None:
    forged = put(tmp_path, 1, key=KEY.name, salt="00" * 32)
    (found,) = shelved(tmp_path).all()
    assert (found.backup, found.refused, "not written with this key" in found.problem) == (None, None, True)
    with pytest.raises(ManifestUnreadable):
        shelved(tmp_path).read(forged.id)
    (proof,) = backing_up.verify(settings(tmp_path), TARGET, (forged.id,), Silent())
    assert proof.verdict is Verdict.BAD


def test_what_another_key_sealed_counts_for_nothing_and_is_said_to_take_that_key(tmp_path: Path) -> None:
    """Whether any key sealed it, nobody can tell who has not got that one."""
    backup = put(tmp_path, 1, seal=OTHER)
    shelf = shelved(tmp_path, accept_clear=True)
    (found,) = shelf.all()
    assert (found.backup, found.refused, found.is_proved, list(shelf.proved())) == (None, backup, False, [])
    (proof,) = backing_up.verify(settings(tmp_path), TARGET, (backup.id,), Silent())
    assert (proof.verdict, "the key given is" in proof.problems[0]) == (Verdict.UNKNOWN, True)
    with pytest.raises(WrongKey):
        backing_up.verify(settings(tmp_path), TARGET, (), Silent())
    assert scheduled.is_due(settings(tmp_path), TARGET, At(NOW)).backup
    assert believed(shelved(tmp_path, key="cd" * 32)) == [backup]


def test_a_data_folder_that_names_a_key_of_nobody(tmp_path: Path) -> None:
    """None is plain that a key sealed: nothing in it would have been opened with the key that it names."""
    forged = put(tmp_path, 1, BackupKind.PHYSICAL, key="0" * 16)
    with pytest.raises(WrongKey):
        unpacking.unpack(settings(tmp_path), TARGET, forged.id, tmp_path / "data", Silent())
    for key, error in ((None, KeyMissing), (KEY, WrongKey)):
        with pytest.raises(error):
            chain.of(Shelf.of(FolderStore(tmp_path), TARGET.name), forged, key)


def test_an_older_backup_does_where_a_newer_one_takes_another_key(tmp_path: Path) -> None:
    older = put(tmp_path / "store", 2, BackupKind.PHYSICAL, KEY)
    put(tmp_path / "store", 1, BackupKind.PHYSICAL, key="0" * 16)
    (tmp_path / "archive").mkdir()
    situation = Situation("local", shelved(tmp_path / "store"), wal.read(tmp_path / "archive"), "", 0, KEY)
    assert [one.id for one in pitr_plan.whole_backups(situation.shelf)] == [older.id]
    with pytest.raises(LogDamaged):  # it was begun with, and the archive is empty
        pitr_plan.plan(situation, aim_of("latest", None, None, None))


@pytest.mark.parametrize("seal", [KEY, None], ids=["sealed", "clear"])
def test_one_that_was_moved_here_from_another_target(tmp_path: Path, seal: Key | None) -> None:
    """Sealed with the same key, its manifest says so for sure; without a key anybody could change the name in it."""
    moved = put(tmp_path, 1, seal=seal, target="staging")
    (found,) = shelved(tmp_path, accept_clear=True).all()
    assert (found.backup, found.refused) == (None, moved)
    assert "is of the target staging, and lies among those of local" in found.problem
    if seal is None:
        assert believed(shelved(tmp_path, key=None)) == [moved]


def test_what_pgbackrest_took_lies_in_its_own_repository(tmp_path: Path) -> None:
    detail = {"engine": "pgbackrest", "bytes": 1}
    theirs = put(tmp_path, 1, BackupKind.PHYSICAL, detail=detail)
    put(tmp_path, 2, BackupKind.TABLE, detail=detail)
    assert believed(shelved(tmp_path)) == [theirs]


def test_nothing_from_elsewhere_stands_for_a_backup_of_tables(tmp_path: Path) -> None:
    """Else it would be believed by its kind, and others would go for it by its name."""
    good = put(tmp_path, 40, seal=KEY)
    made_up = replace(put(tmp_path, 1), kind=BackupKind.PHYSICAL, detail={"engine": "pgbackrest", "bytes": 1})
    (tmp_path / "local" / made_up.id / manifest.NAME).write_bytes(manifest.to_text(made_up))
    assert believed(shelved(tmp_path)) == [good]
    assert "its name says another" in shelved(tmp_path).one(made_up.id).problem
    (found, _) = retention.decide(shelved(tmp_path).all(), BackupSettings("", keep_proved=1), NOW).fates
    assert found.why is Why.NEWEST


@pytest.mark.parametrize("detail", [{}, {"label": 1, "bytes": 1}, {"label": "x", "superuser": [], "bytes": 1}])
def test_what_does_not_say_which_one_of_pgbackrest_it_is(tmp_path: Path, detail: dict[str, Any]) -> None:
    made_up = put(tmp_path / "store", 1, BackupKind.PHYSICAL, detail={"engine": "pgbackrest", **detail})
    (proof,) = backing_up.verify(settings(tmp_path / "store"), TARGET, (made_up.id,), Silent())
    assert (proof.verdict, "does not say" in proof.problems[0]) == (Verdict.BAD, True)


def test_none_is_tried_and_no_word_is_kept_against_it(tmp_path: Path) -> None:
    """Nothing of it was run: nothing was made below `home`. It stays as it is for whoever takes the key away."""
    clear = put(tmp_path, 1)
    with pytest.raises(NotSealed) as raised:
        backing_up.verify(settings(tmp_path), TARGET, (), Silent())
    assert (raised.value.exit_code, "backups.accept_clear" in raised.value.hint) == (Exit.REFUSED, True)
    (proof,) = backing_up.verify(settings(tmp_path), TARGET, (clear.id,), Silent())
    assert (proof.verdict, "in the clear" in proof.problems[0]) == (Verdict.UNKNOWN, True)
    assert not (tmp_path / "home").exists()
    assert [one.is_proved for one in shelved(tmp_path, key=None).all()] == [True]


def test_an_empty_shelf_is_told_as_empty(tmp_path: Path) -> None:
    with pytest.raises(NoBackups):
        shelved(tmp_path).newest()


def test_no_row_comes_back_from_it(tmp_path: Path) -> None:
    clear = put(tmp_path, 1)
    request = restore_source.Request("public.orders", clear.id)
    with pytest.raises(NotSealed):
        restore_source.source(settings(tmp_path), TARGET, request)
    assert restore_source.source(settings(tmp_path, accept_clear=True), TARGET, request).backup == clear
    sealed = put(tmp_path, 2, seal=KEY)
    found = restore_source.source(settings(tmp_path), TARGET, replace(request, backup="", at=NOW))
    assert found.backup == sealed


def test_nothing_is_unpacked_of_it(tmp_path: Path) -> None:
    clear = put(tmp_path, 1, BackupKind.PHYSICAL)
    with pytest.raises(NotSealed):
        unpacking.unpack(settings(tmp_path), TARGET, clear.id, tmp_path / "data", Silent())
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("named", ["", "it"], ids=["the newest", "named"])
@pytest.mark.parametrize(("target", "error"), [("local", NotSealed), ("staging", OtherTarget)])
def test_no_recovery_begins_with_it(tmp_path: Path, named: str, target: str, error: type[HaulbackError]) -> None:
    seal = KEY if target != "local" else None
    found = put(tmp_path / "store", 1, BackupKind.PHYSICAL, seal, target=target)
    (tmp_path / "archive").mkdir()
    situation = Situation("local", shelved(tmp_path / "store"), wal.read(tmp_path / "archive"), "", 0, KEY)
    with pytest.raises(error):
        pitr_plan.plan(situation, aim_of("latest", None, None, None), found.id if named else "")


def test_there_is_nothing_to_drill_with(tmp_path: Path) -> None:
    put(tmp_path, 1)
    put(tmp_path, 2, BackupKind.PHYSICAL)
    with pytest.raises(drilling.NothingToDrill):
        drilling.drill(settings(tmp_path), TARGET, None, Silent())


@pytest.mark.parametrize("written", ["short", ""], ids=["short", "empty file"])
def test_a_key_that_is_none_is_told(tmp_path: Path, written: str) -> None:
    """By `haulback up` too: what looks whether anything is due has it told by the run."""
    said = settings(tmp_path, key=written)
    with pytest.raises(KeyUnusable):
        backing_up.shelf(said, TARGET)
    with pytest.raises(KeyUnusable):
        scheduled.run(said, None, Silent())
    assert scheduled.Keeper(said, SystemClock())._is_due("local")
