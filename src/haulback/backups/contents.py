"""Reads what is in a backup of tables: the schema, the rows, and the hash of each row."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from haulback.backups import frames
from haulback.backups.cipher import Cipher
from haulback.backups.errors import BackupDamaged
from haulback.backups.manifest import UNREADABLE
from haulback.backups.row_layout import RowsMisfit, layout
from haulback.backups.rows import copied_columns
from haulback.backups.stores._store import Store
from haulback.backups.table import SCHEMA
from haulback.model.backup import Backup, Frame, RowFormat, StoredFile, TableContent
from haulback.model.schema import Schema
from haulback.model.schema_image import from_image
from haulback.pg.copy_format import option

if TYPE_CHECKING:
    from haulback.backups.row_layout import Places

_HASH, _LENGTH = 8, 4  # bytes of a row's hash, and of its length; little-endian
_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The hash of every row of a table, in the order of the rows; in the binary format with the length of each."""

    hashes: array[int]
    lengths: array[int]


@dataclass(frozen=True)
class Contents:
    """The files of one backup, opened with its cipher."""

    store: Store
    backup: Backup
    cipher: Cipher | None

    def schema(self) -> Schema:
        """The schema of the whole database at the moment of the backup."""
        try:
            told = self.backup.detail["schema"]
            frame = Frame(int(told["length"]), int(told["raw"]), 0)
            return from_image(json.loads(b"".join(self._frames(SCHEMA, (frame,)))))
        except UNREADABLE as error:
            raise BackupDamaged(id=self.backup.id, reason=f"its schema: {type(error).__name__}") from error

    def rows(self, table: TableContent, wanted: Sequence[int] | None = None) -> Iterator[bytes]:
        """Frames of rows, all of which is what COPY takes; of these numbers only, where they are given.

        Raises:
            BackupDamaged: a frame cannot be read.
        """
        yield from self._frames(table.file, table.frames, wanted)

    def sidecar(self, table: TableContent) -> Sidecar:
        """What is kept beside the rows."""
        found = Sidecar(array("Q"), array("I"))
        for frame, raw in zip(*self._beside(table), strict=True):
            hashes = frame.rows * _HASH
            found.hashes.frombytes(raw[:hashes])
            found.lengths.frombytes(raw[hashes:])
        return found

    def framed(
        self, table: TableContent, beside: Sidecar, wanted: Sequence[int] | None = None
    ) -> Iterator[tuple[bytes, Places]]:
        """Each frame that holds rows, or those of these numbers, with the places where its rows end.

        Raises:
            BackupDamaged: a frame cannot be read, or holds other rows than are known of it.
        """
        of_rows = layout(table.format)
        starts = list(accumulate((one.rows for one in table.frames), initial=0))
        numbers = range(len(table.frames)) if wanted is None else wanted
        for number, raw in zip(numbers, self.rows(table, wanted), strict=True):
            rows = table.frames[number].rows
            if not rows:
                continue
            try:
                ends = of_rows.ends(raw, beside.lengths[starts[number] : starts[number] + rows])
            except RowsMisfit:
                raise BackupDamaged(
                    id=self.backup.id, reason=f"frame {number} of {table.file} is cut otherwise"
                ) from None
            if len(ends) != rows:
                reason = f"frame {number} of {table.file} holds {len(ends)} rows"
                raise BackupDamaged(id=self.backup.id, reason=reason)
            yield raw, ends

    def load(self, connection: psycopg.Connection, table: TableContent, into: sql.Identifier) -> None:
        """Copies all rows into a table; inside the caller's transaction, with `rows.canonical` set.

        Raises:
            BackupDamaged: a frame cannot be read.
            psycopg.Error: the server takes a row not.
        """
        names = [sql.Identifier(one.name) for one in table.columns]
        query = sql.SQL("copy {} from stdin{}").format(copied_columns(into, names), option(table.format))
        with connection.cursor() as cursor, cursor.copy(query) as copy:
            for raw in self.rows(table):
                copy.write(raw)

    def problems(self) -> list[str]:
        """What is wrong with the files as they lie there: missing, of another length, changed."""
        found = []
        for file in self.backup.files:
            digest, size = hashlib.sha256(), 0
            try:
                with self.store.reading(f"{self.backup.id}/{file.name}") as stream:
                    while piece := stream.read(_PIECE):
                        digest.update(piece)
                        size += len(piece)
            except FileNotFoundError:
                found.append(f"{file.name} is missing")
                continue
            if size != file.size:
                found.append(f"{file.name} has {size:,} bytes instead of {file.size:,}")
            elif digest.hexdigest() != file.sha256:
                found.append(f"{file.name} was changed since it was written")
        return found

    def number(self, name: str) -> int:
        """Of a file within the backup: part of the nonces of its frames."""
        names = [one.name for one in self.backup.files]
        return names.index(name)

    def _frames(self, name: str, lengths: Sequence[Frame], wanted: Sequence[int] | None = None) -> Iterator[bytes]:
        stored = self._stored(name)
        if min((one.length for one in lengths), default=0) < 0 or _sum(lengths) != stored.size:
            # Before anything is read: a length that somebody made up is more than any memory holds.
            raise BackupDamaged(id=self.backup.id, reason=f"the frames of {name} do not fit the file")
        sha256 = stored.sha256 if wanted is None else ""
        number = self.number(name)
        try:
            yield from frames.read(self.store, self.backup.id, name, lengths, number, self.cipher, wanted, sha256)
        except FileNotFoundError:
            raise BackupDamaged(id=self.backup.id, reason=f"{name} is missing") from None

    def _stored(self, name: str) -> StoredFile:
        found = self.backup.file(name)
        if found is None:
            raise BackupDamaged(id=self.backup.id, reason=f"its manifest does not know {name}")
        return found

    def _beside(self, table: TableContent) -> tuple[Sequence[Frame], Iterator[bytes]]:
        """The frames of a sidecar: as many as there are of rows; their lengths are kept in the detail."""
        try:
            lengths = tuple(map(int, self.backup.detail["sidecars"][table.sidecar]))
        except UNREADABLE as error:
            reason = f"its manifest does not know how {table.sidecar} is read"
            raise BackupDamaged(id=self.backup.id, reason=reason) from error
        of_rows = [one.rows for one in table.frames if one.rows]
        if sum(lengths) != self._stored(table.sidecar).size or len(lengths) != len(of_rows):
            raise BackupDamaged(id=self.backup.id, reason=f"{table.sidecar} does not fit {table.file}")
        each = _HASH + (_LENGTH if table.format is RowFormat.BINARY else 0)
        found = [Frame(length, rows * each, rows) for length, rows in zip(lengths, of_rows, strict=True)]
        return found, self._frames(table.sidecar, found)


def _sum(lengths: Sequence[Frame]) -> int:
    return sum(one.length for one in lengths)
