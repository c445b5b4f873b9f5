"""`haulback backup prune` as a process, beside the seed's `find -mtime +30 -delete`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from haulback.backups import manifest
from haulback.backups.shelf import Shelf
from haulback.backups.stores.file import FolderStore
from haulback.model.backup import Backup, BackupKind, Proof, Verdict

NOW = datetime.now(UTC)


def put(shelf: Shelf, days: float, *, proved: bool = True) -> str:
    began = NOW - timedelta(days=days)
    backup = Backup(
        f"{began:%Y%m%dT%H%M%SZ}-table-{int(days):06x}", BackupKind.TABLE, "local", "app", "7", 180006, "0/1", began,
        began, (),
    )  # fmt: skip
    with shelf.store.writing(f"{backup.id}/{manifest.NAME}") as stream:
        stream.write(manifest.to_text(backup))
    if proved:
        shelf.note(Proof(backup.id, Verdict.PROVED, began, 1.0))
    for path in ((shelf.store.folder or Path()) / backup.id).iterdir():
        os.utime(path, (began.timestamp(), began.timestamp()))
    return backup.id


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    (tmp_path / "haulback.toml").write_text('[backups]\nstore = "kept"\n', encoding="utf-8")
    return Shelf.of(FolderStore(tmp_path / "kept"), "local")


def haulback(folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "haulback", "backup", *words, "--json"],
        cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


def test_31_failed_nights(shelf: Shelf, tmp_path: Path) -> None:
    ids = [put(shelf, 31 + n) for n in range(5)]
    code, document = haulback(tmp_path, "prune", "--yes")
    assert (code, document["removed"]) == (0, [])
    assert {one.id for one in shelf.all()} == set(ids)
    # What the seed does leaves nothing at all of the same folder.
    subprocess.run(["find", tmp_path / "kept", "-type", "f", "-mtime", "+30", "-delete"], check=True)
    assert shelf.all() == ()


def test_prune_says_what_goes_removes_it_and_has_then_nothing_to_do(shelf: Shelf, tmp_path: Path) -> None:
    newest, second, third, old = (put(shelf, days) for days in (1, 2, 3, 45))
    code, dry = haulback(tmp_path, "prune", "--dry-run")
    assert (code, dry["removed"]) == (0, [])
    assert [(one["id"], one["goes"], one["why"]) for one in dry["backups"]] == [
        (old, True, "aged"), (third, False, "counted"), (second, False, "counted"), (newest, False, "newest"),
    ]  # fmt: skip
    code, document = haulback(tmp_path, "prune")
    assert (code, document["ok"]) == (2, False)  # nobody there to ask
    assert haulback(tmp_path, "hold", old)[1]["held"] is True
    assert haulback(tmp_path, "prune", "--yes")[1]["removed"] == []
    assert haulback(tmp_path, "release", old)[1]["held"] is False
    assert haulback(tmp_path, "prune", "--yes")[1]["removed"] == [old]
    assert haulback(tmp_path, "prune")[1]["removed"] == []
    assert [one.id for one in shelf.all()] == [third, second, newest]


def test_holding_what_is_not_there_is_told(shelf: Shelf, tmp_path: Path) -> None:
    code, document = haulback(tmp_path, "hold", "20260101T000000Z-table-000000")
    assert (code, document["error"]) == (2, "no-such-backup")
