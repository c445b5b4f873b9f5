"""Backups that are cut short leave no backup, say so, and hinder no later one."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from faults import PLAIN, TARGET, Keeper, execute, keeper, proving_home  # noqa: F401 - fixtures

from haulback.backups.errors import CopyBroken, MayNotRead, RowsHidden, StoreFull, StoreUnreachable
from haulback.backups.shelf import Shelf
from haulback.backups.stores.file import FolderStore
from haulback.backups.table import TableEngine
from haulback.clock import SystemClock
from haulback.model.backup import Verdict
from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER, Cluster
from small_disks import small_disk

if TYPE_CHECKING:
    from conftest import Database  # which conftest is loaded depends on what runs besides

LARGE = (
    "create table public.large (id int primary key, v text);"
    " insert into public.large select n, md5(n::text) || repeat(md5((n + 1)::text), 7)"
    " from generate_series(1, 60000) as n"
)
KILLS = 4
GUARDED = "grant select on public.t to authenticated; alter table public.t enable row level security"


def files(keeper: Keeper) -> list[Path]:
    return [path for path in (keeper.folder / "kept").rglob("*") if path.is_file()]


def test_killed_at_any_moment(database: Database, keeper: Keeper) -> None:
    execute(database, LARGE)
    (keeper.folder / "haulback.toml").write_text('[backups]\nstore = "kept"\n[targets.local]\n', encoding="utf-8")
    environment = {**os.environ, "DATABASE_URL": database.url(), "HAULBACK_TARGET": "environment"}
    store = keeper.folder / "kept" / "environment"
    dice = random.Random()
    command = [sys.executable, "-m", "haulback", "backup", "run", "--table", "public.large"]
    for number in range(KILLS):
        before = set(store.iterdir()) if store.exists() else set()
        process = subprocess.Popen(
            command, cwd=keeper.folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        # From the moment that something is written; the last one is let through.
        while number < KILLS - 1 and process.poll() is None and not (store.exists() and set(store.iterdir()) - before):
            time.sleep(0.005)
        if number < KILLS - 1:
            time.sleep(dice.random() * 0.3)
            process.send_signal(signal.SIGKILL)
        process.wait()
    assert process.returncode == 0
    # A backup is whole or was never finished, and one killed before it wrote anything is nothing at all.
    listed = Shelf.of(FolderStore(keeper.folder / "kept"), "environment").all()
    assert 1 <= len(listed) <= KILLS
    assert all(kept.unfinished is not bool(kept.backup) for kept in listed)
    assert {kept.backup.rows for kept in listed if kept.backup} == {60000}


def test_the_server_is_killed(keeper: Keeper, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "own", "main", binaries.embedded(), platform=False)
    try:
        running = cluster.start()
        with psycopg.connect(running.conninfo(SUPERUSER), autocommit=True) as connection:
            connection.execute(LARGE)

            def kill(_what: str, _rows: int, _about: int) -> None:
                os.kill(int((running.data_dir / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
                os.kill(connection.info.backend_pid, signal.SIGKILL)

            engine = TableEngine(keeper.shelf.store, None, SystemClock(), kill)
            with pytest.raises(CopyBroken):
                engine.take(connection, TARGET.name, ["public.large"])
        assert files(keeper) == []
        running = cluster.start()
        with psycopg.connect(running.conninfo(SUPERUSER), autocommit=True) as connection:
            backup = TableEngine(keeper.shelf.store, None, SystemClock()).take(
                connection, TARGET.name, ["public.large"]
            )
        assert keeper.verify(backup).verdict is Verdict.PROVED
    finally:
        cluster.destroy()


def test_the_connection_is_cut(database: Database, keeper: Keeper) -> None:
    execute(database, LARGE)
    with database.connect(autocommit=True) as connection:

        def cut(_what: str, _rows: int, _about: int) -> None:
            execute(database, f"select pg_terminate_backend({connection.info.backend_pid})", user=SUPERUSER)

        with pytest.raises(CopyBroken):
            TableEngine(keeper.shelf.store, None, SystemClock(), cut).take(connection, "local", ["public.large"])
    assert files(keeper) == []


@contextmanager
def _small_files(_folder: Path) -> Iterator[None]:
    """No file may grow past 300 kB: for this process the disk is full there, whoever it runs as."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("full", [_small_files, partial(small_disk, size="512k")])
def test_the_disk_is_full(database: Database, keeper: Keeper, full) -> None:
    execute(database, LARGE)
    with full(keeper.folder / "kept"):
        with database.connect(autocommit=True) as connection:
            engine = TableEngine(keeper.shelf.store, None, SystemClock())
            with pytest.raises(StoreFull):
                engine.take(connection, "local", ["public.large"])
            # The session is not left in the middle of a copy.
            assert connection.execute("select 1").fetchone() == (1,)
        assert files(keeper) == []


def test_the_folder_is_taken_away_meanwhile(database: Database, keeper: Keeper) -> None:
    execute(database, LARGE)

    def take_away(_what: str, _rows: int, _about: int) -> None:
        if (keeper.folder / "kept").exists():
            (keeper.folder / "kept").rename(keeper.folder / "elsewhere")

    with database.connect(autocommit=True) as connection, pytest.raises(StoreUnreachable):
        TableEngine(keeper.shelf.store, None, SystemClock(), take_away).take(connection, "local", ["public.large"])


def test_the_clock_jumps_while_it_is_made_and_before_it_is_proved(database: Database, keeper: Keeper) -> None:
    class Jumping(SystemClock):
        def now(self) -> datetime:
            return datetime(1999, 1, 1, tzinfo=UTC)

    execute(database, PLAIN)
    with database.connect(autocommit=True) as connection:
        backup = TableEngine(keeper.shelf.store, None, Jumping()).take(connection, TARGET.name, ["public.t"])
    assert backup.ended_at < backup.began_at - timedelta(days=1)
    assert keeper.verify(backup).verdict is Verdict.PROVED
    assert [kept.backup for kept in keeper.shelf.all()] == [backup]


@pytest.mark.parametrize(
    ("grants", "refusal"),
    [
        (GUARDED, RowsHidden),
        (f"{GUARDED}; create policy all_of_it on public.t using (true)", RowsHidden),
        ("revoke all on public.t from authenticated", MayNotRead),
        ("create schema closed; alter table public.t set schema closed", MayNotRead),
        ("revoke all on public.t from authenticated; grant select (id) on public.t to authenticated", MayNotRead),
    ],
    ids=["rows hidden", "a policy that hides none", "no right", "no right on the schema", "right on one column"],
)
def test_a_role_that_cannot_read_all_is_refused(
    database: Database, keeper: Keeper, grants: str, refusal: type[Exception]
) -> None:
    execute(database, PLAIN, grants)
    table = "closed.t" if "closed" in grants else "public.t"
    with database.connect(autocommit=True) as connection:
        connection.execute("set role authenticated")
        with pytest.raises(refusal):
            TableEngine(keeper.shelf.store, None, SystemClock()).take(connection, "local", [table])
    assert files(keeper) == []
