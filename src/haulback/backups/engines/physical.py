"""A whole cluster, as files."""

from __future__ import annotations

from haulback.backups import cluster_taking, physical_proof, server_facts
from haulback.backups.engines._engine import Engine, Taking
from haulback.model.backup import Backup, BackupKind


def _take(taking: Taking, kind: BackupKind) -> Backup:
    return cluster_taking.take(taking, kind, server_facts.facts(taking))


ENGINE = Engine("physical", (BackupKind.PHYSICAL,), _take, physical_proof.prove)
