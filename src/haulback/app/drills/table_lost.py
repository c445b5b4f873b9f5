"""Tables are gone: their rows come back from the newest backup of tables, on a private cluster, and are compared."""

from __future__ import annotations

from contextlib import ExitStack

from haulback.app.drills._scenario import Scenario, Scene, seconds_lost
from haulback.backups import proof
from haulback.backups.aside import Aside
from haulback.backups.cipher import cipher_of
from haulback.backups.contents import Contents
from haulback.model.backup import BackupKind
from haulback.model.drill import Measured


def _missing(scene: Scene) -> str:
    return scene.no_backup_of_tables


def _play(scene: Scene) -> Measured:
    kept = scene.newest(BackupKind.TABLE)
    assert kept is not None and kept.backup is not None  # noqa: S101, PT018 - `_missing` said so
    lost_at, backup = scene.clock.now(), kept.backup
    contents = Contents(scene.shelf.store, backup, cipher_of(backup, scene.key))
    problems = []
    with ExitStack() as stack:
        with scene.step("start a private cluster with the schema of the backup", grows=False):
            aside = Aside(scene.settings.home, backup.major)
            connection = stack.enter_context(aside.database(contents.schema()))
        for table in backup.tables:
            with scene.step(f"bring {table.rows:,} rows of {table.identity} back"):
                proof.put_back(connection, contents, table)
            with scene.step(f"compare {table.identity}"):
                seen = proof.hashed(connection, table)
            if seen.text != table.hash:
                problems.append(f"{table.identity} came back with other rows")
    return Measured(
        rto=scene.seconds,
        rpo=seconds_lost(backup.began_at, lost_at),
        rows=backup.rows,
        size=sum(one.size for one in backup.tables),
        backup=backup.id,
        steps=tuple(scene.steps),
        problems=tuple(problems),
        facts=("What is lost is what was written after the moment that the backup holds.",),
    )


SCENARIO = Scenario(
    "table-lost",
    "rows or tables are gone",
    lambda goals: goals.table_lost,
    _missing,
    _play,
    (
        "haulback backup list",
        "haulback restore table TABLE --from BACKUP",
        "haulback restore table TABLE --from BACKUP --missing --yes",
    ),
)
