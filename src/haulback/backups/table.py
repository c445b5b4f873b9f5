"""Backs up chosen tables from one snapshot, through COPY: works against a hosted database and needs no pg_dump."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from itertools import count

import psycopg
from psycopg import sql

from haulback.backups import frames, manifest
from haulback.backups.cipher import Cipher, Key
from haulback.backups.errors import CopyBroken, MayNotRead, NoSuchTable, RowsHidden, TableOfTheServer
from haulback.backups.naming import new_id
from haulback.backups.rows import Row, RowsHash, canonical, copied_out, table_query
from haulback.backups.stores._store import Store
from haulback.clock import Clock
from haulback.errors import HaulbackError
from haulback.model.backup import Backup, BackupKind, CopiedColumn, RowFormat, StoredFile, TableContent
from haulback.model.schema_image import to_image
from haulback.pg.catalog.reader import read
from haulback.pg.copy_format import BINARY_BEGIN, BINARY_END
from haulback.pg.queries import queries, script

_SQL = queries("haulback.backups", "sql/rows.sql")
_BINARY_TYPES = script("haulback.backups", "sql/binary_types.sql")
SCHEMA = "schema.json.zst"
_NO_NAMES = (psycopg.errors.InvalidName, psycopg.errors.SyntaxError, psycopg.errors.FeatureNotSupported)
FRAME = 16 * 1024 * 1024  # bytes of rows in a frame

Progress = Callable[[str, int, int], None]  # what, rows so far, rows about


@dataclass(frozen=True, slots=True)
class Table:
    """A table to be copied.

    Attributes:
        identity: quoted, schema-qualified name.
        about: rows, by the server's statistics.
        binary: whether rows in COPY's binary format mean the same on every server; see `sql/binary_types.sql`.
    """

    schema: str
    name: str
    identity: str
    partitioned: bool
    columns: tuple[CopiedColumn, ...]
    key: tuple[str, ...]
    about: int
    binary: bool = False

    def query(self, format_: RowFormat) -> sql.Composable:
        """The `COPY` of its rows."""
        names = [one.name for one in self.columns]
        return table_query(sql.Identifier(self.schema, self.name), names, format_, partitioned=self.partitioned)


@dataclass(frozen=True)
class TableEngine:
    """Takes a backup of chosen tables.

    Args:
        store: where it goes.
        key: what it is encrypted with; None leaves it in the clear.
        clock: for its id and the time it ended.
        progress: told after each batch of rows.
        binary: whether rows are copied in the binary format where they can be.
    """

    store: Store
    key: Key | None
    clock: Clock
    progress: Progress = lambda _what, _rows, _about: None
    binary: bool = True

    def take(self, connection: psycopg.Connection, target: str, identities: Sequence[str]) -> Backup:
        """Copies the tables as they are at one moment; changes nothing on the server.

        Args:
            connection: in autocommit; a replica will do.
            target: the name of the target.
            identities: of the tables.

        Raises:
            NoSuchTable, MayNotRead, RowsHidden, TableOfTheServer: refused; nothing is kept.
            CopyBroken, StoreUnreachable, StoreFull: what was written so far is no backup.
        """
        cipher = Cipher.fresh(self.key) if self.key else None
        with ExitStack() as unfinished:
            try:
                backup = self._copied(connection, target, identities, cipher, unfinished)
            except psycopg.OperationalError as error:
                raise CopyBroken(identity=target, reason=str(error).splitlines()[0]) from error
            # Last: until it is there, whole, there is no backup.
            with self.store.writing(f"{backup.id}/{manifest.NAME}") as stream:
                stream.write(manifest.to_text(backup, cipher))
            unfinished.pop_all()
        return backup

    def _copied(
        self,
        connection: psycopg.Connection,
        target: str,
        identities: Sequence[str],
        cipher: Cipher | None,
        unfinished: ExitStack,
    ) -> Backup:
        with connection.transaction():
            connection.execute("set transaction isolation level repeatable read, read only")
            canonical(connection)
            version, lsn, began_at, database = connection.execute(_SQL["moment"]).fetchall()[0]
            id_ = new_id(began_at, BackupKind.TABLE)
            system = system_identifier(connection)
            tables = _with_descendants(connection, identities, target)
            image = json.dumps(to_image(read(connection)), separators=(",", ":")).encode()
            numbers = count()
            unfinished.callback(self._forget, id_)
            files = [self._schema(id_, image, next(numbers), cipher)]
            contents, sidecars = [], {}
            for table in tables:
                content, of_table, lengths = self._table(connection, id_, table, next(numbers), next(numbers), cipher)
                contents.append(content)
                files += of_table
                sidecars[content.sidecar] = lengths
        return Backup(
            id=id_,
            kind=BackupKind.TABLE,
            target=target,
            database=database,
            system=system,
            server_version=version,
            lsn=lsn,
            began_at=began_at,
            ended_at=self.clock.now(),
            files=tuple(files),
            tables=tuple(contents),
            key=self.key.name if self.key else "",
            salt=cipher.salt.hex() if cipher else "",
            detail={"schema": {"raw": len(image), "length": files[0].size}, "sidecars": sidecars},
        )

    def _forget(self, id_: str) -> None:
        """What a failure leaves is no backup; where it cannot be taken away either, the list says so."""
        with suppress(HaulbackError):
            self.store.remove(f"{id_}/")

    def _schema(self, id_: str, image: bytes, number: int, cipher: Cipher | None) -> StoredFile:
        with frames.writing(self.store, id_, SCHEMA, number, cipher) as writer:
            writer.add(image)
        return frames.stored(SCHEMA, writer)

    def _table(
        self,
        connection: psycopg.Connection,
        id_: str,
        table: Table,
        number: int,
        beside: int,
        cipher: Cipher | None,
    ) -> tuple[TableContent, list[StoredFile], list[int]]:
        stem = f"{number:04d}"
        rows_name, hashes_name = f"{stem}.copy.zst", f"{stem}.rows.zst"
        format_ = RowFormat.BINARY if table.binary and self.binary else RowFormat.TEXT
        seen = RowsHash()
        size = 0
        with (
            frames.writing(self.store, id_, hashes_name, beside, cipher) as hashes,
            frames.writing(self.store, id_, rows_name, number, cipher) as writer,
            # Closed, so that the session can be used again when the store fails in the middle of a table.
            closing(copied_out(connection, table.query(format_))) as batches,
        ):
            if format_ is RowFormat.BINARY:
                writer.add(BINARY_BEGIN)
            frame = _Frame(format_, writer, hashes)
            try:
                for batch in batches:
                    frame.add(batch, seen.add(batch))
                    if frame.size >= FRAME:
                        size += frame.size
                        frame.end()
                        frame = _Frame(format_, writer, hashes)
                    self.progress(f"rows of {table.identity}", seen.rows, table.about)
            except psycopg.errors.InsufficientPrivilege as error:
                kind = RowsHidden if "row-level security" in str(error) else MayNotRead
                raise kind(identity=table.identity) from error
            except psycopg.OperationalError as error:
                raise CopyBroken(identity=table.identity, reason=str(error).splitlines()[0]) from error
            if frame.size:
                size += frame.size
                frame.end()
            if format_ is RowFormat.BINARY:
                writer.add(BINARY_END)
        self.progress(f"rows of {table.identity}", seen.rows, seen.rows)
        content = TableContent(
            table.identity, table.columns, table.key, seen.rows, seen.text, size,
            rows_name, tuple(writer.frames), hashes_name, format_,
        )  # fmt: skip
        files = [frames.stored(rows_name, writer), frames.stored(hashes_name, hashes)]
        return content, files, [one.length for one in hashes.frames]


@dataclass
class _Frame:
    """Rows that become a frame, and what is kept beside them."""

    format: RowFormat
    _rows: frames.FrameWriter
    _beside: frames.FrameWriter
    size: int = 0
    _hashes: array[int] = field(default_factory=lambda: array("Q"))
    _lengths: array[int] = field(default_factory=lambda: array("I"))

    def add(self, rows: Sequence[Row], hashes: array[int]) -> None:
        piece = b"".join(rows)
        self._rows.piece(piece)
        self.size += len(piece)
        self._hashes.extend(hashes)
        if self.format is RowFormat.BINARY:
            self._lengths.extend(map(len, rows))

    def end(self) -> None:
        self._rows.end_frame(len(self._hashes))
        self._beside.piece(self._hashes.tobytes() + self._lengths.tobytes())
        self._beside.end_frame(len(self._hashes))


def found(connection: psycopg.Connection, identity: str, target: str = "") -> Table:
    """The table of that name.

    Raises:
        NoSuchTable: there is none.
        MayNotRead: its schema is closed to this role.
    """
    try:
        row = connection.execute(_SQL["table"], {"identity": identity}).fetchone()
    except _NO_NAMES:
        row = None
    except psycopg.errors.InsufficientPrivilege as error:
        raise MayNotRead(identity=identity) from error
    if row is None:
        raise NoSuchTable(identity=identity, target=target or connection.info.dbname)
    oid, schema, name, partitioned, quoted, columns, types, key, about = row
    copied = tuple(CopiedColumn(*one) for one in zip(columns, types, strict=True))
    (binary,) = connection.execute(_BINARY_TYPES, {"oid": oid}).fetchall()[0]
    return Table(schema, name, quoted, partitioned, copied, tuple(key), about, binary)


def _with_descendants(connection: psycopg.Connection, identities: Sequence[str], target: str) -> list[Table]:
    """The tables, and those that inherit from them: who reads a table reads their rows too."""
    tables: dict[str, Table] = {}
    for identity in identities:
        table = found(connection, identity, target)
        if table.schema.startswith("pg_") or table.schema == "information_schema":
            raise TableOfTheServer(identity=table.identity)  # its rows could be copied, and never be put back
        tables[table.identity] = table
        for (below,) in connection.execute(_SQL["descendants"], {"identity": table.identity}).fetchall():
            tables[below] = found(connection, below)
    return list(tables.values())


def everything(connection: psycopg.Connection) -> tuple[str, ...]:
    """Identities of all tables of the users."""
    return tuple(row[0] for row in connection.execute(_SQL["all_tables"]))


def system_identifier(connection: psycopg.Connection) -> str:
    """Which cluster it is; empty where the role may not ask."""
    try:
        with connection.transaction():
            row = connection.execute(_SQL["system"]).fetchone()
    except psycopg.errors.InsufficientPrivilege:
        return ""
    return str(row[0]) if row else ""
