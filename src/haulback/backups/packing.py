"""Packs a whole cluster into a store as the server sends it: in frames, compressed, encrypted where there is a key.

Nothing of it lies on a disk of ours meanwhile, and memory holds a few frames. The manifest comes last: killed at any
moment, what is left has none, and is listed as never finished.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice

import psycopg

from haulback.backups import base_errors, cluster_locks, frames, manifest, parents
from haulback.backups.cipher import Cipher
from haulback.backups.cluster_manifest import ClusterManifest
from haulback.backups.engines._engine import Taking
from haulback.backups.frames import FrameWriter
from haulback.backups.naming import new_id
from haulback.backups.server_facts import Facts, ended
from haulback.errors import HaulbackError
from haulback.model.backup import Backup, BackupKind, StoredFile
from haulback.model.packed import FRAME, PackedArchive, PackedFile, to_detail
from haulback.pg import base_backup
from haulback.pg.base_backup import MANIFEST, BaseBackup, Part
from haulback.pg.session import conninfo

BEGUN = "begun"  # is there first: what a kill leaves behind is seen, and pruned, parts of an upload included
_PIECE = 1024 * 1024  # bytes, that FRAME is a multiple of
_LARGEST = 4096  # frames in a file; 64 GB and a bit are below what any store takes


@dataclass
class _Packer:
    """Writes the archives of one backup."""

    taking: Taking
    id_: str
    cipher: Cipher | None
    largest: int
    read: ClusterManifest = field(default_factory=ClusterManifest)
    files: list[StoredFile] = field(default_factory=list)
    done: int = 0

    def archive(self, part: Part, about: int) -> PackedArchive:
        """Writes one; `about` are the bytes of all of them."""
        pieces = self._told(_cut(part.pieces), about)
        if part.name == MANIFEST:
            pieces = self.read.reading(pieces)
        return PackedArchive(part.name, tuple(self._files(part.name, pieces)))

    def _told(self, pieces: Iterator[bytes], about: int) -> Iterator[bytes]:
        for piece in pieces:
            yield piece
            before, self.done = self.done, self.done + len(piece)
            if before // FRAME != self.done // FRAME or len(piece) < _PIECE:  # seldom, and behind the last
                self.taking.progress("kB of the cluster", self.done // 1024, about // 1024)

    def _files(self, archive: str, pieces: Iterator[bytes]) -> Iterator[PackedFile]:
        for first in pieces:
            yield self._file(archive, chain([first], islice(pieces, self.largest * (FRAME // _PIECE) - 1)))

    def _file(self, archive: str, pieces: Iterable[bytes]) -> PackedFile:
        number = len(self.files)
        name = f"{number + 1:04d}.{archive}.zst"
        with frames.writing(self.taking.shelf.store, self.id_, name, number, self.cipher, frames.of_pages) as writer:
            _fill(writer, pieces)
        self.files.append(frames.stored(name, writer))
        return PackedFile(name, sum(one.raw for one in writer.frames), tuple(one.length for one in writer.frames))


def take(
    taking: Taking, kind: BackupKind, told: Facts, parent: Backup | None = None, largest: int = _LARGEST
) -> Backup:
    """Takes a backup of the whole cluster.

    Args:
        taking: where to.
        kind: whole, or what changed since the parent.
        told: by the server.
        parent: that an incremental one builds on.
        largest: frames in one file.

    Raises:
        BackupRuns: another one is being taken.
        MayNotReplicate, PagesDamaged, StoreFull, StoreUnreachable, ServerFailed: no backup was made.
        KeyMissing, WrongKey, BackupDamaged: the parent cannot be read.
    """
    shelf = taking.shelf
    cipher = Cipher.fresh(taking.key) if taking.key and "in_clear" not in taking.options else None
    with cluster_locks.alone(shelf):
        id_ = new_id(told.began_at, kind)
        try:
            with shelf.store.writing(f"{id_}/{BEGUN}") as stream:
                stream.write(b"without a manifest beside it, this is no backup\n")
            described = _packed(_Packer(taking, id_, cipher, largest), kind, told, parent)
            with shelf.store.writing(f"{id_}/{manifest.NAME}") as stream:
                stream.write(manifest.to_text(described, cipher))
        except BaseException:
            with suppress(HaulbackError, OSError):
                shelf.remove(id_)
            raise
    return described


def _packed(packer: _Packer, kind: BackupKind, told: Facts, parent: Backup | None) -> Backup:
    taking = packer.taking
    since = parents.manifest_of(taking, parent) if parent else None
    with base_errors.told(taking):
        with base_backup.begun(conninfo(taking.target, "haulback/backup"), packer.id_, since) as sent:
            archives = tuple(packer.archive(part, sent.about) for part in sent.parts)
        return _described(packer, kind, told, sent, archives, ended(taking, told), parent)


def _described(
    packer: _Packer, kind: BackupKind, told: Facts, sent: BaseBackup, archives: tuple[PackedArchive, ...],
    moment: datetime, parent: Backup | None,
) -> Backup:  # fmt: skip
    try:
        physical = packer.read.physical(kind.value, told.segment_size, told.superuser, checksums=told.checksums)
    except ValueError as error:
        raise psycopg.OperationalError(str(error)) from error
    pinned = parents.pinned(packer.taking.shelf, parent) if parent else {}
    return Backup(
        id=packer.id_,
        kind=kind,
        target=packer.taking.target.name,
        database=told.database,
        system=sent.system,
        server_version=told.version,
        lsn=physical.stop_lsn,
        began_at=told.began_at,
        ended_at=moment,
        files=tuple(packer.files),
        parent=parent.id if parent else "",
        key=packer.cipher.key.name if packer.cipher else "",
        salt=packer.cipher.salt.hex() if packer.cipher else "",
        detail=physical.detail() | to_detail(archives) | pinned,
    )


def _fill(writer: FrameWriter, pieces: Iterable[bytes]) -> None:
    held = 0
    for piece in pieces:
        writer.piece(piece)
        held += len(piece)
        if held == FRAME:
            writer.end_frame(0)
            held = 0
    if held:
        writer.end_frame(0)


def _cut(pieces: Iterable[memoryview]) -> Iterator[bytes]:
    """The same bytes in pieces of one size, but for the last."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= _PIECE:
            yield bytes(memoryview(waiting)[:_PIECE])
            del waiting[:_PIECE]
    if waiting:
        yield bytes(waiting)
