"""What every engine of backups can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from haulback.backups.cipher import Cipher, Key
from haulback.backups.shelf import Shelf
from haulback.clock import Clock
from haulback.model.backup import Backup, BackupKind, Proof
from haulback.model.target import Target

Progress = Callable[[str, int, int], None]  # what, how much of it so far, how much about


def nobody(_what: str, _done: int, _about: int) -> None:
    """Tells nobody."""


@dataclass(frozen=True)
class Taking:
    """What an engine gets to take a backup.

    Attributes:
        connection: to the target, in autocommit.
        shelf: where its backups lie.
        tables: identities; for the engine of tables.
        parent: id of the backup an incremental one builds on; empty for the newest that will do.
        options: settings of an engine that comes from elsewhere.
    """

    target: Target
    connection: psycopg.Connection
    shelf: Shelf
    clock: Clock
    progress: Progress = nobody
    key: Key | None = None
    tables: Sequence[str] = ()
    parent: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Proving:
    """What an engine gets to prove a backup.

    Attributes:
        home: where private clusters are made.
        cipher: that opens it; None where it is not encrypted.
        key: that is configured: what it builds on may be encrypted where it is not.
    """

    backup: Backup
    shelf: Shelf
    home: Path
    clock: Clock
    cipher: Cipher | None = None
    progress: Progress = nobody
    options: Mapping[str, str] = field(default_factory=dict)
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class Engine:
    """A member of this folder, bound to the name ENGINE.

    Attributes:
        id: what `--engine` takes; kept with each backup that it took.
        kinds: of backups that it takes; the first engine of a kind takes those of that kind.
        take: takes one; changes nothing on the server, and leaves nothing that could be taken for a backup
            where it fails.
        prove: restores one on a private cluster; raises nothing that the backup is to blame for.
    """

    id: str
    kinds: tuple[BackupKind, ...]
    take: Callable[[Taking, BackupKind], Backup]
    prove: Callable[[Proving], Proof]
