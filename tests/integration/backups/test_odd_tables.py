"""Whatever a table is like, its backup is proved: no healthy one is flagged."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from faults import TARGET, Keeper, any_keeper, execute, keeper, proving_home  # noqa: F401 - fixtures

from haulback.app import backing_up
from haulback.backups.rows import canonical, copied_out
from haulback.backups.table import TableEngine, everything, found
from haulback.clock import SystemClock
from haulback.model.backup import RowFormat, Verdict
from haulback.pg import binaries

if TYPE_CHECKING:
    from conftest import Database  # which conftest is loaded depends on what runs besides

ODD = (Path(__file__).parent / "odd_tables.sql").read_text(encoding="utf-8")


def test_odd_tables_are_proved(any_database: Database, any_keeper: Keeper) -> None:
    execute(any_database, ODD)
    with any_database.connect(autocommit=True) as connection:
        tables = [one for one in everything(connection) if one.startswith("public.")]
        # What a session prefers must not get into the rows.
        connection.execute("set quote_all_identifiers = on; set datestyle = 'German'; set bytea_output = escape")
        connection.execute("set intervalstyle = iso_8601; set extra_float_digits = -5; set timezone = 'Asia/Kathmandu'")
        assert len(tables) > 15
        engine = TableEngine(any_keeper.shelf.store, backing_up.key(any_keeper.settings), SystemClock())
        backup = engine.take(connection, TARGET.name, tables)
        rows = {one.identity: one.rows for one in backup.tables}
    assert 0 in rows.values()
    assert rows["public.no_columns"] == 3
    proof = any_keeper.verify(backup)
    assert (proof.problems, proof.verdict) == ((), Verdict.PROVED)


def test_xml_is_proved_where_the_server_has_it(database15: Database, keeper: Keeper) -> None:
    execute(database15, "create table public.x (doc xml)", "insert into public.x values ('<a b=\"c\">\n\t&lt;</a>')")
    assert keeper.verify(keeper.take(database15, "public.x")).verdict is Verdict.PROVED


def test_a_table_comes_with_those_that_inherit_from_it(database: Database, keeper: Keeper) -> None:
    execute(
        database,
        "create table public.p (a int); create table public.c () inherits (public.p); create table public.g ()"
        " inherits (public.c); insert into public.p values (1); insert into public.c values (2);"
        " insert into public.g values (3)",
    )
    backup = keeper.take(database, "public.p")
    assert [(one.identity, one.rows) for one in backup.tables] == [("public.p", 1), ("public.c", 1), ("public.g", 1)]


def test_rows_of_50_mb_are_proved_and_never_many_in_memory(database: Database, keeper: Keeper) -> None:
    execute(
        database,
        "create table public.long (id int, v text)",
        "insert into public.long select n, repeat(chr(64 + n), 52428800) from generate_series(1, 3) as n",
        "insert into public.long select n, 'short' from generate_series(4, 20000) as n",
    )
    with database.connect(autocommit=True) as connection, connection.transaction():
        canonical(connection)
        query = found(connection, "public.long").query(RowFormat.BINARY)
        batches = [sum(map(len, batch)) for batch in copied_out(connection, query)]
    assert max(batches) < 2 * 52428800
    assert len(batches) > 3  # each of the long ones has one of its own
    assert keeper.verify(keeper.take(database, "public.long")).verdict is Verdict.PROVED


def test_where_only_18_is_there_a_backup_of_15_is_proved_on_it(
    database15: Database, keeper: Keeper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    execute(database15, "create type public.mood as enum ('a', 'b'); create table public.t (id int, m public.mood)")
    execute(database15, "insert into public.t values (1, 'a'), (2, null)")
    backup = keeper.take(database15, "public.t")
    monkeypatch.setattr(binaries, "_INSTALLED", ())
    for name in ("setpriv", "cp"):  # a server is started, and its template copied, through these
        if program := shutil.which(name):
            (tmp_path / name).symlink_to(program)
    monkeypatch.setenv("PATH", str(tmp_path))
    proof = keeper.verify(backup)
    assert (proof.detail["major"], proof.verdict, proof.problems) == (18, Verdict.PROVED, ())


def test_what_an_older_major_cannot_make_is_unknown_and_never_bad(
    database: Database, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = binaries.for_major(15)
    assert older is not None
    execute(database, "create table public.t (id int, twice int generated always as (id * 2) virtual)")
    backup = keeper.take(database, "public.t")
    monkeypatch.setattr(binaries, "_wheel_folder", lambda: None)
    monkeypatch.setenv("HAULBACK_PG_BIN", str(older.bin_dir))
    proof = keeper.verify(backup)
    assert (proof.detail["major"], proof.verdict) == (15, Verdict.UNKNOWN)
