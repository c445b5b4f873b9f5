"""Rewrites beset with odd tables, names and neighbours: they end as the file as written does, or are not offered."""

from __future__ import annotations

import pytest
from rewrite_scene import known, run, safe

from haulback.model.hazard import Known
from haulback.model.schema import compare
from haulback.pg.catalog.reader import read

TABLE = """
create table public.orders (id int primary key, note text, total int, state text, found int);
insert into public.orders select n, 'n' || n, n, 'open', n from generate_series(1, 2500) as n;
"""
TOKEN = "add column token uuid default gen_random_uuid()"
BACKFILL = "alter table public.orders add column x int;\nupdate public.orders set"

ALIKE = {
    "a comment that says index": ("", "create /* the index */ index o1 on orders (note)"),
    "a name that another table's constraint has": (
        "alter table orders add column total_x int; create table orders_total (x int, check (x > 0))",
        "alter table orders add check (total_x > 0)",
    ),
    "a name that a table has": ("create table orders_note_key (x int)", "alter table orders add unique (note)"),
    "a key's name that a table has": (
        "create table k (id int not null); create table k_pkey (x int)",
        "alter table k add primary key (id)",
    ),
    "columns besides the key": ("", "alter table orders add unique (id) include (note)"),
    "a check that reads the new column": ("", f"alter table orders {TOKEN} check (token is not null)"),
    "a column that is named as a variable": ("", "alter table orders alter found type bigint"),
    "an update of such a table": ("", f"{BACKFILL} x = 1 where found > 7"),
    "strings": ("", f"{BACKFILL} note = E'a\\\\b\\n''c' || 'x\\y' || $q$it's$q$"),
    "line ends of Windows": ("", f"{BACKFILL}\r\n x = 1; -- so\r\n"),
    "names that differ in the last letter only": (
        f"create table t (id int primary key, {'a' * 63} int, {'a' * 62}b int)",
        f"alter table t alter {'a' * 63} set not null, alter {'a' * 62}b set not null",
    ),
    "an apostrophe in a name": (
        """create schema "My 'S"; create table "My 'S"."select" ("a""b" int primary key)""",
        """alter table "My 'S"."select" add column "Num ber" int generated always as identity""",
    ),
    "a constraint under the same name": (
        "alter table orders add constraint c check (total > 0)",
        "alter table orders drop constraint c, add constraint c check (total >= 0)",
    ),
}


@pytest.mark.parametrize(("before", "text"), ALIKE.values(), ids=ALIKE)
def test_it_ends_alike(database, before: str, text: str) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(TABLE + before)
        found = safe(text, known(connection))
        assert found.text != text
        rows = "select to_jsonb(t) - 'token' from public.orders as t order by id"
        with connection.transaction(force_rollback=True):
            connection.execute(text)
            wanted, held = read(connection), connection.execute(rows).fetchall()
        run(connection, found.text)
        difference = compare(wanted, read(connection))
        assert difference.lines() == () or difference.only_column_order
        assert connection.execute(rows).fetchall() == held


NOT_OFFERED = """
create table public.p (id int, n text, m text) partition by list (id);
create table public.p1 partition of public.p for values in (1);
create table public.q (id int, n text) partition by list (id);
create table public.q1 partition of public.q for values in (1);
create index q_own on public.q1 (n);
create domain public.whole as bigint not null;
create table public.family (id int primary key, note text);
create table public.child () inherits (public.family);
create index by_total on public.orders (total);
create view public.open as select id, note from public.orders where state = 'open';
create table public.ranked (id int primary key, place int unique deferrable, up int, parent int references public.ranked);
create table public.stamped (id int primary key, total int);
create function public.stamp() returns trigger language plpgsql as 'begin return new; end';
create trigger stamp before update on public.stamped for each row execute function public.stamp();
create domain public.number as int check (value > 0) not null;
create table public.counted (k public.number primary key, a int);
create table public.half (id int primary key, a int, haulback_a int);
create schema app;
create table app.orders (id int, note text primary key);
"""
REFUSED = [
    ("alter table orders add column if not exists note text check (note > '')", ""),
    ("alter table orders add column if not exists note text unique", ""),
    (f"alter table orders {TOKEN}, add column g text generated always as (token || '') stored not null", "read by the"),
    ("alter table orders alter state type varchar(9), add column g text generated always as (state) stored", "changes"),
    ("alter table orders alter total type bigint, drop column note", "drops a column"),
    ("ALTER TABLE ORDERS ADD COLUMN Y INT; alter table orders alter total type bigint", "an earlier statement"),
    ("drop index by_total; alter table orders alter total type bigint", "an earlier statement"),
    (f"alter table orders rename column id to number; alter table orders {TOKEN}", "line 1 changes public.orders"),
    (f"alter table orders inherit family; alter table orders {TOKEN}", "line 1 changes public.orders"),
    (f"set search_path = app; alter table orders {TOKEN}", "line 1 sets the search_path"),
    ("alter table orders add column y whole default random() * 9", "is a domain"),
    ("alter table orders alter found type whole", "is a domain"),
    ("alter table orders add check (total > 0), add check (total > -1)", ""),
    ("alter table orders add check (total > 0); alter table orders add check (total > -1)", ""),
    ("alter table orders add unique (id, total), add unique (id, total)", ""),
    ("alter table orders drop constraint orders_pkey, add primary key (id)", ""),
    ("create table orders_note_key (x int); alter table orders add unique (note)", ""),
    ("create sequence orders_code_seq; alter table orders add column code serial", "is called orders_code_seq"),
    ("alter table counted alter a type bigint", "is of a domain"),
    ("alter table half alter a type bigint", "there is a haulback_a already"),
    ("alter table orders alter note type timestamptz using now()", "another value each time"),
    ("alter table only family alter note set not null", ""),
    ("create index p_n on p (lower(n))", ""),
    ("create index p_n on p (n) include (m)", ""),
    ("create index q_n on q (n)", ""),
    ("alter table orders add column at timestamptz; update orders set at = now()", "add `and at is null`"),
    (f"{BACKFILL} x = 1 where random() < 0.5", "comes to something else each time"),
    (f"{BACKFILL} x = s.r from (select random() as r) as s", "comes to something else each time"),
    (f"{BACKFILL} x = 1, state = 'done' from open where open.id = orders.id", "public.open, a view"),
    ("alter table ranked add column x int; update ranked set place = up", "ranked_place_key holds at the end only"),
    ("alter table ranked add column x int; update ranked set parent = up", "ranked_parent_fkey holds at the end only"),
    ("alter table stamped add column x int; update stamped set x = 1", "after a crash would fire again"),
    ("drop view open; create index i on orders (note); create view open as select id from orders", "public.open would"),
    ("alter table orders alter id drop default; create index i on orders (note); alter table orders alter id set default 5", "public.orders.id would"),
    ("revoke select on orders from anon; create index i on orders (note); grant select on orders to anon",
     "public.orders would"),
    ("set transaction isolation level serializable; create index i on orders (note)", "holds only until the commit"),
    ("select 1 from orders for update; create index i on orders (note)", "holds only until the commit"),
    ("alter table ranked drop constraint ranked_place_key, add constraint other unique (place, up)", "would be without"),
    ("alter table ranked drop constraint ranked_place_key, add constraint ranked_place_key unique (place, up)", ""),
]  # fmt: skip


def test_what_could_end_otherwise_is_not_offered(database) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(TABLE + NOT_OFFERED)
        target = known(connection)
    for text, reason in REFUSED:
        found = safe(text, target)
        assert found.text == text
        told = [one.advice for one in found.left]
        assert any(reason in one for one in told), (text, told)


@pytest.mark.parametrize(
    "command", ["add constraint c check (a > 0)", "add constraint c unique (a)", "alter column a set not null"]
)
def test_a_table_that_may_not_be_there(database, command: str) -> None:
    found = safe(f"alter table if exists missing {command}", Known())
    with database.connect(autocommit=True) as connection:
        run(connection, found.text)


def test_a_sequence_is_not_offered_for_another_role(database) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(TABLE)
        schema = read(connection)
    text = "alter table orders add column code serial"
    assert safe(text, Known(schema=schema, role="postgres")).text != text
    assert safe(text, Known(schema=schema, role="somebody")).text == text
