"""A packed backup of a cluster, read from its store: nothing of it is held but a frame."""

from __future__ import annotations

import errno
import os
import re
import tarfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from haulback.backups import archives, frames, manifest
from haulback.backups.archives import Member
from haulback.backups.cipher import Cipher, Key, cipher_of
from haulback.backups.copying import room_told
from haulback.backups.errors import BackupDamaged, ManifestUnreadable
from haulback.backups.manifest import UNREADABLE
from haulback.backups.shelf import Shelf
from haulback.backups.stores._store import Store
from haulback.errors import one_line
from haulback.model import packed as model
from haulback.model.backup import Backup
from haulback.model.packed import PackedArchive, PackedFile
from haulback.pg.base_backup import MANIFEST
from haulback.pg.os_user import OsUser

_BASE, _TAR = "base.tar", ".tar"
_ARCHIVE = re.compile(r"^(?:base|\d+)\.tar$")
MAP = "tablespace_map"  # where the tablespaces lay on the server
_TOLD = 200  # characters; a name may be longer
# What names that somebody made up lead to; of what cannot be written for another reason the disk is to blame.
_MISFITS = frozenset({errno.EEXIST, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG})


@dataclass(frozen=True)
class Packed:
    """One packed backup, opened with its cipher."""

    store: Store
    backup: Backup
    cipher: Cipher | None
    archives: tuple[PackedArchive, ...]

    @property
    def has_spaces(self) -> bool:
        """Whether it holds tablespaces."""
        return any(one.name not in {_BASE, MANIFEST} for one in self.archives)

    @property
    def raw(self) -> int:
        """That unpacking it writes."""
        return sum(one.raw for one in self.archives)

    def problems(self) -> list[str]:
        """What is wrong with its files as far as a list tells: their sums are compared when they are unpacked."""
        there = {one.name: one.size for one in self.store.files(f"{self.backup.id}/")}
        found = []
        for file in self.backup.files:
            size = there.get(f"{self.backup.id}/{file.name}")
            if size is None:
                found.append(f"{file.name} is missing")
            elif size != file.size:
                found.append(f"{file.name} has {size:,} bytes instead of {file.size:,}")
        return found

    def manifest(self) -> Iterator[bytes]:
        """PostgreSQL's own manifest, in pieces.

        Raises:
            BackupDamaged: it cannot be read.
        """
        return self._raw(next(one for one in self.archives if one.name == MANIFEST))

    def unpack(
        self, into: Path, spaces: Path, owner: OsUser, told: Callable[[int], None] = lambda _bytes: None
    ) -> None:
        """Writes the data folder; nothing is synced: a server that recovers syncs all of its data first.

        Args:
            into: must not be there yet.
            spaces: folder for the tablespaces, which the data folder leads to; made where there are any.
            owner: who will run the server.
            told: the bytes read so far.

        Raises:
            NoRoom: the disk is full.
            BackupDamaged: it is not what was written.
        """
        done = 0

        def passing(pieces: Iterator[bytes]) -> Iterator[bytes]:
            nonlocal done
            for piece in pieces:
                yield piece
                done += len(piece)
                told(done)

        with room_told(into):
            into.mkdir(mode=0o700)
            owner.own(into)
            for archive in self.archives:
                pieces = passing(self._raw(archive))
                if archive.name == MANIFEST:
                    _write(into / MANIFEST, pieces, owner)
                else:
                    self._extract(archive.name, pieces, into, spaces, owner)
            for archive in self.archives:
                if archive.name not in {_BASE, MANIFEST}:
                    link = into / "pg_tblspc" / archive.name.removesuffix(_TAR)
                    with self._held_to(archive.name, into):
                        link.symlink_to((spaces / link.name).absolute())
                    owner.own(link)

    def _extract(self, name: str, pieces: Iterator[bytes], into: Path, spaces: Path, owner: OsUser) -> None:
        place = into
        with self._held_to(name, into):
            if name != _BASE:
                place = spaces / name.removesuffix(_TAR)
                _make(spaces, owner)
                _make(place, owner)
            for member in archives.members(pieces):
                _lay(member, place, owner)

    @contextmanager
    def _held_to(self, name: str, into: Path) -> Iterator[None]:
        """Says that an archive is damaged where it holds what no server sends."""
        try:
            yield
        except (tarfile.TarError, *UNREADABLE) as error:
            raise BackupDamaged(id=self.backup.id, reason=f"{name}: {one_line(str(error))[:_TOLD]}") from error
        except OSError as error:
            if error.errno not in _MISFITS or not into.is_dir():
                raise
            raise BackupDamaged(id=self.backup.id, reason=f"{name}: {error.strerror}") from error

    def _raw(self, archive: PackedArchive) -> Iterator[bytes]:
        for file in archive.files:
            yield from self._file(file)

    def _file(self, file: PackedFile) -> Iterator[bytes]:
        stored = self.backup.file(file.name)
        if stored is None or sum(file.lengths) != stored.size:
            raise BackupDamaged(id=self.backup.id, reason=f"the frames of {file.name} do not fit the file")
        number = self.backup.files.index(stored)
        try:
            yield from frames.read(
                self.store, self.backup.id, file.name, file.frames, number, self.cipher, sha256=stored.sha256
            )
        except FileNotFoundError:
            raise BackupDamaged(id=self.backup.id, reason=f"{file.name} is missing") from None


def opened(shelf: Shelf, backup: Backup, key: Key | None, text: bytes | None = None) -> Packed:
    """Opens a packed backup; reads nothing of it but its manifest.

    Args:
        shelf: where it lies.
        backup: as its manifest has it.
        key: that is configured.
        text: the manifest, where it was read already.

    Raises:
        KeyMissing, WrongKey: it cannot be opened with what is given.
        BackupDamaged: its manifest was not written with the key, or does not say how it is read.
    """
    cipher = cipher_of(backup, key)
    try:
        if cipher:
            text = shelf.manifest(backup.id) if text is None else text
            manifest.require_tag(text, backup.id, cipher)
            if manifest.from_text(text, backup.id) != backup:  # a store may answer twice, and otherwise
                raise BackupDamaged(id=backup.id, reason="its manifest was exchanged while it was read")
        archives = model.of(backup)
    except ManifestUnreadable as error:
        raise BackupDamaged(id=backup.id, reason=str(error.fields["reason"])) from error
    except UNREADABLE as error:
        reason = f"its manifest does not say how it is read ({type(error).__name__})"
        raise BackupDamaged(id=backup.id, reason=reason) from error
    names = [one.name for one in archives]
    known = len(names) == len(set(names)) and not {_BASE, MANIFEST} - set(names)
    if not known or not all(one == MANIFEST or _ARCHIVE.match(one) for one in names):
        raise BackupDamaged(id=backup.id, reason="its manifest names other archives than a server sends")
    return Packed(shelf.store, backup, cipher, archives)


def _lay(member: Member, into: Path, owner: OsUser) -> None:
    inner = PurePosixPath(member.name)
    if inner.is_absolute() or ".." in inner.parts:
        raise ValueError(f"{member.name} lies outside of it")
    if member.content is None:
        _make(into / inner, owner)
    else:
        _write(into / inner, member.content, owner)


def _make(folder: Path, owner: OsUser) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700)
        owner.own(folder)


def _write(place: Path, content: Iterable[bytes], owner: OsUser) -> None:
    there = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(there, "wb") as stream:
        for piece in content:
            stream.write(piece)
    owner.own(place)
