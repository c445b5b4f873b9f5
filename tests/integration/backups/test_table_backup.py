"""A backup of tables goes through a real server, a store and a private cluster, and comes out the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from haulback.backups.aside import Aside
from haulback.backups.cipher import Key, cipher_of
from haulback.backups.contents import Contents
from haulback.backups.errors import MayNotRead, NoSuchTable, RowsHidden, TableOfTheServer
from haulback.backups.proof import prove
from haulback.backups.shelf import Shelf
from haulback.backups.stores.file import FolderStore
from haulback.backups.table import TableEngine
from haulback.clock import SystemClock
from haulback.model.backup import Backup, Verdict

if TYPE_CHECKING:
    from conftest import Database  # which conftest is loaded depends on what runs besides

KEY = Key.parsed("ab" * 32)
TABLES = """
create type public.mood as enum ('sad', 'ok');
create table public.parent (id bigint generated always as identity primary key, name text not null unique);
create table public.child (
  id uuid primary key default gen_random_uuid(), parent bigint not null references public.parent,
  mood public.mood, tags text[], body jsonb, raw bytea, twice bigint generated always as (parent * 2) stored,
  at timestamptz default now()
);
insert into public.parent (name) select 'parent ' || n from generate_series(1, 50) as n;
insert into public.child (parent, mood, tags, body, raw)
select n % 50 + 1, case when n % 3 = 0 then 'sad' end::public.mood, array['a' || n, null, E'line\\nend\\t"'],
       jsonb_build_object('n', n, 'text', E'\\\\N \\\\.'), decode(lpad(to_hex(n), 8, '0'), 'hex')
  from generate_series(1, 10000) as n;
create index on public.child using gin (body);
create function public.touched() returns trigger language plpgsql as $$ begin new.at := null; return new; end $$;
create trigger touched before insert on public.child for each row execute function public.touched();
"""


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the private clusters of these tests live."""
    folder = tmp_path_factory.mktemp("aside")
    yield folder
    for major in (15, 18):
        Aside(folder, major)._cluster.destroy()


def taken(database: Database, store: FolderStore, *tables: str, key: Key | None = None) -> Backup:
    with database.connect(autocommit=True) as connection:
        return TableEngine(store, key, SystemClock()).take(connection, "local", tables)


def contents(store: FolderStore, backup: Backup, key: Key | None = None) -> Contents:
    return Contents(store, backup, cipher_of(backup, key))


@pytest.mark.parametrize("key", [None, KEY], ids=["clear", "encrypted"])
def test_what_was_copied_is_proved(any_database: Database, tmp_path: Path, home: Path, key: Key | None) -> None:
    with any_database.connect(autocommit=True) as connection:
        connection.execute(TABLES)
    store = FolderStore(tmp_path)
    backup = taken(any_database, store, "public.parent", "public.child", key=key)
    assert [one.rows for one in backup.tables] == [50, 10000]
    found = prove(contents(store, backup, key), Aside(home, backup.major), SystemClock())
    assert (found.verdict, found.problems) == (Verdict.PROVED, ())


def test_no_row_is_readable_in_an_encrypted_backup(database: Database, tmp_path: Path) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute("create table public.secrets (id int primary key, word text)")
        connection.execute("insert into public.secrets select n, 'xyzzy-plugh' from generate_series(1, 3) as n")
    backup = taken(database, FolderStore(tmp_path), "public.secrets", key=KEY)
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 4
    assert not [one for one in files if b"xyzzy" in one or KEY.secret in one or KEY.secret.hex().encode() in one]
    rows = b"".join(contents(FolderStore(tmp_path), backup, KEY).rows(backup.tables[0]))
    assert rows.startswith(b"PGCOPY\n\xff\r\n\0")
    assert rows.count(b"\0\x0bxyzzy-plugh") == 3


def test_tables_are_of_one_moment(database: Database, tmp_path: Path) -> None:
    """A row that moves from one table to the other while they are copied is in exactly one of them."""
    with database.connect(autocommit=True) as connection:
        connection.execute(
            "create table public.a (id int primary key, t text); create table public.b (id int primary key)"
        )
        connection.execute("insert into public.a select n, repeat('x', 2000) from generate_series(1, 20000) as n")
    with database.connect(autocommit=True) as mover, database.connect(autocommit=True) as connection:
        moved = []

        def move(_what: str, rows: int, _about: int) -> None:
            if not moved:
                mover.execute(
                    "with gone as (delete from public.a returning id) insert into public.b select id from gone"
                )
                moved.append(rows)

        engine = TableEngine(FolderStore(tmp_path), None, SystemClock(), move)
        backup = engine.take(connection, "local", ["public.a", "public.b"])
    assert moved[0] < 20000
    assert [one.rows for one in backup.tables] == [20000, 0]


def test_rows_that_a_policy_hides_are_an_error(database: Database, tmp_path: Path) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute("create table public.mine (id int primary key); insert into public.mine values (1)")
        connection.execute(
            "alter table public.mine enable row level security; grant select on public.mine to authenticated"
        )
    with database.connect(autocommit=True) as connection:
        connection.execute("set role authenticated")
        with pytest.raises(RowsHidden):
            TableEngine(FolderStore(tmp_path), None, SystemClock()).take(connection, "local", ["public.mine"])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["public.nowhere", "nowhere", "a.b.c.d", "other.public.t", "", ".", '"'])
def test_a_table_that_is_not_there_is_told(database: Database, tmp_path: Path, name: str) -> None:
    with pytest.raises(NoSuchTable):
        taken(database, FolderStore(tmp_path), name)


@pytest.mark.parametrize("name", ["pg_catalog.pg_class", "pg_class", "information_schema.sql_features"])
def test_a_table_of_the_server_is_refused(database: Database, tmp_path: Path, name: str) -> None:
    with pytest.raises(TableOfTheServer):
        taken(database, FolderStore(tmp_path), name)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_role_that_may_not_read_is_told(database: Database, tmp_path: Path) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute("create table public.mine (id int primary key)")
        connection.execute("revoke all on public.mine from authenticated; set role authenticated")
        with pytest.raises(MayNotRead):
            TableEngine(FolderStore(tmp_path), None, SystemClock()).take(connection, "local", ["public.mine"])
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_other_rows_are_proved_bad(database: Database, tmp_path: Path, home: Path) -> None:
    """Restoring finds what no sum over a file can: a manifest and files that agree, about rows that were another's."""
    with database.connect(autocommit=True) as connection:
        connection.execute(
            "create table public.t (id int primary key, v int); insert into public.t values (1, 1), (2, 2)"
        )
    store = FolderStore(tmp_path)
    honest = taken(database, store, "public.t")
    with database.connect(autocommit=True) as connection:
        connection.execute("update public.t set v = 3 where id = 2")
    other = taken(database, store, "public.t")
    # The rows and their sums are those of the second; what the manifest says of them is of the first.
    mixed = Backup(**{**{name: getattr(other, name) for name in Backup.__slots__}, "tables": tuple(
        type(one)(**{**{name: getattr(one, name) for name in type(one).__slots__}, "hash": honest.tables[0].hash})
        for one in other.tables
    )})  # fmt: skip
    found = prove(Contents(store, mixed, None), Aside(home, mixed.major), SystemClock())
    assert found.verdict is Verdict.BAD
    assert found.problems == ("the rows of public.t came back with other values",)


def test_a_backup_that_was_never_finished_is_none(database: Database, tmp_path: Path) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute("create table public.t (id int primary key)")
    shelf = Shelf.of(FolderStore(tmp_path), "local")
    with database.connect(autocommit=True) as connection:
        backup = TableEngine(shelf.store, None, SystemClock()).take(connection, "local", ["public.t"])
    (tmp_path / "local" / backup.id / "manifest.json").unlink()
    (found,) = shelf.all()
    assert found.backup is None
    assert "never finished" in found.problem
