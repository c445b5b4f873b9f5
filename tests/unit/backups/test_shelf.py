"""The shelf of one target: what is listed, what is told of a proof, and how a backup is removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from haulback.app import pruning
from haulback.backups import manifest
from haulback.backups.errors import NoSuchBackup, SeveralBackups, StoreUnreachable
from haulback.backups.shelf import Shelf
from haulback.backups.stores.file import FolderStore
from haulback.model.backup import Backup, BackupKind, Proof, Verdict
from haulback.model.recovery import BackupSettings
from haulback.model.retention import Why
from haulback.model.settings import Settings
from haulback.model.target import Environment, Policy, Target
from set_clocks import Standing

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
TARGET = Target("local", Environment.PRODUCTION, {}, Policy(unknown_blocks=True))


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf.of(FolderStore(tmp_path), TARGET.name)


def put(shelf: Shelf, days: float, *verdicts: Verdict, system: str = "7") -> Backup:
    began = NOW - timedelta(days=days)
    id_ = f"{began:%Y%m%dT%H%M%SZ}-table-{int(days * 16):06x}"
    backup = Backup(id_, BackupKind.TABLE, "local", "app", system, 180006, "0/1", began, began, ())
    with shelf.store.writing(f"{id_}/0001.copy.zst") as stream:
        stream.write(b"rows")
    with shelf.store.writing(f"{id_}/{manifest.NAME}") as stream:
        stream.write(manifest.to_text(backup))
    for number, verdict in enumerate(verdicts):
        shelf.note(Proof(id_, verdict, NOW - timedelta(seconds=60 - number), 1.0))
    return backup


def settings(folder: Path) -> Settings:
    backups = BackupSettings(str(folder))
    return Settings(folder, folder / "home", folder / "migrations", {TARGET.name: TARGET}, TARGET.name, backups=backups)


def test_pruning_removes_what_may_go(shelf: Shelf, tmp_path: Path) -> None:
    for days in (1, 2, 3, 40, 50):
        put(shelf, days, Verdict.PROVED)
    retention = pruning.decided(settings(tmp_path), TARGET, Standing(NOW))
    gone: list[str] = []
    pruning.prune(settings(tmp_path), TARGET, retention, gone.append)
    assert len(gone) == 2
    assert [one.backup.began_at for one in shelf.all() if one.backup] == [NOW - timedelta(days=n) for n in (3, 2, 1)]
    assert sorted(path.name for path in (tmp_path / "local").iterdir()) == [one.id for one in shelf.all()]


def test_a_removal_that_was_cut_short_is_no_backup_and_is_cleared_away(shelf: Shelf, tmp_path: Path) -> None:
    for days in (1, 2, 3, 40):
        put(shelf, days, Verdict.PROVED)
    old = shelf.all()[0].id
    (tmp_path / "local" / old).rename(tmp_path / "local" / f"{old}.doomed")
    assert old not in {one.id for one in shelf.all()}
    pruning.prune(
        settings(tmp_path), TARGET, pruning.decided(settings(tmp_path), TARGET, Standing(NOW)), lambda _: None
    )
    assert not (tmp_path / "local" / f"{old}.doomed").exists()


def test_a_removal_cut_short_after_the_manifest_reads_as_never_finished(shelf: Shelf, tmp_path: Path) -> None:
    for days in (1, 2, 3, 40):
        put(shelf, days, Verdict.PROVED)
    old = shelf.all()[0].id
    (tmp_path / "local" / old / manifest.NAME).unlink()
    found = pruning.decided(settings(tmp_path), TARGET, Standing(NOW))
    assert [(one.backup, one.why) for one in found.backups.going] == [(old, Why.UNFINISHED)]


def test_a_held_one_stays_until_it_is_released(shelf: Shelf, tmp_path: Path) -> None:
    for days in (1, 2, 3):
        put(shelf, days, Verdict.PROVED)
    old = put(shelf, 40, Verdict.PROVED).id
    assert pruning.hold(settings(tmp_path), TARGET, old[:15], held=True).held
    assert pruning.decided(settings(tmp_path), TARGET, Standing(NOW)).backups.going == ()
    assert not pruning.hold(settings(tmp_path), TARGET, old, held=False).held
    assert [one.backup for one in pruning.decided(settings(tmp_path), TARGET, Standing(NOW)).backups.going] == [old]


def test_a_proof_that_cannot_be_read_proves_nothing_and_harms_nothing(shelf: Shelf, tmp_path: Path) -> None:
    backup = put(shelf, 1, Verdict.PROVED)
    (proof,) = (tmp_path / "local" / backup.id).glob("proof-*")
    proof.write_text("{")
    (found,) = shelf.all()
    assert found.backup == backup
    assert (found.is_proved, found.verdict) == (False, Verdict.UNKNOWN)


def test_a_proof_of_another_backup_proves_nothing(shelf: Shelf, tmp_path: Path) -> None:
    proved, other = put(shelf, 2, Verdict.PROVED), put(shelf, 1)
    (proof,) = (tmp_path / "local" / proved.id).glob("proof-*")
    (tmp_path / "local" / other.id / proof.name).write_bytes(proof.read_bytes())
    assert [one.is_proved for one in shelf.all()] == [True, False]


def test_those_that_are_proved(shelf: Shelf) -> None:
    assert list(shelf.proved()) == []
    proved = put(shelf, 3, Verdict.PROVED)
    put(shelf, 2, Verdict.PROVED, Verdict.BAD)
    put(shelf, 1, Verdict.UNKNOWN)
    put(shelf, 0.5)
    assert list(shelf.proved()) == [proved]


def test_a_backup_of_another_cluster_proves_nothing_about_this_one(shelf: Shelf) -> None:
    mine, nobody_knows = put(shelf, 5, Verdict.PROVED, system="7"), put(shelf, 6, Verdict.PROVED, system="")
    put(shelf, 1, Verdict.PROVED, system="8")
    assert next(shelf.proved("7")) == mine
    assert next(shelf.proved("9")) == nobody_knows


def test_a_manifest_that_was_changed_is_bad_and_one_that_is_missing_is_unfinished(shelf: Shelf, tmp_path: Path) -> None:
    changed, missing = put(shelf, 2), put(shelf, 1)
    path = tmp_path / "local" / changed.id / manifest.NAME
    path.write_bytes(path.read_bytes().replace(b'"0/1"', b'"0/2"'))
    (tmp_path / "local" / missing.id / manifest.NAME).unlink()
    first, second = shelf.all()
    assert (first.backup, first.unfinished) == (None, False)
    assert (second.backup, second.unfinished) == (None, True)
    assert replace(first, problem="") != first


ENDLESS = b"[" * 100_000


def test_a_manifest_or_a_proof_nested_without_end_hides_no_other(shelf: Shelf) -> None:
    good = put(shelf, 3, Verdict.PROVED)
    bad = put(shelf, 2, Verdict.PROVED)
    worse = put(shelf, 1)
    for name in (f"{bad.id}/{manifest.NAME}", f"{worse.id}/proof-20260630T120000000000Z.json"):
        with shelf.store.writing(name) as stream:
            stream.write(ENDLESS)
    first, second, third = shelf.all()
    assert (first.id, first.is_proved) == (good.id, True)
    assert (second.backup, second.unfinished, "RecursionError" in second.problem) == (None, False, True)
    assert (third.backup, third.verdict) == (worse, Verdict.UNKNOWN)


@pytest.mark.parametrize(
    "name", ["{}\n", "\n{}", "{}x", "٢{}"], ids=["line after", "line before", "longer", "other digits"]
)
def test_what_is_named_nearly_as_a_backup_is_none(shelf: Shelf, tmp_path: Path, name: str) -> None:
    """A list that shows the name is to have no line in it that somebody made up."""
    only = put(shelf, 1)
    made_up = name.format(only.id[1:] if "٢" in name else only.id)
    folder = tmp_path / "local" / made_up
    folder.mkdir()
    (folder / manifest.NAME).write_bytes(manifest.to_text(replace(only, id=made_up)))
    assert [one.id for one in shelf.all()] == [only.id]


def test_what_cannot_be_read_is_named(shelf: Shelf) -> None:
    backup = put(shelf, 1)
    with shelf.store.writing(f"{backup.id}/proof-20260630T120000000000Z.json/within") as stream:
        stream.write(b"a folder where a file should be")
    shelf.store.remove(f"{backup.id}/{manifest.NAME}")
    with shelf.store.writing(f"{backup.id}/{manifest.NAME}/within") as stream:
        stream.write(b"a folder where a file should be")
    with pytest.raises(StoreUnreachable, match=f"{backup.id}/{manifest.NAME}: Is a directory"):
        shelf.all()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere" / "else")
    store = FolderStore(tmp_path / "link" / "kept")
    with pytest.raises(StoreUnreachable, match="cannot be used"), store.writing("a/file"):
        pass


def test_a_backup_is_named_by_the_beginning_of_its_id_where_only_one_begins_so(shelf: Shelf) -> None:
    older, newer = put(shelf, 3), put(shelf, 2)
    assert shelf.one(older.id).id == older.id
    assert shelf.one(newer.id[:8]).id == newer.id
    with pytest.raises(SeveralBackups, match="the ids of 2 backups of local begin with 202606"):
        shelf.one("202606")
    with pytest.raises(NoSuchBackup):
        shelf.one("2025")


def test_an_empty_id_names_no_backup_though_there_is_but_one(shelf: Shelf) -> None:
    put(shelf, 1)
    with pytest.raises(NoSuchBackup):
        shelf.one("")
