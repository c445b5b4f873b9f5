"""Two databases are compared as they are: rows by key, whatever hides in them, and nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from recovery_ground import Ground, ground

from haulback.app import diffing, recovering, swapping_in
from haulback.app.diffing import Request
from haulback.backups.aiming import aim_of
from haulback.backups.cluster_errors import NothingToCompare, RecoveryDown
from haulback.backups.errors import NoSuchTable
from haulback.config.policy import default_policy
from haulback.deploy.progress import Silent
from haulback.errors import UsageError
from haulback.model.backup import BackupKind
from haulback.model.diff import Diff, TableDiff
from haulback.model.restore import How
from haulback.model.settings import Settings
from haulback.model.target import Environment, Target
from haulback.modules.engagement_events.module import load
from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER
from haulback.report import diff as report

if TYPE_CHECKING:
    from conftest import Database  # which conftest is loaded depends on what runs besides

ADA, BEN = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
TABLES = r"""
create table public.orders (id int primary key, note text, paid numeric);
insert into public.orders select n, 'note ' || n, n from generate_series(1, 5000) as n;
create table public."Odd Names" ("a b" text, c int, "d\e" text, primary key ("a b", c));
insert into public."Odd Names" values (E'tab\there', 1, null), (E'line\nend', 2, ''), (E'back\\slash', 3, '\N');
create table public.loose (a int, b text);
insert into public.loose values (1, 'x'), (1, 'x'), (2, 'y');
create table public.parts (id int primary key, v text) partition by range (id);
create table public.parts_low partition of public.parts for values from (0) to (100);
create table public.parts_high partition of public.parts for values from (100) to (200);
insert into public.parts select n, 'v' from generate_series(1, 199) as n;
create table public.gone (id int primary key);
insert into public.gone values (1), (2);
create sequence public.numbers;
select nextval('public.numbers');
create table public.events_of_nobody (id int primary key, at timestamptz, kept jsonb, hidden bytea, f float8);
insert into public.events_of_nobody values (1, '2026-01-01 00:00+02', '{"a": [1, null]}', '\xdead', 0.1);
"""


def target_of(database: Database, name: str = "local") -> Target:
    parameters = dict(conninfo_to_dict(database.conninfo()))
    policy = default_policy(Environment.DEVELOPMENT)
    return Target(name, Environment.DEVELOPMENT, parameters, policy)


@pytest.fixture
def both(database: Database, tmp_path: Path) -> Iterator[tuple[Settings, psycopg.Connection]]:
    """A database `then` with rows, the same as `local`, and a session on that one."""
    with database.connect(autocommit=True) as connection:
        connection.execute(TABLES)
    copy = replace(database, name=f"{database.name}_now")
    with psycopg.connect(database.server.conninfo(SUPERUSER, "template1"), autocommit=True) as admin:
        admin.execute(f"create database {copy.name} template {database.name} owner postgres")
        try:
            targets = {"local": target_of(copy), "then": target_of(database, "then")}
            with copy.connect(autocommit=True) as now:
                yield Settings(tmp_path, tmp_path / "home", tmp_path, targets, "local"), now
        finally:
            admin.execute(f"drop database {copy.name} with (force)")


def diff(settings: Settings, *tables: str, **options: object) -> Diff:
    request = Request(against="then", tables=tables, **options)  # type: ignore[arg-type]
    return diffing.diff(settings, settings.targets["local"], request, Silent())


def one(settings: Settings, table: str, **options: object) -> TableDiff:
    (found,) = diff(settings, table, **options).tables
    return found


def test_equal_is_equal(both: tuple[Settings, psycopg.Connection]) -> None:
    settings, _ = both
    found = diff(settings)
    assert (found.equal, found.schema, found.sequences) == (True, (), ())
    held = {one.identity: one.now for one in found.tables}
    assert held["public.orders"] == 5000
    assert held["public.parts"] == 199
    assert "public.parts_low" not in held
    assert report.told(found).endswith("no difference\n")


def test_rows_that_differ_are_told_by_key(both: tuple[Settings, psycopg.Connection]) -> None:
    settings, now = both
    now.execute(
        "delete from public.orders where id <= 7; update public.orders set note = 'x' where id between 11 and 12"
    )
    now.execute("insert into public.orders values (9001, 'new', 1)")
    found = one(settings, "orders")
    assert (found.then, found.now, found.missing, found.changed, found.extra) == (5000, 4994, 7, 2, 1)
    assert sorted(row.key for row in found.first[How.CHANGED]) == ["11", "12"]
    assert [row.key for row in found.first[How.EXTRA]] == ["9001"]
    assert len(found.first[How.MISSING]) == 5
    assert len(one(settings, "orders", limit=20).first[How.MISSING]) == 7
    assert one(settings, "orders", limit=0).first[How.MISSING] == ()


def test_values_are_told_only_where_they_are_asked_for(both: tuple[Settings, psycopg.Connection]) -> None:
    settings, now = both
    now.execute("update public.orders set note = 'secretive' where id = 11")
    found = diff(settings, "orders")
    assert "secretive" not in report.told(found) + json.dumps(report.document(found))
    assert "note 11" not in report.told(found) + json.dumps(report.document(found))
    found = diff(settings, "orders", values=True)
    (row,) = found.tables[0].first[How.CHANGED]
    assert (row.then, row.now) == (
        {"id": "11", "note": "note 11", "paid": "11"}, {"id": "11", "note": "secretive", "paid": "11"},
    )  # fmt: skip
    assert "note: note 11 -> secretive" in report.told(found)


def test_odd_names_and_values(both: tuple[Settings, psycopg.Connection]) -> None:
    settings, now = both
    now.execute(
        r"""delete from public."Odd Names" where c = 1; update public."Odd Names" set "d\e" = null where c >= 2"""
    )
    found = one(settings, 'public."Odd Names"', values=True)
    assert (found.missing, found.changed, found.extra) == (1, 2, 0)
    assert [row.then for row in found.first[How.MISSING]] == [{"a b": "tab\there", "c": "1", "d\\e": None}]
    changed = {row.then["a b"]: row.then["d\\e"] for row in found.first[How.CHANGED] if row.then}
    assert changed == {"line\nend": "", "back\\slash": "\\N"}
    assert all(row.now and row.now["d\\e"] is None for row in found.first[How.CHANGED])


def test_no_key_tells_only_that_something_differs(both: tuple[Settings, psycopg.Connection]) -> None:
    settings, now = both
    assert one(settings, "loose").same is True
    now.execute("update public.loose set b = 'z' where a = 2")
    found = one(settings, "loose")
    assert (found.same, found.then, found.now, found.missing) == (False, 3, 3, None)
    assert "no primary key" in found.reason


def test_partitions_count_as_one_table_wherever_a_row_lies(both: tuple[Settings, psycopg.Connection]) -> None:
    settings, now = both
    now.execute("drop table public.parts_high; create table public.parts_high partition of public.parts default")
    now.execute("insert into public.parts select n, 'v' from generate_series(100, 199) as n where n <> 150")
    found = one(settings, "parts")
    assert (found.missing, found.changed, found.extra) == (1, 0, 0)


def test_tables_columns_and_sequences_that_came_or_went(both: tuple[Settings, psycopg.Connection]) -> None:
    settings, now = both
    now.execute("drop table public.gone; create table public.fresh (id int primary key)")
    now.execute("alter table public.orders drop column note, add column extra int default 3, alter paid type text")
    now.execute("select setval('public.numbers', 40)")
    found = diff(settings)
    tables = {one.identity: one for one in found.tables}
    assert (tables["public.gone"].then, tables["public.gone"].now, tables["public.gone"].missing) == (2, None, 2)
    assert (tables["public.fresh"].then, tables["public.fresh"].now) == (None, 0)
    orders = tables["public.orders"]
    assert (orders.same, orders.only_then, orders.only_now, orders.retyped) == (True, ("note",), ("extra",), ("paid",))
    assert [(one.identity, one.then, one.now) for one in found.sequences] == [("public.numbers", 1, 40)]
    assert "- table public.gone" in found.schema
    assert "+ table public.fresh" in found.schema
    assert not found.equal


def test_a_table_that_may_not_be_read_is_unknown_and_hides_no_other(both: tuple[Settings, psycopg.Connection]) -> None:
    settings, now = both
    now.execute("delete from public.orders where id = 1; alter table public.loose enable row level security")
    now.execute("grant select on all tables in schema public to anon; revoke select on public.gone from anon")
    parameters = {**settings.targets["local"].parameters, "options": "-c role=anon"}
    settings = replace(
        settings, targets={**settings.targets, "local": replace(settings.targets["local"], parameters=parameters)}
    )
    found = diff(settings, "orders", "loose", "gone")
    told = {one.identity: one for one in found.tables}
    assert told["public.orders"].missing == 1
    assert told["public.loose"].same is told["public.gone"].same is None
    assert found.unread == ("public.gone", "public.loose") or set(found.unread) == {"public.gone", "public.loose"}
    assert int(report.exit_of(found)) == 7


def test_neither_side_is_changed_and_both_may_be_read_only(both: tuple[Settings, psycopg.Connection]) -> None:
    settings, now = both
    now.execute("delete from public.orders where id = 1")
    before = now.execute(
        "select pg_current_xact_id_if_assigned(), sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables"
    )
    counted = before.fetchone()
    options = {"options": "-c default_transaction_read_only=on"}
    targets = {
        name: replace(target, parameters={**target.parameters, **options}) for name, target in settings.targets.items()
    }
    assert diff(replace(settings, targets=targets), "orders", values=True).tables[0].missing == 1
    after = now.execute(
        "select pg_current_xact_id_if_assigned(), sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables"
    )
    assert after.fetchone() == counted


def test_nothing_to_compare(both: tuple[Settings, psycopg.Connection]) -> None:
    settings, _ = both
    local = settings.targets["local"]
    with pytest.raises(NothingToCompare):
        diffing.diff(settings, local, Request(), Silent())
    with pytest.raises(NoSuchTable):
        diff(settings, "never_was")
    with pytest.raises(UsageError, match="password"):
        diffing.diff(settings, local, Request(against="postgresql://a:b@127.0.0.1/c"), Silent())
    with pytest.raises(UsageError, match="no target"):
        diffing.diff(settings, local, Request(against="nowhere"), Silent())
    with pytest.raises(RecoveryDown):
        diffing.diff(settings, local, Request(against=f"host={settings.root} dbname=x"), Silent())


def test_erased_and_archived_rows_are_named_as_such(database: Database, tmp_path: Path) -> None:
    """Of the rows that are gone some are in the archive, and some are of a user who wanted them gone."""
    with database.connect(autocommit=True) as connection:
        for migration in load().migrations:
            connection.execute(migration.text)
        for user in (ADA, BEN):
            connection.execute("insert into auth.users (id, email) values (%s, %s)", [user, f"{user}@example.test"])
            connection.execute(
                "insert into public.engagement_events (user_id, event_type, value, timestamp)"
                " select %s, 'view', '{}', now() - make_interval(days => n * 40) from generate_series(0, 19) as n", [user],
            )  # fmt: skip
    copy = replace(database, name=f"{database.name}_now")
    with psycopg.connect(database.server.conninfo(SUPERUSER, "template1"), autocommit=True) as admin:
        admin.execute(f"create database {copy.name} template {database.name} owner postgres")
        try:
            with copy.connect(SUPERUSER, autocommit=True) as now:
                now.execute(
                    "update public.engagement_events set is_deleted = true, deleted_at = now() - interval '200 days'"
                    " where timestamp < now() - interval '500 days'"
                )
                archived = now.execute("select public.archive_old_deleted_events()").fetchone()
                now.execute("select public.delete_user_data(%s)", [BEN])
                lost = now.execute(
                    "delete from public.engagement_events where id in (select id from public.engagement_events limit 2)"
                ).rowcount
                left = now.execute(
                    "select count(*) from public.engagement_events_archive where user_id = %s", [ADA]
                ).fetchone()
            targets = {"local": target_of(copy), "then": target_of(database, "then")}
            settings = Settings(tmp_path, tmp_path / "home", tmp_path, targets, "local")
            found = one(settings, "engagement_events", limit=100)
        finally:
            admin.execute(f"drop database {copy.name} with (force)")
    assert left is not None
    assert (archived, lost) == ((14,), 2)
    assert (found.archived, found.erased, found.missing) == (left[0], 20, left[0] + 20 + lost)
    assert (len(found.first[How.MISSING]), found.comes_back) == (lost, lost)


@pytest.fixture(scope="module", params=[18, 15])
def recovered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    found = binaries.for_major(request.param)
    if found is None:
        pytest.skip(f"PostgreSQL {request.param} is not installed")
    yield from ground(tmp_path_factory.mktemp("recovered"), found)


def test_a_recovered_server_beside_the_one_that_runs(recovered: Ground) -> None:
    recovered.write(6)
    recovered.back_up()
    tables = recovered.back_up(BackupKind.TABLE, tables=("public.oracle",))
    recovered.prove(tables)
    last = recovered.write(4)
    recovered.switch()
    noted = recovered.noted[last]
    with recovered.connect() as connection:
        connection.execute("delete from oracle where n <= 3; update oracle set filler = 'y' where n = 4")
        connection.execute("alter table oracle add column came_later int; create index on oracle (filler)")
    recovered.write(2)
    request = recovering.Request(aim_of(noted.at, None, None, None), keep_running=True)
    restore = recovering.recover(recovered.settings, recovered.target, request, Silent()).restore
    try:
        found = diffing.diff(recovered.settings, recovered.target, Request(), Silent())
        assert (found.then, found.now) == (restore.id, "local")
        (oracle,) = found.tables
        assert (oracle.missing, oracle.changed, oracle.extra, oracle.only_now) == (3, 1, 2, ("came_later",))
        assert any(line.startswith("+ index") for line in found.schema)
        assert restore.at is not None
        assert oracle.command == (
            f"haulback restore table public.oracle --at {restore.at.isoformat()} --missing --changed"
        )
    finally:
        swapping_in.discard(recovered.settings, recovered.target, restore.id)
    with pytest.raises(NothingToCompare):
        diffing.diff(recovered.settings, recovered.target, Request(), Silent())
