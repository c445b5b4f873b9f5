"""Pre-flight goes by the newest backup that was proved, of the very cluster that is deployed to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from haulback.app import proved_backup
from haulback.backups.shelf import Shelf
from haulback.backups.stores.file import FolderStore
from haulback.backups.table import TableEngine
from haulback.clock import SystemClock
from haulback.model.backup import Backup, Proof, Verdict
from haulback.model.recovery import BackupSettings
from haulback.model.settings import Settings
from haulback.model.target import Environment, Policy, Target

if TYPE_CHECKING:
    from conftest import Database  # which conftest is loaded depends on what runs besides

TARGET = Target("a target", Environment.PRODUCTION, {}, Policy(unknown_blocks=True))


def settings(folder: Path) -> Settings:
    backups = BackupSettings(str(folder / "kept"))
    return Settings(folder, folder / "home", folder, {TARGET.name: TARGET}, TARGET.name, backups=backups)


def proved(database: Database, folder: Path) -> Backup:
    shelf = Shelf.of(FolderStore(folder / "kept"), TARGET.name)
    with database.connect("supabase_admin", autocommit=True) as connection:
        connection.execute("create table public.t (id int primary key)")
        backup = TableEngine(shelf.store, None, SystemClock()).take(connection, TARGET.name, ["public.t"])
    shelf.note(Proof(backup.id, Verdict.PROVED, SystemClock().now(), 1.0))
    return backup


def test_the_proved_age_is_of_this_cluster(database: Database, database15: Database, tmp_path: Path) -> None:
    with database.connect(autocommit=True) as connection:
        assert proved_backup.newest(settings(tmp_path), TARGET, connection) == (None, "")
    mine, other = proved(database, tmp_path), proved(database15, tmp_path)
    assert mine.system != other.system
    with database.connect("supabase_admin", autocommit=True) as connection:
        assert proved_backup.newest(settings(tmp_path), TARGET, connection) == (mine.began_at, "")


def table_backup(database: Database, folder: Path, *tables: str) -> Backup:
    shelf = Shelf.of(FolderStore(folder / "kept"), TARGET.name)
    with database.connect("supabase_admin", autocommit=True) as connection:
        backup = TableEngine(shelf.store, None, SystemClock()).take(connection, TARGET.name, tables)
    shelf.note(Proof(backup.id, Verdict.PROVED, SystemClock().now(), 1.0))
    return backup


def test_a_proved_backup_of_another_table_proves_nothing_of_this_one(database: Database, tmp_path: Path) -> None:
    given = settings(tmp_path)
    named = replace(given, backups=replace(given.backups, tables=("public.a", "public.gone")))
    with database.connect("supabase_admin", autocommit=True) as connection:
        connection.execute("create table public.a (id int); create table public.b (id int)")
        connection.execute('create table public."C, d" (id int) partition by list (id)')
        connection.execute('create table public."C1" partition of public."C, d" for values in (1)')
        first = table_backup(database, tmp_path, "public.a")
        other = table_backup(database, tmp_path, "public.b", 'public."C, d"')

        def newest(given: Settings, *changed: str) -> tuple[datetime | None, str]:
            return proved_backup.newest(given, TARGET, connection, changed)

        # The newest proved one is of other tables: the age is that of the one which holds the table.
        assert newest(named) == (first.began_at, "")
        assert newest(given, '"public"."b"') == (other.began_at, "")
        # One of a partition's table is one of the partition; each table may come from another backup.
        assert newest(named, '"public"."C1"', '"public"."b"') == (first.began_at, "")
        connection.execute("create table public.e (id int)")
        assert newest(named, '"public"."e"') == (None, "no proved backup holds public.e")
        # A table that is not there yet, and those of the server, lose nothing.
        assert newest(given, '"public"."new"', '"pg_catalog"."pg_class"') == (other.began_at, "")


def test_a_store_that_cannot_be_read_is_told(database: Database, tmp_path: Path) -> None:
    proved(database, tmp_path)
    folder = tmp_path / "kept" / "a%20target"
    folder.rename(tmp_path / "aside")
    folder.write_bytes(b"no folder")
    with database.connect(autocommit=True) as connection:
        found, reason = proved_backup.newest(settings(tmp_path), TARGET, connection)
    assert found is None
    assert "cannot be used" in reason
