"""Pre-flight goes by the newest backup that was proved, of the very cluster that is deployed to."""

from __future__ import annotations

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


def test_a_store_that_cannot_be_read_is_told(database: Database, tmp_path: Path) -> None:
    proved(database, tmp_path)
    folder = tmp_path / "kept" / "a%20target"
    folder.rename(tmp_path / "aside")
    folder.write_bytes(b"no folder")
    with database.connect(autocommit=True) as connection:
        found, reason = proved_backup.newest(settings(tmp_path), TARGET, connection)
    assert found is None
    assert "cannot be used" in reason
