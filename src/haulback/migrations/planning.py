"""Decides which migrations are pending, in order, and refuses what does not agree with the history. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from haulback.migrations.errors import EditedMigration, OutOfOrder
from haulback.migrations.folder import Folder
from haulback.migrations.parse import decoded
from haulback.model.migration import Applied, Migration, Plan


def make_plan(
    folder: Folder,
    history: Sequence[Applied],
    *,
    target: str,
    environment: str,
    made_at: datetime,
    made_by: str,
    out_of_order: bool = False,
) -> Plan:
    """Returns the plan for a target with this history.

    Args:
        folder: the files as found.
        history: the applied versions, in order of version.
        target: name of the target.
        environment: its environment.
        made_at: when.
        made_by: the database login of whoever plans; nobody approves a plan of his own.
        out_of_order: lets a pending file stand before an applied one.

    Raises:
        EditedMigration, OutOfOrder: folder and history disagree.
    """
    applied = {one.version: one for one in history}
    order = list(folder.files)
    _require_unedited(folder, applied)
    pending = [version for version in order if version not in applied]
    if not out_of_order:
        _require_order(folder, order, applied, pending)
    migrations = tuple(folder.load(version) for version in pending)
    base = tuple(sorted(applied))
    return Plan(
        target=target,
        environment=environment,
        migrations=migrations,
        base=base,
        hash=plan_hash(base, migrations),
        made_at=made_at,
        made_by=made_by,
        skipped=folder.skipped,
        unknown=tuple(sorted(applied.keys() - folder.files.keys())),
    )


def plan_hash(base: Sequence[str], migrations: Sequence[Migration]) -> str:
    """Hex sha256 over what the plan would do: the versions it builds on and every file it runs or may run."""
    return hash_of(base, [_hashes(one) for one in migrations])


def _hashes(migration: Migration) -> Hashes:
    return (
        migration.version,
        migration.source.sha256,
        migration.rollback.sha256 if migration.rollback else None,
        migration.script.sha256 if migration.written else None,
    )


# Of one migration: version, then sha256 of the file, of its rollback script, of the rewritten text that runs.
Hashes = tuple[str, str, str | None, str | None]


def hash_of(base: Sequence[str], files: Sequence[Hashes]) -> str:
    """The same over what a plan file says."""
    digest = hashlib.sha256()
    for version in base:
        digest.update(f"base {version}\n".encode())
    for version, forward, back, rewritten in files:
        rewrite = f" rewritten {rewritten}" if rewritten else ""
        digest.update(f"run {version} {forward} {back or '-'}{rewrite}\n".encode())
    return digest.hexdigest()


def _require_unedited(folder: Folder, applied: dict[str, Applied]) -> None:
    for version, (_, path) in folder.files.items():
        known = applied[version].sha256 if version in applied else None
        if known and hashlib.sha256(decoded(path).encode()).hexdigest() != known:
            raise EditedMigration(file=path)


def _require_order(folder: Folder, order: list[str], applied: dict[str, Applied], pending: list[str]) -> None:
    done = [version for version in order if version in applied]
    if not done or not pending:
        return
    last = done[-1]
    early = [version for version in pending if order.index(version) < order.index(last)]
    if early:
        raise OutOfOrder(file=folder.files[early[0]][1].name, applied=folder.files[last][1].name)
