"""Archives are unpacked to just what they hold; what somebody made up leads nowhere else and is told as damage."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import tracemalloc
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from haulback.backups import frames, manifest, packed
from haulback.backups.errors import BackupDamaged
from haulback.backups.shelf import Shelf
from haulback.backups.stores.file import FolderStore
from haulback.model import packed as model
from haulback.model.backup import Backup, BackupKind, StoredFile
from haulback.model.packed import FRAME, PackedArchive, PackedFile
from haulback.model.physical import Physical
from haulback.pg.os_user import server_user

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ID = "20260102T030405Z-physical-0a1b2c"
NAME = "0001.base.tar.zst"
TOLD = Physical("physical", 1, "0/1", "0/2", "0" * 24, "0" * 24, 1 << 24, 1, 1, "postgres", checksums=True)


def entry(
    name: str, kind: bytes = tarfile.REGTYPE, text: bytes = b"text", link: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    found = tarfile.TarInfo(name)
    found.type, found.linkname, found.size = kind, link, len(text) if kind == tarfile.REGTYPE else 0
    return found, text


def archive(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, text in entries:
            tar.addfile(info, io.BytesIO(text))
    return written.getvalue()


def shelved(folder: Path, parts: dict[str, bytes]) -> tuple[Shelf, Backup]:
    """A backup in the clear of these archives, as the packer writes them."""
    shelf = Shelf.of(FolderStore(folder), "local")
    files: list[StoredFile] = []
    archives = []
    for number, (name, text) in enumerate(parts.items()):
        file = f"{number + 1:04d}.{name}.zst"
        with frames.writing(shelf.store, ID, file, number, None, frames.of_pages) as writer:
            for first in range(0, len(text), FRAME):
                writer.add(text[first : first + FRAME])
        files.append(frames.stored(file, writer))
        lengths = tuple(one.length for one in writer.frames)
        archives.append(PackedArchive(name, (PackedFile(file, len(text), lengths),)))
    detail = TOLD.detail() | model.to_detail(tuple(archives))
    return shelf, Backup(
        ID, BackupKind.PHYSICAL, "local", "postgres", "1", 180000, "0/1", AT, AT, tuple(files), detail=detail
    )


def unpacked(folder: Path, parts: dict[str, bytes]) -> Path:
    shelf, backup = shelved(folder / "store", {**parts, "backup_manifest": b"{}"})
    # Over its text, so that what a manifest keeps is what is read.
    again = manifest.from_text(manifest.to_text(backup), ID)
    packed.opened(shelf, again, None).unpack(folder / "data", folder / "spaces", server_user())
    return folder / "data"


def test_what_was_packed_comes_back(tmp_path: Path) -> None:
    large = os.urandom(1024) * 40_000
    parts = {
        "16385.tar": archive(entry("PG_18", tarfile.DIRTYPE), entry("PG_18/1", text=b"far")),
        "base.tar": archive(
            entry("global", tarfile.DIRTYPE), entry("global/1", text=large), entry("empty", text=b""),
            entry("pg_tblspc", tarfile.DIRTYPE),
        ),
    }  # fmt: skip
    data = unpacked(tmp_path, parts)
    assert (data / "global" / "1").read_bytes() == large
    assert (data / "empty").read_bytes() == b""
    assert (data / "pg_tblspc" / "16385").readlink() == tmp_path / "spaces" / "16385"
    assert (data / "pg_tblspc" / "16385" / "PG_18" / "1").read_bytes() == b"far"
    assert (data / "backup_manifest").read_bytes() == b"{}"
    assert {oct(path.stat().st_mode & 0o777) for path in data.rglob("*")} == {"0o600", "0o700"}


@pytest.mark.parametrize(
    "bad",
    [
        entry("../out"),
        entry("a/../../out"),
        entry("/tmp/haulback-out"),
        entry("out", tarfile.SYMTYPE, link="/etc/passwd"),
        entry("pg_tblspc/16385", tarfile.SYMTYPE, link="/etc"),
        entry("pg_wal", tarfile.SYMTYPE, link="/etc"),
        entry("out", tarfile.LNKTYPE, link="good"),
        entry("out", tarfile.FIFOTYPE),
        entry("out", tarfile.CHRTYPE),
        entry("out", tarfile.BLKTYPE),
        entry("out", tarfile.CONTTYPE),
        entry("out", tarfile.GNUTYPE_SPARSE),
        entry("out", tarfile.GNUTYPE_LONGNAME),
        entry("good"),
        entry("good/below"),
        entry("no/such/folder"),
        entry("x" * 5000),
    ],
    ids=lambda one: f"{one[0].name[:20]}-{one[0].type.decode()}",
)
def test_what_leads_elsewhere_is_damage(tmp_path: Path, bad: tuple[tarfile.TarInfo, bytes]) -> None:
    with pytest.raises(BackupDamaged, match=r"base\.tar"):
        unpacked(tmp_path, {"base.tar": archive(entry("good"), bad)})
    assert {path.name for path in tmp_path.iterdir()} <= {"store", "data", "spaces"}
    assert {path.name for path in (tmp_path / "data").rglob("*")} == {"good"}


@pytest.mark.parametrize(
    "there",
    [[], [entry("pg_tblspc")], [entry("pg_tblspc", tarfile.DIRTYPE), entry("pg_tblspc/16385")]],
    ids=["missing", "a file", "taken"],
)
def test_a_tablespace_that_nothing_leads_to_is_damage(
    tmp_path: Path, there: list[tuple[tarfile.TarInfo, bytes]]
) -> None:
    with pytest.raises(BackupDamaged, match=r"16385\.tar"):
        unpacked(tmp_path, {"16385.tar": archive(entry("PG_18", tarfile.DIRTYPE)), "base.tar": archive(*there)})


def test_an_archive_that_is_cut_is_damage(tmp_path: Path) -> None:
    with pytest.raises(BackupDamaged):
        unpacked(tmp_path, {"base.tar": archive(entry("good", text=b"x" * 5000))[:2000]})


def test_no_more_than_a_few_frames_are_held(tmp_path: Path) -> None:
    """A file of any size goes by; a header that claims as much is refused before it is read."""
    content = bytes(12 * FRAME)
    claims, _ = entry("good", tarfile.XHDTYPE)
    claims.size = len(content)
    header = claims.tobuf(tarfile.GNU_FORMAT)
    taken = {"good": archive(entry("good", text=content)), "bad": header + content}
    del content
    packed_up = {
        name: shelved(tmp_path / name, {"base.tar": text, "backup_manifest": b"{}"}) for name, text in taken.items()
    }
    taken.clear()
    tracemalloc.start()
    try:
        for name, (shelf, backup) in packed_up.items():
            with suppress(BackupDamaged) if name == "bad" else nullcontext():
                packed.opened(shelf, backup, None).unpack(tmp_path / name / "data", tmp_path, server_user())
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (tmp_path / "good" / "data" / "good").stat().st_size == 12 * FRAME
    assert most < 5 * FRAME


def test_a_frame_that_says_it_holds_more_than_any_memory_is_damage(tmp_path: Path) -> None:
    shelf, backup = shelved(tmp_path / "store", {"base.tar": archive(entry("good")), "backup_manifest": b"{}"})
    place = tmp_path / "store" / "local" / ID / NAME
    held = place.read_bytes()
    # RFC 8878: a frame of one segment that tells its length in eight bytes.
    made_up = held[:4] + bytes((0xE0,)) + (10**13).to_bytes(8, "little") + held[7:]
    place.write_bytes(made_up)
    stored = StoredFile(NAME, len(made_up), hashlib.sha256(made_up).hexdigest())
    backup = _change(replace(backup, files=(stored, *backup.files[1:])), lengths=[len(made_up)])
    with pytest.raises(BackupDamaged, match="another length"):
        packed.opened(shelf, backup, None).unpack(tmp_path / "data", tmp_path / "spaces", server_user())


def _change(backup: Backup, **changes: Any) -> Backup:
    """With another word in what is said of the file of base.tar."""
    told = backup.detail["packed"]
    file = {**told[0]["files"][0], **changes}
    return replace(backup, detail={"packed": [{**told[0], "files": [file]}, *told[1:]]})


@pytest.mark.parametrize(
    "changes",
    [
        {"raw": -1}, {"raw": 10**15}, {"raw": "x"}, {"raw": None}, {"lengths": []}, {"lengths": [10**15]},
        {"lengths": [0]}, {"lengths": [-5]}, {"lengths": None}, {"lengths": ["x"]}, {"name": "0009"},
        {"name": "../../etc/passwd"}, {"raw": 1},
    ],
    ids=str,
)  # fmt: skip
def test_a_manifest_that_somebody_made_up_is_damage(tmp_path: Path, changes: dict[str, Any]) -> None:
    shelf, backup = shelved(tmp_path / "store", {"base.tar": archive(entry("good")), "backup_manifest": b"{}"})
    with pytest.raises(BackupDamaged):
        packed.opened(shelf, _change(backup, **changes), None).unpack(
            tmp_path / "data", tmp_path / "spaces", server_user()
        )


@pytest.mark.parametrize(
    "told",
    [None, {}, [], [None], [{"name": "base.tar", "files": []}], [{"name": "backup_manifest", "files": []}],
     [{"name": one, "files": []} for one in ("base.tar", "backup_manifest", "../x.tar")],
     [{"name": one, "files": []} for one in ("base.tar", "backup_manifest", "base.tar")]],
    ids=str,
)  # fmt: skip
def test_archives_that_no_server_sends_are_damage(tmp_path: Path, told: object) -> None:
    shelf, backup = shelved(tmp_path / "store", {"base.tar": archive(entry("good")), "backup_manifest": b"{}"})
    with pytest.raises(BackupDamaged):
        packed.opened(shelf, replace(backup, detail={"packed": told}), None)
