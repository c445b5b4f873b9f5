"""Chosen tables, as rows."""

from __future__ import annotations

from haulback.backups import proof
from haulback.backups.aside import Aside
from haulback.backups.contents import Contents
from haulback.backups.engines._engine import Engine, Proving, Taking
from haulback.backups.table import TableEngine
from haulback.model.backup import Backup, BackupKind, Proof


def _take(taking: Taking, _kind: BackupKind) -> Backup:
    engine = TableEngine(taking.shelf.store, taking.key, taking.clock, taking.progress)
    return engine.take(taking.connection, taking.target.name, taking.tables)


def _prove(proving: Proving) -> Proof:
    return proof.prove(
        Contents(proving.shelf.store, proving.backup, proving.cipher),
        Aside(proving.home, proving.backup.major),
        proving.clock,
        proving.progress,
    )


ENGINE = Engine("table", (BackupKind.TABLE,), _take, _prove)
