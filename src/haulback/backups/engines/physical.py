"""A whole cluster, as files, through pg_basebackup."""

from __future__ import annotations

from haulback.backups import basebackup, physical_proof
from haulback.backups.engines._engine import Engine, Taking
from haulback.model.backup import Backup, BackupKind


def _take(taking: Taking, kind: BackupKind) -> Backup:
    return basebackup.take(taking, kind, basebackup.facts(taking))


ENGINE = Engine("physical", (BackupKind.PHYSICAL,), _take, physical_proof.prove)
