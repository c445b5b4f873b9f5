"""Rows come back from a backup one by one, and everything else stays what it is."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from restore_place import BOTH, Place, harm

from haulback.app import restoring
from haulback.backups.errors import RowsHidden
from haulback.capture.restoring.kept import MayNotWrite
from haulback.capture.restoring.patience import RowsBusy
from haulback.model.restore import How

ALL = "select id, customer, code, note, amount, double, seen from public.orders order by id"


def test_comparing_tells_and_touches_nothing(shop: Place) -> None:
    backup = shop.backup("public.orders")
    harm(shop)
    before = shop.rows("select xmin::text, * from public.orders order by id")

    found = shop.restore(backup, extra=True)

    seen = found.differences
    assert (seen.missing, seen.changed, seen.extra) == (30, 30, 2)
    assert (seen.in_backup, seen.in_table) == (3000, 2972)
    assert seen.first[How.MISSING] == ("50", "150", "250", "350", "450")
    assert sorted(found.extra) == ["9001", "9002"]
    assert found.restore is None
    assert shop.rows("select xmin::text, * from public.orders order by id") == before
    assert shop.value("select to_regnamespace('haulback') is null")


def test_what_is_missing_and_changed_comes_back_and_nothing_else_is_touched(shop: Place) -> None:
    before = shop.rows(ALL)
    backup = shop.backup("public.orders")
    harm(shop)
    untouched = "select xmin::text, ctid::text, id from public.orders where id % 100 not in (50, 70) order by id"
    kept = shop.rows(untouched)

    found = shop.restore(backup, hows=BOTH)

    assert found.rows is not None
    assert (found.rows.inserted, found.rows.updated, found.rows.left) == (30, 30, {})
    assert shop.rows(untouched) == kept
    assert [row for row in shop.rows(ALL) if row[0] < 9000] == before
    assert shop.restore(backup).differences.missing == 0


@pytest.mark.parametrize("how", [How.MISSING, How.CHANGED])
def test_only_what_was_asked_for(shop: Place, how: How) -> None:
    backup = shop.backup("public.orders")
    harm(shop)

    shop.restore(backup, hows=frozenset({how}))

    seen = shop.restore(backup).differences
    assert (seen.missing, seen.changed) == ((0, 30) if how is How.MISSING else (30, 0))


def test_nothing_to_do_leaves_no_trace(shop: Place) -> None:
    backup = shop.backup("public.orders")

    found = shop.restore(backup, hows=BOTH)

    assert (found.restore, found.differences.missing) == (None, 0)
    assert shop.value("select to_regclass('haulback.restore') is null")


def test_a_write_after_comparing_stays(shop: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Users write between the comparison and the moment in which the rows come back."""
    backup = shop.backup("public.orders")
    harm(shop)
    staged = restoring._staged

    def late(*arguments: object) -> object:
        shop.execute("update public.orders set note = 'mine' where id = 70")
        shop.execute("delete from public.orders where id = 170")
        shop.execute("insert into public.orders (id, customer, amount, note) values (50, 3, 3, 'mine')")
        shop.execute("insert into public.orders (id, customer, amount, code) values (9003, 3, 3, 'c150')")
        return staged(*arguments)

    monkeypatch.setattr(restoring, "_staged", late)

    found = shop.restore(backup, hows=BOTH)

    assert found.rows is not None
    assert found.rows.left == {
        "written since it was compared": 1,
        "deleted since it was compared": 1,
        "there again since it was compared": 1,
        "another row has a value of it that is unique": 1,
    }
    assert (found.rows.inserted, found.rows.updated) == (28, 28)
    assert shop.rows("select note like 'mine%' from public.orders where id in (50, 70) order by id") == [
        (True,),
        (True,),
    ]
    assert shop.value("select count(*) from public.orders where id in (150, 170)") == 0


def test_a_row_that_a_constraint_refuses_now_is_left_and_told(shop: Place) -> None:
    backup = shop.backup("public.orders")
    harm(shop)
    shop.execute("alter table public.orders add constraint not_round check (amount <> 50) not valid")

    found = shop.restore(backup, hows=BOTH)

    assert found.rows is not None
    reason = 'new row for relation "orders" violates check constraint "not_round"'
    assert found.rows.left == {reason: 30}
    assert found.rows.updated == 30


def test_a_row_whose_parent_is_gone_is_left_and_told(shop: Place) -> None:
    backup = shop.backup("public.orders", "public.customers")
    shop.execute("delete from public.orders where customer = 7; delete from public.customers where id = 7")

    assert shop.restore(backup, hows=BOTH).rows.left == {"no row in public.customers": 150}

    shop.restore(backup, table="public.customers", hows=BOTH)
    found = shop.restore(backup, hows=BOTH)
    assert (found.rows.inserted, found.rows.left) == (150, {})


def test_a_table_that_was_emptied_comes_back_whole_and_its_numbers_are_not_given_again(shop: Place) -> None:
    before = shop.rows(ALL)
    backup = shop.backup("public.orders")
    shop.execute("truncate public.orders restart identity cascade")

    shop.restore(backup, hows=BOTH)

    assert shop.rows(ALL) == before
    assert shop.value("insert into public.orders (customer, amount) values (1, 1) returning id") == 3001


def test_columns_that_came_and_went(shop: Place) -> None:
    backup = shop.backup("public.orders")
    harm(shop)
    shop.execute(
        "drop view public.large; alter table public.orders drop column note, add column colour text default 'red'"
    )

    found = shop.restore(backup, hows=BOTH)

    assert (found.differences.only_backup, found.differences.only_table) == (("note",), ("colour",))
    assert (found.rows.inserted, found.rows.updated) == (30, 30)
    assert shop.value("select colour from public.orders where id = 50") == "red"


def test_a_column_of_another_type_is_cast_aside(shop: Place) -> None:
    backup = shop.backup("public.orders")
    harm(shop)
    shop.execute("drop view public.large; drop materialized view public.totals")
    shop.execute("alter table public.orders drop column double, alter column amount type double precision")

    found = shop.restore(backup, hows=BOTH)

    assert (found.differences.missing, found.differences.changed, found.differences.backup) == (30, 30, backup.id)
    assert (found.rows.inserted, found.rows.updated) == (30, 30)
    assert shop.value("select amount from public.orders where id = 70") == 70.0


@pytest.mark.parametrize(("then", "now"), [("oid", "regclass"), ("regclass", "oid")])
def test_a_column_that_is_binary_on_one_side_alone_is_cast_aside(place: Place, then: str, now: str) -> None:
    place.execute(
        f"create table public.t (id int primary key, v {then}, gone int);"
        "insert into public.t select g, 'pg_catalog.pg_class'::regclass, g from generate_series(1, 100) as g"
    )
    backup = place.backup("public.t")
    place.execute(
        f"alter table public.t alter column v type {now}, drop column gone; delete from public.t where id > 90"
    )

    found = place.restore(backup, "public.t", hows=BOTH)

    assert (found.differences.missing, found.differences.changed) == (10, 0)
    assert place.value("select count(*) from public.t where v = 'pg_catalog.pg_class'::regclass") == 100


def test_keys_are_told_as_the_server_writes_them(place: Place) -> None:
    place.execute(
        "create type public.mood as enum ('sad', 'it''s ok'); create domain public.day as date;"
        "create table public.t (at public.day, mood public.mood, n numeric(6, 2), primary key (mood, at, n));"
        "insert into public.t values ('2026-01-02', 'sad', 1.5), ('2026-01-03', 'it''s ok', 2)"
    )
    backup = place.backup("public.t")
    place.execute("update public.t set n = 3 where mood = 'sad'")

    found = place.restore(backup, "public.t", extra=True)

    assert found.differences.first[How.MISSING] == ("sad, 2026-01-02, 1.50",)
    assert found.extra == ("sad, 2026-01-02, 3.00",)


def test_a_condition_chooses_rows_of_the_backup(shop: Place) -> None:
    backup = shop.backup("public.orders")
    harm(shop)

    found = shop.restore(backup, hows=BOTH, only_where="id < 1000 and note like 'note%' -- why")

    assert found.differences.chosen == 20
    assert (found.rows.inserted, found.rows.updated) == (10, 10)
    assert shop.value("select count(*) from pg_catalog.pg_roles where rolname = 'haulback_reader'") == 0


def test_users_triggers_stay_asleep_and_awake_again(shop: Place) -> None:
    backup = shop.backup("public.orders")
    harm(shop)

    shop.restore(backup, hows=BOTH)

    assert shop.value("select count(*) from public.orders where note like '% stamped' and id < 9000") == 0
    shop.execute("update public.orders set amount = 1 where id = 1")
    assert shop.value("select note like '% stamped' from public.orders where id = 1")


def test_a_role_that_policies_would_thin_out_is_refused(shop: Place, weak: str) -> None:
    backup = shop.backup("public.orders")
    shop.execute(f"grant select, insert, update on public.orders to {weak}")
    parameters = {**shop.target.parameters, "user": weak}

    with pytest.raises(RowsHidden):
        replace(shop, target=replace(shop.target, parameters=parameters)).restore(backup)


def test_a_role_that_may_only_read_is_refused_before_anything_is_touched(shop: Place, weak: str) -> None:
    backup = shop.backup("public.orders")
    harm(shop)
    shop.execute(f"alter table public.orders disable row level security; grant select on public.orders to {weak}")
    parameters = {**shop.target.parameters, "user": weak}

    with pytest.raises(MayNotWrite):
        replace(shop, target=replace(shop.target, parameters=parameters)).restore(backup, hows=BOTH)
    assert shop.value("select to_regnamespace('haulback') is null")


def test_an_open_transaction_on_a_row_is_waited_for_and_then_told(shop: Place) -> None:
    backup = shop.backup("public.orders")
    harm(shop)
    with shop.database.connect() as holder:
        holder.execute("update public.orders set note = note where id = 70")
        with pytest.raises(RowsBusy):
            shop.restore(backup, hows=BOTH)
        holder.rollback()

    found = shop.restore(backup, hows=BOTH)

    assert (found.restore.number, found.rows.inserted, found.rows.updated) == (1, 30, 30)


def test_the_same_comparison_on_two_connections_needs_no_lock(shop: Place) -> None:
    backup = shop.backup("public.orders")
    with shop.database.connect() as writer:
        writer.execute("lock table public.orders in row exclusive mode")
        assert shop.restore(backup).differences.changed == 0
        with pytest.raises(psycopg.errors.LockNotAvailable):
            shop.execute("set lock_timeout = '50ms'; lock table public.orders in share mode")
