"""What somebody put into a store is told as what it is: it neither hangs us, nor leads elsewhere, nor looks like a bug."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from faults import PLAIN, Keeper, execute, keeper, proving_home  # noqa: F401 - fixtures

from haulback.backups.contents import Contents
from haulback.backups.errors import BackupDamaged, StoreUnreachable
from haulback.model.backup import Backup, Verdict

if TYPE_CHECKING:
    from conftest import Database  # which conftest is loaded depends on what runs besides


@pytest.fixture
def backup(database: Database, keeper: Keeper) -> Backup:
    execute(database, PLAIN)
    return keeper.take(database, "public.t")


def edit(keeper: Keeper, backup: Backup, change: Callable[[dict[str, Any]], object]) -> None:
    """Edits the manifest and seals it anew, as whoever may write to the store can."""
    path = keeper.place(backup) / "manifest.json"
    document = json.loads(path.read_bytes())
    del document["seal"]
    change(document)
    body = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    path.write_text(json.dumps({**document, "seal": {"sha256": hashlib.sha256(body).hexdigest()}}))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda it: it["tables"][0].update(frames=[[10**15, 10, 1]]), "do not fit the file"),
        (lambda it: it["tables"][0].update(frames=[[-1, 10, 1], [10, 10, 1]]), "do not fit the file"),
        (lambda it: it["tables"][0].update(frames=[]), "do not fit the file"),
        (lambda it: it["tables"][0].update(file="0009.copy.zst"), "does not know 0009.copy.zst"),
        (lambda it: it["detail"].pop("schema"), "its schema: KeyError"),
        (lambda it: it["detail"]["schema"].update(raw="x"), "its schema: ValueError"),
        (lambda it: it["files"].append(["../../../etc/passwd", 1, "00"]), "lies outside of it"),
        (lambda it: it["files"].append(["/etc/passwd", 1, "00"]), "lies outside of it"),
        (lambda it: it.update(began_at="2026-01-01T00:00:00"), "does not say its zone"),
    ],
)
def test_a_manifest_that_somebody_made_up_is_bad(
    keeper: Keeper, backup: Backup, change: Callable[[dict[str, Any]], object], problem: str
) -> None:
    edit(keeper, backup, change)
    proof = keeper.verify(backup)
    assert (proof.verdict, problem in proof.problems[0]) == (Verdict.BAD, True), proof.problems


def test_hashes_that_nothing_tells_how_to_read(keeper: Keeper, backup: Backup) -> None:
    edit(keeper, backup, lambda it: it["detail"].pop("sidecars"))
    edited = keeper.shelf.one(backup.id).backup
    assert edited
    with pytest.raises(BackupDamaged, match="does not know how"):
        Contents(keeper.shelf.store, edited, None).sidecar(edited.tables[0])


@pytest.mark.timeout(60)
def test_a_pipe_is_not_waited_for(keeper: Keeper, backup: Backup) -> None:
    place = keeper.place(backup)
    os.mkfifo(place / "proof-20260101T000000000000Z.json")
    os.mkfifo(place.parent / "pipe")
    (place.parent / "loop").symlink_to(place.parent)
    (place.parent / "20200101T000000Z-table-abcdef").symlink_to("/nowhere")
    (kept,) = keeper.shelf.all()
    assert (kept.id, kept.proofs) == (backup.id, ())
    (place / "manifest.json").unlink()
    os.mkfifo(place / "manifest.json")
    with pytest.raises(StoreUnreachable, match="it is no file"):
        keeper.shelf.store.read(f"{backup.id}/manifest.json")
