"""What the fault tests share: a table, its backup, and what `haulback backup verify` says of it.

No conftest.py: its name would hide the one above, which other tests of this folder import from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from haulback.app import backing_up
from haulback.backups.aside import Aside
from haulback.backups.shelf import Shelf
from haulback.backups.table import TableEngine
from haulback.clock import SystemClock
from haulback.deploy.progress import Silent
from haulback.model.backup import Backup, Proof
from haulback.model.recovery import BackupSettings
from haulback.model.settings import Settings
from haulback.model.target import Environment, Policy, Target

if TYPE_CHECKING:
    from conftest import Database  # which conftest is loaded depends on what runs besides

TARGET = Target("local", Environment.PRODUCTION, {}, Policy(unknown_blocks=True))
KEY = "ab" * 32
PLAIN = """
create table public.t (id int primary key, v text);
insert into public.t select n, repeat(md5(n::text), 8) from generate_series(1, 2000) as n;
"""


@dataclass(frozen=True)
class Keeper:
    """A store below one folder, and the home where its backups are proved."""

    folder: Path
    home: Path
    key: str | None = None

    @property
    def settings(self) -> Settings:
        backups = BackupSettings(str(self.folder / "kept"), key=self.key)
        return Settings(self.folder, self.home, self.folder, {TARGET.name: TARGET}, TARGET.name, backups=backups)

    @property
    def shelf(self) -> Shelf:
        return backing_up.shelf(self.settings, TARGET)

    def place(self, backup: Backup) -> Path:
        return self.folder / "kept" / TARGET.name / backup.id

    def take(self, database: Database, *tables: str, user: str = "postgres") -> Backup:
        with database.connect(user, autocommit=True) as connection:
            engine = TableEngine(self.shelf.store, backing_up.key(self.settings), SystemClock())
            return engine.take(connection, TARGET.name, tables)

    def verify(self, backup: Backup) -> Proof:
        return backing_up.verify(self.settings, TARGET, [backup.id], Silent())[0]


def execute(database: Database, *statements: str, user: str = "postgres") -> None:
    with database.connect(user, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture(scope="session")
def proving_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the private clusters of these tests live."""
    folder = tmp_path_factory.mktemp("proving")
    yield folder
    for major in (15, 18):
        Aside(folder, major)._cluster.destroy()


@pytest.fixture
def keeper(tmp_path: Path, proving_home: Path) -> Keeper:
    return Keeper(tmp_path, proving_home)


@pytest.fixture(params=["clear", "encrypted"])
def any_keeper(request: pytest.FixtureRequest, keeper: Keeper) -> Keeper:
    return replace(keeper, key=KEY) if request.param == "encrypted" else keeper
