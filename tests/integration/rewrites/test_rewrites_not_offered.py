"""Where a rewrite would lose something it is not offered, and the finding says why."""

from __future__ import annotations

from rewrite_scene import known, safe

TABLE = """
create table public.orders (
    id bigint primary key, note text, total int not null default 0, kind varchar(10), state text, at timestamptz
);
create table public.keyless (total int);
create table public.stamped (id int primary key, total int, at timestamptz);
create function public.stamp() returns trigger language plpgsql as 'begin new.at := now(); return new; end';
create trigger stamp before update on public.stamped for each row execute function public.stamp();
create table public.parts (id int primary key, total int) partition by range (id);
create view public.seen as select kind from public.orders;
create table public.checked (id int primary key, total int check (total > 0), kind int references public.stamped (id));
create function public.told() returns trigger language plpgsql as 'begin return null; end';
create table public.noted (id int primary key, total int, note text);
create trigger told after update on public.noted for each statement execute function public.told();
create table public.published (id int primary key, total int, note text);
create publication orders_only for table public.published (id, note);
create table public.late (id int primary key, total int);
create trigger zoned before insert on public.late for each row execute function public.stamp();
"""


REASONS = [
    ("alter table keyless add column token uuid default gen_random_uuid()", "no primary key"),
    ("alter table stamped add column token uuid default gen_random_uuid()", "a trigger of public.stamped"),
    ("alter table parts add column token uuid default gen_random_uuid()", "partitioned"),
    ("alter table orders add column code bigint constraint named not null default nextval('x')", "name of its own"),
    ("alter table orders alter id type text", "part of the primary key"),
    ("alter table orders alter kind type int using kind::int", "view public.seen depends on it"),
    ("alter table checked alter total type bigint", "constraint public.checked.checked_total_check depends"),
    ("alter table checked alter kind type bigint", "constraint public.checked.checked_kind_fkey depends"),
    ("alter table stamped alter total type bigint", "a trigger of public.stamped would fire"),
    ("alter table published alter total type bigint", "publication orders_only has a list of columns"),
    ("alter table late alter total type bigint", "the trigger zoned may change the value"),
    ("alter table orders alter total drop default, alter total type bigint", "changes total in other ways"),
    ("alter table orders add column x int; alter table orders alter total type bigint", "an earlier statement"),
    ("alter table orders alter state type uuid using gen_random_uuid()", "another value each time"),
    ("alter table orders add column x int; update orders set total = total + 1", "computes total from total"),
    ("alter table orders add column x int; update orders set x = random() * 9", "add `and x is null`"),
    ("alter table orders add column x int; update orders set x = (select count(*) from orders)", "reads the table"),
    ("alter table orders add column x int; update orders set id = 5 where id = 4", "changes the primary key"),
    ("alter table noted add column x int; update noted set x = 2", "once a statement"),
    ("alter table orders add column x int; update orders set x = 2 returning id", "RETURNING"),
]


def test_nothing_is_offered_that_would_lose_something(database) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(TABLE)
        target = known(connection)
    for text, reason in REASONS:
        found = safe(text, target)
        assert found.problems == (), text
        told = [one.advice for one in found.left]
        assert any(reason in one for one in told), (text, told)
