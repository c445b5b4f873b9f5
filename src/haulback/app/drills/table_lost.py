"""Tables are empty: their rows come back from the newest backup of tables as `haulback restore table` brings them.

It is that very code, on a database of the private cluster that has the schema of the backup and no rows. So the rows go
through the attic and in batches, as they would on the target, and what `restore table` would leave out stays out here.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

import psycopg

from haulback.app import restoring
from haulback.app.drills._copy import as_target, leave_alone
from haulback.app.drills._scenario import Scenario, Scene
from haulback.app.restore_source import Request
from haulback.backups import proof
from haulback.backups.aside import Aside
from haulback.backups.cipher import cipher_of
from haulback.backups.contents import Contents
from haulback.backups.loss import seconds_lost
from haulback.deploy.progress import Silent
from haulback.model.backup import Backup, BackupKind, TableContent
from haulback.model.drill import Measured
from haulback.model.restore import How
from haulback.model.target import Target

_FACTS = (
    "What is lost is what was written after the moment that the backup holds.",
    "The private cluster does not wait for its disk: a server that keeps what it commits takes longer to write.",
)


def _play(scene: Scene) -> Measured:
    kept = scene.newest(BackupKind.TABLE)
    assert kept is not None and kept.backup is not None  # noqa: S101, PT018 - `missing` said so
    lost_at, backup = scene.clock.now(), kept.backup
    contents = Contents(scene.shelf.store, backup, cipher_of(backup, scene.key))
    problems: list[str] = []
    with ExitStack() as stack:
        # Not a part of the recovery: the server that lost its rows runs.
        scene.progress.step_begun("drill", "start a private cluster with the schema of the backup")
        connection = stack.enter_context(Aside(scene.settings.home, backup.major).database(contents.schema()))
        leave_alone(connection, backup.tables)
        target = as_target(scene, connection, backup.tables, scene.target.name)
        with_key = [one for one in backup.tables if one.key]
        problems += _restored(scene, target, backup, with_key)
        for table in backup.tables:
            if not table.key:
                with scene.step(f"copy {table.rows:,} rows of {table.identity} in"):
                    proof.put_back(connection, contents, table)
            problems += _compared(scene, connection, table)
    return Measured(
        rto=scene.seconds,
        rpo=seconds_lost(backup.began_at, lost_at),
        rows=backup.rows,
        size=sum(one.size for one in backup.tables),
        backup=backup.id,
        steps=tuple(scene.steps),
        problems=tuple(problems),
        facts=(*_FACTS, *_keyless(backup)),
    )


def _restored(scene: Scene, target: Target, backup: Backup, tables: Sequence[TableContent]) -> list[str]:
    """Brings the rows of all tables back; again those whose parents came only after them. What stayed away is told."""
    waiting, left = list(tables), dict[str, dict[str, int]]()
    while waiting:
        before = dict(left)
        for table in waiting:
            left[table.identity] = _brought_back(scene, target, backup, table)
        waiting = [one for one in waiting if left[one.identity]]
        if before == left:  # nothing more comes by trying again
            break
    return [
        f"{rows:,} rows of {identity} stayed away: {reason}"
        for identity, reasons in left.items()
        for reason, rows in sorted(reasons.items())
    ]


def _brought_back(scene: Scene, target: Target, backup: Backup, table: TableContent) -> dict[str, int]:
    request = Request(table.identity, backup.id, hows=frozenset({How.MISSING}))
    with scene.step(f"bring {table.rows:,} rows of {table.identity} back"):
        done = restoring.restore_table(scene.settings, target, request, Silent(), scene.clock)
    return dict(done.rows.left) if done.rows else {}


def _compared(scene: Scene, connection: psycopg.Connection, table: TableContent) -> list[str]:
    with scene.step(f"compare {table.identity}"):
        seen = proof.hashed(connection, table)
    return [] if seen.text == table.hash else [f"{table.identity} came back with other rows"]


def _keyless(backup: Backup) -> list[str]:
    names = ", ".join(one.identity for one in backup.tables if not one.key)
    return [f"Without a primary key `haulback restore table` brings nothing back, only a copy: {names}."] * bool(names)


SCENARIO = Scenario(
    "table-lost",
    "rows of tables are gone",
    lambda goals: goals.table_lost,
    lambda scene: scene.no_backup_of_tables,
    _play,
    (
        "haulback backup list",
        "haulback restore table TABLE --from BACKUP",
        "haulback restore table TABLE --from BACKUP --missing --yes",
    ),
)
