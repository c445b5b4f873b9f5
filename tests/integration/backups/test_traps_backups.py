"""The seed's ways of backing up tables, run as written, beside ours on the same database."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from faults import Keeper, execute, keeper, proving_home  # noqa: F401 - fixtures

from haulback.backups.errors import CopyBroken, RowsHidden
from haulback.backups.table import TableEngine
from haulback.clock import SystemClock
from haulback.model.backup import Verdict
from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER

if TYPE_CHECKING:
    from conftest import Database  # which conftest is loaded depends on what runs besides

TYPED = """
create type public.mood as enum ('sad', 'ok');
create schema apart;
create table apart.users (id int primary key);
create table public.events (id int primary key, owner int references apart.users, mood public.mood);
insert into apart.users select n from generate_series(1, 9) as n;
insert into public.events select n, n, 'ok' from generate_series(1, 9) as n;
"""


def shell(script: str, **names: object) -> subprocess.CompletedProcess[str]:
    found = binaries.embedded()
    words = {name: str(value) for name, value in names.items()}
    return subprocess.run(
        ["bash", "-c", script], env={"PATH": f"{found.bin_dir}:/usr/bin:/bin", **words}, capture_output=True,
        text=True, check=False, timeout=120,
    )  # fmt: skip


def test_a_killed_pg_dump_leaves_a_file_that_passes_and_a_killed_backup_leaves_none(
    database: Database, keeper: Keeper, tmp_path: Path
) -> None:
    """`pg_dump --inserts --column-inserts | gzip > FILE`, then `gunzip -t FILE`."""
    execute(database, TYPED)
    archive = tmp_path / "dump.sql.gz"
    with database.connect() as holder:
        # The dump waits here, so that it is killed before it is done and never after.
        holder.execute("lock table public.events in access exclusive mode")
        script = 'pg_dump --inserts --column-inserts -t public.events "$URL" | gzip > "$FILE"; echo "exit $?"'
        process = subprocess.Popen(
            ["bash", "-c", script], env={"PATH": f"{binaries.embedded().bin_dir}:/usr/bin:/bin",
                                         "URL": database.url(), "FILE": str(archive)},
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        _child(process.pid, "pg_dump").kill()
        told, _ = process.communicate(timeout=60)
    assert told == "exit 0\n"
    assert shell('gunzip -t "$FILE"', FILE=archive).returncode == 0
    with database.connect(autocommit=True) as connection:

        def cut(_what: str, _rows: int, _about: int) -> None:
            execute(database, f"select pg_terminate_backend({connection.info.backend_pid})", user=SUPERUSER)

        engine = TableEngine(keeper.shelf.store, None, SystemClock(), cut)
        with pytest.raises(CopyBroken):
            engine.take(connection, "local", ["public.events", "apart.users"])
    assert keeper.shelf.all() == ()


def _child(pid: int, name: str) -> psutil.Process:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for child in psutil.Process(pid).children(recursive=True):
            if child.name() == name:
                return child
        time.sleep(0.01)
    raise AssertionError(f"{name} never ran")


def test_a_dump_of_a_table_does_not_restore_into_an_empty_database_and_a_backup_does(
    database: Database, keeper: Keeper, tmp_path: Path
) -> None:
    """`pg_dump -t TABLE > FILE`, then `psql -f FILE` into an empty database: exit 0, and no table."""
    execute(database, TYPED)
    empty = f"{database.name}_empty"
    execute(database, f"create database {empty} template template0 strategy file_copy", user=SUPERUSER)
    try:
        url = database.server.url(SUPERUSER, empty)
        dumped = shell(
            'pg_dump -t public.events "$URL" > "$FILE"', URL=database.url(SUPERUSER), FILE=tmp_path / "dump.sql"
        )
        assert dumped.returncode == 0
        restored = shell('psql -f "$FILE" "$URL"', FILE=tmp_path / "dump.sql", URL=url)
        assert (restored.returncode, "ERROR" in restored.stderr) == (0, True)
        asked = shell('psql -Atc "select to_regclass(\'public.events\') is null" "$URL"', URL=url)
        assert asked.stdout == "t\n"
    finally:
        execute(database, f"drop database {empty} with (force)", user=SUPERUSER)
    proof = keeper.verify(keeper.take(database, "public.events"))
    assert (proof.problems, proof.verdict) == ((), Verdict.PROVED)


def test_a_dump_by_a_role_under_rls_is_empty_and_says_nothing_and_a_backup_is_refused(
    database: Database, keeper: Keeper
) -> None:
    execute(
        database,
        TYPED,
        "alter table public.events enable row level security; grant select on public.events to authenticated",
        "create policy own on public.events using (owner = 0)",
    )
    script = (
        'PGOPTIONS="-c role=authenticated" pg_dump --enable-row-security --inserts --data-only -t public.events "$URL"'
    )
    dumped = shell(script, URL=database.url())
    assert (dumped.returncode, dumped.stderr, "INSERT" in dumped.stdout) == (0, "", False)
    with database.connect(autocommit=True) as connection:
        connection.execute("set role authenticated")
        with pytest.raises(RowsHidden):
            TableEngine(keeper.shelf.store, None, SystemClock()).take(connection, "local", ["public.events"])
