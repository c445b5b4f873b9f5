"""What changed in a cluster since another backup, as blocks: from PostgreSQL 17 on."""

from __future__ import annotations

from haulback.backups import basebackup, physical_proof
from haulback.backups.cluster_errors import NoIncremental
from haulback.backups.engines._engine import Engine, Taking
from haulback.model.backup import Backup, BackupKind, Verdict

_FIRST_MAJOR = 17
_WHOLE = (BackupKind.PHYSICAL, BackupKind.INCREMENTAL)


def _take(taking: Taking, kind: BackupKind) -> Backup:
    facts = basebackup.facts(taking)
    if facts.major < _FIRST_MAJOR:
        reason = f"PostgreSQL {facts.major} has none, {_FIRST_MAJOR} is the first that has"
        raise NoIncremental(target=taking.target.name, reason=reason, way_out="Take a physical one.")
    if not facts.summarizes:
        way_out = "As a superuser: alter system set summarize_wal = on, and reload; then take a physical one first."
        raise NoIncremental(target=taking.target.name, reason="summarize_wal is off", way_out=way_out)
    return basebackup.take(taking, kind, facts, _parent(taking))


def _parent(taking: Taking) -> Backup:
    """The backup to build on: the named one, else the newest whole cluster that was not proved bad."""
    found = [
        one.backup
        for one in ((taking.shelf.one(taking.parent),) if taking.parent else taking.shelf.all())
        if one.backup and one.backup.kind in _WHOLE and one.verdict is not Verdict.BAD
        and str(one.backup.detail.get("engine")) in set(_WHOLE)
    ]  # fmt: skip
    if not found:
        reason = "there is no physical backup to build on"
        raise NoIncremental(target=taking.target.name, reason=reason, way_out="Take one: --kind physical.")
    return found[-1]


ENGINE = Engine("incremental", (BackupKind.INCREMENTAL,), _take, physical_proof.prove)
