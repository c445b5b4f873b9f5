"""A chain is found with one look at each of its manifests, and refuses a link that is not believed."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from haulback.backups import chain, manifest
from haulback.backups.cipher import Cipher, Key
from haulback.backups.errors import BackupDamaged, NotSealed
from haulback.backups.shelf import Shelf
from haulback.backups.stores.file import FolderStore
from haulback.backups.trust import BELIEVE_ALL, Trust
from haulback.model import packed as model
from haulback.model.backup import Backup, BackupKind, Proof, StoredFile, Verdict
from haulback.model.packed import PackedArchive, PackedFile
from haulback.model.physical import Physical

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
KEY = Key.parsed("ab" * 32)
PHYSICAL = Physical("physical", 1, "0/1", "0/2", "0" * 24, "0" * 24, 1 << 24, 1, 1, "postgres", checksums=True)
FILES = (StoredFile("0001.base.tar.zst", 1, "ab"), StoredFile("0002.backup_manifest.zst", 1, "ab"))
ARCHIVES = tuple(
    PackedArchive(name, (PackedFile(file.name, 1, (1,)),))
    for name, file in zip(("base.tar", "backup_manifest"), FILES, strict=True)
)
LINKS = 6


class Counting(FolderStore):
    """Counts what is read."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.read_of: Counter[str] = Counter()

    def read(self, name: str, offset: int = 0, length: int = -1) -> bytes:
        self.read_of[name] += 1
        return super().read(name, offset, length)


def link(shelf: Shelf, number: int, parent: Backup | None, key: Key | None, **changes: Any) -> Backup:
    """The n-th of a chain, as it is packed; with a proof, that nothing need be read of."""
    kind = BackupKind.INCREMENTAL if parent else BackupKind.PHYSICAL
    began = NOW + timedelta(days=number)
    cipher = Cipher.fresh(key) if key else None
    pinned = hashlib.sha256(shelf.manifest(parent.id)).hexdigest() if parent else ""
    backup = Backup(
        f"{began:%Y%m%dT%H%M%SZ}-{kind.value}-000000", kind, "local", "app", "7", 180006, "0/2", began, began, FILES,
        parent=parent.id if parent else "",
        key=cipher.key.name if cipher else "",
        salt=cipher.salt.hex() if cipher else "",
        detail=PHYSICAL.detail() | model.to_detail(ARCHIVES) | ({"parent_sha256": pinned} if parent else {}),
    )  # fmt: skip
    backup = replace(backup, **changes)
    written(shelf, backup, cipher)
    shelf.note(Proof(backup.id, Verdict.PROVED, began, 1.0))
    return backup


def written(shelf: Shelf, backup: Backup, cipher: Cipher | None = None) -> None:
    with shelf.store.writing(f"{backup.id}/{manifest.NAME}") as stream:
        stream.write(manifest.to_text(backup, cipher))


def chained(shelf: Shelf, *keys: Key | None) -> list[Backup]:
    found: list[Backup] = []
    for number, key in enumerate(keys):
        found.append(link(shelf, number, found[-1] if found else None, key))
    return found


@pytest.mark.parametrize("key", [KEY, None], ids=["sealed", "clear"])
def test_no_manifest_is_read_twice(tmp_path: Path, key: Key | None) -> None:
    store = Counting(tmp_path)
    shelf = Shelf.of(store, "local", Trust(key))
    links = chained(shelf, *[key] * LINKS)
    link(shelf, LINKS, None, key)  # another one, that is nothing to the chain
    store.read_of.clear()
    found = chain.of(shelf, links[-1], key)
    assert [one.backup for one in found.links] == links
    # The last one is read for its seal alone: what it says is known.
    looked_at = links if key else links[:-1]
    assert store.read_of == {f"local/{one.id}/{manifest.NAME}": 1 for one in looked_at}


@pytest.mark.parametrize("clear", range(LINKS - 1))
def test_a_link_in_the_clear_is_refused_wherever_it_is(tmp_path: Path, clear: int) -> None:
    """Though the one that builds on it is sealed and was built on just this one."""
    links = chained(Shelf.of(FolderStore(tmp_path), "local"), *[None if one == clear else KEY for one in range(LINKS)])
    shelf = Shelf.of(FolderStore(tmp_path), "local", Trust(KEY))
    with pytest.raises(NotSealed, match=links[clear].id):
        chain.of(shelf, links[-1], KEY)
    believing = replace(shelf, trust=Trust(KEY, frozenset(BackupKind)))
    assert len(chain.of(believing, links[-1], KEY).links) == LINKS


@pytest.mark.parametrize("trust", [Trust(KEY, frozenset(BackupKind)), BELIEVE_ALL], ids=["keyed", "all"])
def test_a_link_that_was_exchanged_or_is_gone(tmp_path: Path, trust: Trust) -> None:
    shelf = Shelf.of(FolderStore(tmp_path), "local", trust)
    whole, after = chained(shelf, None, KEY)
    written(shelf, replace(whole, lsn="0/1"))
    with pytest.raises(BackupDamaged, match="was exchanged since"):
        chain.of(shelf, after, KEY)
    (tmp_path / "local" / whole.id / manifest.NAME).unlink()
    with pytest.raises(BackupDamaged, match="never finished"):
        chain.of(shelf, after, KEY)
    shelf.remove(whole.id)
    with pytest.raises(BackupDamaged, match="which it builds on, is gone"):
        chain.of(shelf, after, KEY)


def test_a_parent_that_lies_elsewhere_is_gone(tmp_path: Path) -> None:
    """Whoever made the manifest up has nothing read that is no backup of this target."""
    other = Shelf.of(FolderStore(tmp_path), "other")
    stranger = link(other, 0, None, None)
    shelf = Shelf.of(FolderStore(tmp_path), "local")
    for name in (f"../other/{stranger.id}", stranger.id[:-1], "", f"{stranger.id}\n"):
        kind = {"kind": BackupKind.INCREMENTAL, "parent": name}
        with pytest.raises(BackupDamaged, match="is gone"):
            chain.of(shelf, replace(stranger, **kind), None)
