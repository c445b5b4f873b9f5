"""Reads what is in a backup of tables: the schema, the rows, and the hash of each row."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from haulback.backups import frames
from haulback.backups.cipher import Cipher
from haulback.backups.errors import BackupDamaged
from haulback.backups.rows import copied_columns
from haulback.backups.stores._store import Store
from haulback.backups.table import SCHEMA
from haulback.model.backup import Backup, Frame, StoredFile, TableContent
from haulback.model.schema import Schema
from haulback.model.schema_image import from_image

_HASH = 8  # bytes of a row's hash
_PIECE = 1024 * 1024


@dataclass(frozen=True)
class Contents:
    """The files of one backup, opened with its cipher."""

    store: Store
    backup: Backup
    cipher: Cipher | None

    def schema(self) -> Schema:
        """The schema of the whole database at the moment of the backup."""
        raw = self.backup.detail["schema"]["raw"]
        frame = Frame(int(self.backup.detail["schema"]["length"]), int(raw), 0)
        text = b"".join(self._frames(SCHEMA, (frame,)))
        try:
            return from_image(json.loads(text))
        except (ValueError, KeyError, TypeError) as error:
            raise BackupDamaged(id=self.backup.id, reason=f"its schema: {type(error).__name__}") from error

    def rows(self, table: TableContent, wanted: Sequence[int] | None = None) -> Iterator[bytes]:
        """Frames of rows in COPY's text format; of these numbers only, where they are given.

        Raises:
            BackupDamaged: a frame cannot be read.
        """
        yield from self._frames(table.file, table.frames, wanted)

    def hashes(self, table: TableContent) -> array[int]:
        """The hash of every row, in the order of the rows."""
        found: array[int] = array("Q")
        stored = self._stored(table.sidecar)
        lengths = self._lengths(table, stored)
        for raw in self._frames(table.sidecar, lengths):
            found.frombytes(raw)
        return found

    def load(self, connection: psycopg.Connection, table: TableContent, into: sql.Identifier) -> None:
        """Copies all rows into a table; inside the caller's transaction, with `rows.canonical` set.

        Raises:
            BackupDamaged: a frame cannot be read.
            psycopg.Error: the server takes a row not.
        """
        names = [sql.Identifier(one.name) for one in table.columns]
        query = sql.SQL("copy {} from stdin").format(copied_columns(into, names))
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
        try:
            yield from frames.read(self.store, self.backup.id, name, lengths, self.number(name), self.cipher, wanted)
        except FileNotFoundError:
            raise BackupDamaged(id=self.backup.id, reason=f"{name} is missing") from None

    def _stored(self, name: str) -> StoredFile:
        found = self.backup.file(name)
        if found is None:
            raise BackupDamaged(id=self.backup.id, reason=f"its manifest does not know {name}")
        return found

    def _lengths(self, table: TableContent, stored: StoredFile) -> tuple[Frame, ...]:
        """The frames of a sidecar: as many as there are of rows; their lengths are kept in the detail."""
        lengths = self.backup.detail["sidecars"][table.sidecar]
        if sum(lengths) != stored.size or len(lengths) != len(table.frames):
            raise BackupDamaged(id=self.backup.id, reason=f"{table.sidecar} does not fit {table.file}")
        return tuple(
            Frame(length, one.rows * _HASH, one.rows) for length, one in zip(lengths, table.frames, strict=True)
        )
