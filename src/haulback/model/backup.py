"""Backups, what is in them, and what was proved of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class BackupKind(StrEnum):
    """What a backup holds."""

    TABLE = "table"  # chosen tables, as rows
    PHYSICAL = "physical"  # a whole cluster, as files
    INCREMENTAL = "incremental"  # the blocks of a cluster that changed since another backup


class RowFormat(StrEnum):
    """How COPY writes rows."""

    TEXT = "text"  # a line each
    BINARY = "binary"  # the number of columns, then each with its length before it


class Verdict(StrEnum):
    """What restoring a backup showed."""

    PROVED = "proved"
    BAD = "bad"
    UNKNOWN = "unknown"  # it could not be tried; never taken for proved


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a backup as it lies in the store: name within the backup, size in bytes, and sha256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Frame:
    """A part of a file that can be read by itself.

    Attributes:
        length: bytes in the store, compressed and encrypted where that is on.
        raw: bytes of rows in it.
        rows: how many rows it holds.
    """

    length: int
    raw: int
    rows: int


@dataclass(frozen=True, slots=True)
class CopiedColumn:
    """A column that was copied; the type as the server writes it."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class TableContent:
    """The rows of one table in a backup.

    Attributes:
        identity: quoted, schema-qualified name.
        columns: in the order of the rows; generated columns are not copied.
        key: bare names of the primary key's columns; empty without one.
        hash: of the rows in any order; see `backups.rows`.
        size: bytes of the rows.
        file: that holds them, in `frames`; a frame without rows is what COPY's binary format begins and ends with.
        sidecar: file with the hash of each row, in the order of the rows; in the binary format with its length too.
        format: of the rows.
    """

    identity: str
    columns: tuple[CopiedColumn, ...]
    key: tuple[str, ...]
    rows: int
    hash: str
    size: int
    file: str
    frames: tuple[Frame, ...]
    sidecar: str
    format: RowFormat = RowFormat.TEXT


@dataclass(frozen=True, slots=True)
class Backup:
    """One finished backup: its manifest.

    Attributes:
        id: sorts by time; the name of its folder in the store.
        target: name of the target it is of.
        system: identifier of the cluster; empty where the role may not read it.
        server_version: as the server reports it, 180006 for 18.6.
        lsn: of the moment whose rows it holds; for a physical one, where recovery must at least come.
        began_at: the moment that it holds, by the server's clock.
        parent: id of the backup an incremental one builds on; empty for the others.
        key: identifies the key it is encrypted with; empty where it is not.
        salt: from which, with that key, its own key is derived, in hex.
        detail: what the engine of its kind needs to restore it.
    """

    id: str
    kind: BackupKind
    target: str
    database: str
    system: str
    server_version: int
    lsn: str
    began_at: datetime
    ended_at: datetime
    files: tuple[StoredFile, ...]
    tables: tuple[TableContent, ...] = ()
    parent: str = ""
    key: str = ""
    salt: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def major(self) -> int:
        return self.server_version // 10000

    @property
    def size(self) -> int:
        """Bytes in the store; a physical backup that is not packed lists only what its own manifest does not."""
        listed = sum(one.size for one in self.files)
        return listed if "packed" in self.detail else int(self.detail.get("bytes", 0)) or listed

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.tables)

    def file(self, name: str) -> StoredFile | None:
        return next((one for one in self.files if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Proof:
    """What one try to restore a backup showed.

    Attributes:
        seconds: how long the restore took, comparing included.
        problems: what is wrong with it, or why it could not be tried.
        unfiled: why it could not be kept beside its backup; empty where it is. What is not kept counts for nothing.
    """

    backup: str
    verdict: Verdict
    at: datetime
    seconds: float
    problems: tuple[str, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
    unfiled: str = ""


@dataclass(frozen=True, slots=True)
class KeptBackup:
    """A backup in a store, with what is known of it.

    Attributes:
        id: the name of its folder.
        backup: None where its manifest cannot be read or is not there yet.
        proofs: oldest first.
        problem: why there is no backup; empty where there is.
        held: whether somebody forbade to remove it.
        unfinished: whether it has no manifest: it was never finished, or is still in the making.
        refused: what its manifest says, where nothing shows that it is one of ours; None elsewhere.
    """

    id: str
    backup: Backup | None
    proofs: tuple[Proof, ...] = ()
    problem: str = ""
    held: bool = False
    unfinished: bool = False
    refused: Backup | None = None

    @property
    def said(self) -> Backup | None:
        """What its manifest says, of one that is refused too; that replaces nothing, and goes no sooner than any."""
        return self.backup or self.refused

    @property
    def verdict(self) -> Verdict | None:
        """The newest word that says anything; None where nobody tried."""
        told = [one.verdict for one in self.proofs if one.verdict is not Verdict.UNKNOWN]
        return told[-1] if told else (Verdict.UNKNOWN if self.proofs else None)

    @property
    def is_proved(self) -> bool:
        return self.verdict is Verdict.PROVED
