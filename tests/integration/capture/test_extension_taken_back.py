"""An extension that a migration created goes with it, and what was made of it comes back when it is deployed again."""

from __future__ import annotations

from typing import Any

from haulback.capture import attic, merging, taking_back
from haulback.model.schema import compare
from haulback.pg.catalog.reader import read

MIGRATION = """
create extension hstore with schema public;
create table public.bags (id bigint primary key, what hstore not null default 'a=>1', tags hstore[]);
create index bags_what on public.bags using gin (what);
alter table public.things add column bag hstore default 'x=>y';
"""


def test_values_go_as_text_and_come_back_as_what_they_were(work: Any, deploy: Any) -> None:
    work.execute("create table public.things (id int primary key); insert into public.things values (1), (2)")
    before, deployment = read(work), deploy()
    work.execute(MIGRATION)
    after = read(work)
    work.execute(
        """insert into public.bags values (1, 'b=>2', '{c=>3}'), (2, 'd=>"x y"', null);
        update public.things set bag = 'mine=>"1 2"' where id = 1"""
    )
    rows = work.execute("select id, what, tags from public.bags order by id").fetchall()
    plan = taking_back.prepare(work, deployment, before)
    taking_back.copy(work, deployment, plan)
    with work.transaction():
        taken = taking_back.structure(work, deployment, before, [])
    taking_back.fill(work, deployment, pause=0)
    with work.transaction():
        taking_back.finish(work, deployment, before)
    difference = compare(before, read(work))
    assert not difference, difference.lines()
    assert attic.leaks(work) == ()
    assert work.execute("select count(*) from pg_extension where extname = 'hstore'").fetchone() == (0,)
    for capture in taken.captures:
        attic.count(work, capture)
    # Forward again, and what users wrote is back.
    deploy()
    work.execute(MIGRATION)
    for capture in merging.mergeable(work):
        assert merging.merge(work, capture, pause=0).adds_up
    assert work.execute("select id, what, tags from public.bags order by id").fetchall() == rows
    assert work.execute("select bag -> 'mine' from public.things where id = 1").fetchone() == ("1 2",)
    assert not compare(after, read(work))
