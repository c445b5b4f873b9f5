"""What changed in a cluster since another backup, as blocks: from PostgreSQL 17 on."""

from __future__ import annotations

from haulback.backups import cluster_taking, parents, physical_proof, server_facts
from haulback.backups.cluster_errors import NoIncremental
from haulback.backups.engines._engine import Engine, Taking
from haulback.model.backup import Backup, BackupKind

_FIRST_MAJOR = 17


def _take(taking: Taking, kind: BackupKind) -> Backup:
    told = server_facts.facts(taking)
    if told.major < _FIRST_MAJOR:
        reason = f"PostgreSQL {told.major} has none, {_FIRST_MAJOR} is the first that has"
        raise NoIncremental(target=taking.target.name, reason=reason, way_out="Take a physical one.")
    if not told.summarizes:
        way_out = "As a superuser: alter system set summarize_wal = on, and reload; then take a physical one first."
        raise NoIncremental(target=taking.target.name, reason="summarize_wal is off", way_out=way_out)
    return cluster_taking.take(taking, kind, told, parents.chosen(taking))


ENGINE = Engine("incremental", (BackupKind.INCREMENTAL,), _take, physical_proof.prove)
