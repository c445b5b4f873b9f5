"""A migration does harm: it is deployed on a copy of the rows, a user writes, and it is taken back.

The pipeline is the real one, on a database of a private cluster that has the schema and the rows of the newest backup
of tables. The harm is a column dropped and every tenth row deleted, in the largest table that has a key.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from psycopg import sql

from haulback.app import deploying, rolling_back
from haulback.app.drills._copy import as_target, leave_alone
from haulback.app.drills._scenario import Scenario, Scene
from haulback.backups.aside import Aside
from haulback.backups.cipher import cipher_of
from haulback.backups.contents import Contents
from haulback.backups.rows import RowsHash, canonical, copied_out
from haulback.backups.table import found
from haulback.errors import Exit, HaulbackError
from haulback.model.backup import BackupKind, TableContent
from haulback.model.drill import Measured
from haulback.model.settings import Settings

_VERSION = "20000101000000"
_LEFT_OUT = frozenset({"preflight", "hazards", "maintenance", "seed", "verify"})


class NothingToHarm(HaulbackError):
    template = "the backup {id} holds no table with a key, a column besides it, and rows"
    hint_template = "Back up such a table: haulback backup run --table NAME."
    exit_code = Exit.UNVERIFIED


@dataclass(frozen=True)
class _Copy:
    """A table of the copy: what is harmed, and the row that a user deletes afterwards."""

    connection: psycopg.Connection
    content: TableContent

    @property
    def name(self) -> sql.Identifier:
        here = found(self.connection, self.content.identity)
        return sql.Identifier(here.schema, here.name)

    def harm(self) -> str:
        """The text of the migration."""
        dropped = next(one.name for one in reversed(self.content.columns) if one.name not in self.content.key)
        text = sql.SQL(
            "alter table {table} drop column {column} cascade;\n"
            "delete from {table} where pg_catalog.hashtext(({key})::pg_catalog.text) % 10 = 0;\n"
        ).format(table=self.name, column=sql.Identifier(dropped), key=_key(self.content))
        return text.as_string(self.connection)

    def write(self) -> None:
        """A user deletes one of the rows that are left."""
        query = "delete from {table} where ({key}) = (select {key} from {table} order by {key} limit 1)"
        self.connection.execute(sql.SQL(query).format(table=self.name, key=_key(self.content)))

    def without_first(self) -> str:
        """The hash of the rows that must be there in the end: all but the one that the user deletes."""
        query = sql.SQL(
            "copy (select {columns} from {table} where ({key}) <> (select {key} from {table}"
            " where pg_catalog.hashtext(({key})::pg_catalog.text) % 10 <> 0 order by {key} limit 1)) to stdout"
        )
        return self._hash(query)

    def now(self) -> str:
        return self._hash(sql.SQL("copy (select {columns} from {table}) to stdout"))

    def _hash(self, query: sql.SQL) -> str:
        columns = sql.SQL(", ").join(sql.Identifier(one.name) for one in self.content.columns)
        seen = RowsHash()
        with self.connection.transaction():
            canonical(self.connection)
            for batch in copied_out(
                self.connection, query.format(columns=columns, table=self.name, key=_key(self.content))
            ):
                seen.add(batch)
        return seen.text


def _key(content: TableContent) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, content.key))


def _play(scene: Scene) -> Measured:
    kept = scene.newest(BackupKind.TABLE)
    assert kept is not None and kept.backup is not None  # noqa: S101, PT018 - `_missing` said so
    backup = kept.backup
    fit = [one for one in backup.tables if one.rows and one.key and len(one.columns) > len(one.key)]
    if not fit:
        raise NothingToHarm(id=backup.id)
    contents = Contents(scene.shelf.store, backup, cipher_of(backup, scene.key))
    with ExitStack() as stack:
        connection = stack.enter_context(Aside(scene.settings.home, backup.major).database(contents.schema()))
        with connection.transaction():
            canonical(connection)
            connection.execute("set local session_replication_role = replica")
            for table in backup.tables:
                contents.load(connection, table, sql.Identifier(*_named(connection, table)))
            # Going back leaves a row out whose parent is gone, and here parents outside the backup all are.
            leave_alone(connection, backup.tables)
        copy = _Copy(connection, max(fit, key=lambda one: one.size))
        target = as_target(scene, connection, [copy.content], f"a copy of {scene.target.name}")
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="haulback-drill-")))
        settings = _settings(scene, folder, copy.harm())
        expected = copy.without_first()
        scene.progress.step_begun("drill", f"deploy harm to {copy.content.identity} on a copy")
        deploying.deploy(settings, target, deploying.Request(skip=_LEFT_OUT), clock=scene.clock)
        copy.write()
        with scene.step("take the migration back"):
            rolling_back.roll_back(settings, target, None, clock=scene.clock)
        problems = () if copy.now() == expected else (f"{copy.content.identity} came back with other rows",)
    return Measured(
        rto=scene.seconds,
        rpo=0.0 if not problems else None,
        rows=copy.content.rows,
        size=copy.content.size,
        backup=backup.id,
        steps=tuple(scene.steps),
        problems=problems,
        facts=("A row that a user deleted after the migration stays deleted, every other row is what it was.",),
    )


def _named(connection: psycopg.Connection, table: TableContent) -> tuple[str, str]:
    here = found(connection, table.identity)
    return here.schema, here.name


def _settings(scene: Scene, folder: Path, harm: str) -> Settings:
    (folder / f"{_VERSION}_harm.sql").write_text(harm, encoding="utf-8")
    return replace(scene.settings, root=folder, migrations=folder, seed=())


SCENARIO = Scenario(
    "bad-migration",
    "a migration does harm",
    lambda goals: goals.bad_migration,
    lambda scene: scene.no_backup_of_tables,
    _play,
    ("haulback log", "haulback rollback --yes", "haulback attic list"),
)
