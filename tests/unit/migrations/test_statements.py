from __future__ import annotations

from pathlib import Path

import pytest

from haulback.migrations.needs import changed_by, relations_of
from haulback.migrations.parse import script
from haulback.model.migration import Migration, Plan, Statement


def only(text: str) -> Statement:
    (statement,) = script(Path("1_it.sql"), text).statements
    return statement


@pytest.mark.parametrize(
    "text",
    [
        "create index concurrently i on t (a)",
        "drop index concurrently i",
        "reindex (concurrently) table t",
        "reindex index concurrently i",
        "reindex schema public",
        "reindex database d",
        "vacuum",
        "vacuum (full) t",
        "cluster",
        "alter table p detach partition c concurrently",
        "alter type mood add value 'calm'",
        "alter type mood add value if not exists 'calm' before 'x'",
        "alter system set work_mem = '1MB'",
        "alter database d set tablespace x",
        "create database d",
        "drop database d",
        "create tablespace x location '/x'",
        "drop tablespace x",
        "create subscription s connection '' publication p",
        "drop subscription s",
        "discard all",
        "do $$ begin commit; end $$",
        "do $$ begin perform 1; ROLLBACK; end $$",
    ],
)
def test_what_allows_no_transaction_stands_alone(text):
    assert not only(text).transactional


@pytest.mark.parametrize(
    "text",
    [
        "create index i on t (a)",
        "drop index i",
        "reindex table t",
        "reindex index i",
        "analyze",
        "analyze t",
        "cluster t using i",
        "alter table p detach partition c",
        "alter table p detach partition c finalize",
        "alter type mood rename value 'a' to 'b'",
        "alter type mood owner to x",
        "alter database d set work_mem = '1MB'",
        "alter database d connection limit 3",
        "discard temp",
        "refresh materialized view concurrently v",
        "do $$ begin raise notice 'commit'; end $$",
        "do $$ begin -- commit\n perform 1; /* rollback */ end $$",
        "create procedure p() language plpgsql as $$ begin commit; end $$",
        "comment on table t is 'vacuum'",
    ],
)
def test_what_allows_a_transaction_stays_in_one(text):
    assert only(text).transactional


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("drop table a, b.c cascade", ("table a", "table b.c")),
        ("drop schema s cascade", ("schema s",)),
        ("drop sequence s", ("sequence s",)),
        ("drop materialized view m", ("materialized view m",)),
        ("drop foreign table f", ("foreign table f",)),
        ("drop type public.mood cascade", ("type public.mood",)),
        ("drop extension hstore cascade", ("extension hstore",)),
        ("drop database d", ("database d",)),
        ("drop owned by r", ("everything that a role owns",)),
        ("truncate a, public.b", ("all rows of a", "all rows of public.b")),
        ("delete from public.a where x", ("rows of public.a",)),
        ("update a set b = 1", ("old values in a",)),
        ("merge into a using b on a.i = b.i when matched then delete", ("old values in a",)),
        ("alter table a drop column b, drop column if exists c", ("column a.b", "column a.c")),
        ("alter table a alter column b type int using b::int", ("the old type of a.b",)),
        ("insert into a values (1) on conflict (i) do update set x = 1", ("old values in a",)),
        ("with gone as (delete from a returning *) select * from gone", ("rows of a",)),
        ("with gone as (delete from a returning *) insert into b select * from gone", ("rows of a",)),
        ("create table b as with gone as (delete from a returning *) select * from gone", ("rows of a",)),
        ("explain analyze delete from a", ("rows of a",)),
        ("copy (delete from a returning *) to '/x'", ("rows of a",)),
    ],
)
def test_what_a_statement_destroys_is_named(text, expected):
    assert expected == only(text).destroys


@pytest.mark.parametrize(
    "text",
    [
        "create table a (b int)",
        "drop view v",
        "drop function f()",
        "drop policy p on t",
        "drop index i",
        "alter table a add column b int",
        "alter table a drop constraint c",
        "insert into a values (1) on conflict do nothing",
        "explain delete from a",
        "-- drop table a\nselect 'delete from a'",
        "with x as (select 1) select * from x",
    ],
)
def test_what_destroys_nothing_says_so(text):
    assert only(text).destroys == ()


def plan_of(text: str) -> Plan:
    migration = Migration("1", "", script(Path("1.sql"), text))
    return Plan("t", "development", (migration,), (), "", None, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alter table a add b int", ('"public"."a"',)),
        ('update "Odd.Name" set x = 1', ('"public"."Odd.Name"',)),
        ('delete from "s""x".t', ('"s""x"."t"',)),
        ("drop table a, b.c", ('"b"."c"', '"public"."a"')),
        ("drop policy p on s.t", ('"s"."t"',)),
        ("drop function f(int)", ()),
        ("insert into a select * from b join c using (i)", ('"public"."a"', '"public"."b"', '"public"."c"')),
        ("create policy p on t using (exists (select from m where m.i = t.i))", ('"public"."m"', '"public"."t"')),
        ("create table a (b int)", ()),
        ("insert into a select " + "||".join(["'x'"] * 3000), ('"public"."a"',)),
    ],
)
def test_tables_that_a_plan_touches_are_listed_quoted(text, expected):
    assert expected == relations_of(plan_of(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alter table a add column b int", ('"public"."a"',)),
        ("alter table a add foreign key (b) references auth.users", ('"public"."a"',)),
        ("drop table a, s.b", ('"public"."a"', '"s"."b"')),
        ("drop policy p on a", ()),
        ("truncate a, s.b", ('"public"."a"', '"s"."b"')),
        ("insert into a select * from b", ('"public"."a"',)),
        ("update a set x = 1 from b where a.id = b.id", ('"public"."a"',)),
        ("delete from a using b", ('"public"."a"',)),
        ("merge into a using b on a.id = b.id when matched then delete", ('"public"."a"',)),
        ("create table c (id int references a)", ()),
        ("create index on a (b)", ()),
    ],
)
def test_only_what_is_changed_must_be_in_a_backup(text: str, expected: tuple[str, ...]) -> None:
    assert expected == changed_by(plan_of(text))
