"""What a migration renamed has its old name again, in its old place, with all that users wrote under the new one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from haulback.capture import attic, taking_back
from haulback.capture.copying import CopyAhead
from haulback.capture.errors import ScriptDestroys
from haulback.capture.planning import plan_captures
from haulback.migrations.parse import script
from haulback.model.capture import Keeps, TakenBack
from haulback.model.deployment import Deployment
from haulback.model.schema import compare
from haulback.pg.catalog.reader import read

BASE = """
create schema shop;
create type public.mood as enum ('good', 'bad');
create table public.people (
  id int generated always as identity primary key,
  first text not null, last text not null default 'none', mood public.mood default 'good', check (first <> last)
);
create index people_last on public.people (last);
create view public.named as select id, first || last as name from public.people;
create table public.orders (id serial primary key, person int references public.people, what text);
insert into public.people (first, last) select 'first ' || i, 'last ' || i from generate_series(1, 50) i;
insert into public.orders (person, what) select i, 'order ' || i from generate_series(1, 50) i;
"""


class Shipped:
    """A migration that ran the way the pipeline runs it, and can be taken back."""

    def __init__(self, work: psycopg.Connection, deployment: Deployment, migration: str) -> None:
        self.work, self.deployment = work, deployment
        self.before = read(work)
        with work.transaction(force_rollback=True):
            work.execute(migration)
            plan = plan_captures(self.before, read(work))
        assert plan.impossible == ()
        ahead = [CopyAhead(deployment, planned, Keeps.BEFORE) for planned in plan.copies]
        for one in ahead:
            one.arm(work)
            one.copy(work)
        with work.transaction():
            self.captured = [one.finish(work) for one in ahead]
            work.execute(migration)

    def back(self, rollback: str = "") -> TakenBack:
        scripts = [script(Path("back.sql"), rollback)] if rollback else []
        plan = taking_back.prepare(self.work, self.deployment, self.before)
        taking_back.copy(self.work, self.deployment, plan)
        with self.work.transaction():
            taken = taking_back.structure(self.work, self.deployment, self.before, scripts)
        taking_back.fill(self.work, self.deployment, pause=0)
        with self.work.transaction():
            taking_back.finish(self.work, self.deployment, self.before)
        assert attic.leaks(self.work) == ()
        self.difference = compare(self.before, read(self.work))
        return taken


@pytest.fixture
def ship(work: psycopg.Connection, deploy: Callable[[], Deployment]) -> Callable[[str], Shipped]:
    work.execute(BASE)
    return lambda migration: Shipped(work, deploy(), migration)


def _one(work: psycopg.Connection, query: str) -> Any:
    row = work.execute(query.encode()).fetchone()
    return row and row[0]


RENAME = "alter table public.people rename column last to surname"


def test_a_column_keeps_place_and_values_and_nothing_is_copied(work: Any, ship: Callable[[str], Shipped]) -> None:
    shipped = ship(RENAME)
    work.execute("update public.people set surname = 'mine' where id = 7")
    work.execute("insert into public.people (first, surname) values ('a', 'new')")
    taken = shipped.back()
    assert not shipped.difference, shipped.difference.lines()
    assert (shipped.captured, taken.captures) == ([], ())
    assert _one(work, "select last from public.people where id = 7") == "mine"
    assert _one(work, "select last from public.people where id = 51") == "new"
    assert _one(work, "select last from public.people where id = 1") == "last 1"


def test_a_script_that_renames_by_hand_is_heard(work: Any, ship: Callable[[str], Shipped]) -> None:
    shipped = ship(RENAME + "; alter table public.people add column age int")
    work.execute("update public.people set surname = 'mine', age = 3 where id = 7")
    taken = shipped.back(
        "alter table public.people drop column age; alter table public.people rename column surname to last;"
    )
    assert not shipped.difference, shipped.difference.lines()
    assert taken.skipped == ()
    assert _one(work, "select last from public.people where id = 7") == "mine"


def test_a_script_that_makes_the_column_again_would_lose_its_values(work: Any, ship: Callable[[str], Shipped]) -> None:
    shipped = ship(RENAME)
    with pytest.raises(ScriptDestroys, match=r"people\.surname"):
        shipped.back(
            "alter table public.people drop column surname cascade;"
            "alter table public.people add column last text not null default 'none';"
        )
    assert _one(work, "select surname from public.people where id = 1") == "last 1"


@pytest.mark.parametrize(
    ("migration", "user", "query", "expected"),
    [
        pytest.param(
            "alter table public.people rename to persons; alter index public.people_last rename to persons_last",
            "insert into public.persons (first, last) values ('a', 'new')",
            "select last from public.people where id = 51",
            "new",
            id="table",
        ),
        pytest.param(
            "alter table public.people rename column last to x; alter table public.people rename column first to last;"
            "alter table public.people rename column x to first",
            "update public.people set first = 'surname', last = 'name' where id = 1",
            "select first || ' ' || last from public.people where id = 1",
            "name surname",
            id="two columns swapped",
        ),
        pytest.param(
            "alter table public.people rename to x; alter table public.orders rename to people;"
            "alter table x rename to orders",
            "insert into public.people (person, what) values (1, 'new'); delete from public.orders where id = 50"
            " and not exists (select from public.people where person = 50)",
            "select what from public.orders where id = 51",
            "new",
            id="two tables swapped",
        ),
        pytest.param(
            "alter table public.people set schema shop; alter table public.orders set schema shop;"
            "alter table shop.orders rename to sales; create table public.people (id int primary key, last text)",
            "insert into shop.sales (person, what) values (1, 'new')",
            "select what from public.orders where id = 51",
            "new",
            id="another schema",
        ),
        pytest.param(
            "alter schema shop rename to store; create table store.goods (id int primary key);"
            "alter table public.orders set schema store",
            "insert into store.orders (person, what) values (1, 'new')",
            "select what from public.orders where id = 51",
            "new",
            id="a schema",
        ),
        pytest.param(
            "alter type public.mood rename to temper; alter type public.temper rename value 'bad' to 'awful';"
            "alter table public.people rename column mood to temper",
            "update public.people set temper = 'awful' where id = 1",
            "select mood::text from public.people where id = 1",
            "bad",
            id="a type, its value and its column",
        ),
        pytest.param(
            "alter table public.orders rename column what to which;"
            "alter table public.orders alter column which type varchar(40)",
            "update public.orders set which = 'mine' where id = 1",
            "select what from public.orders where id = 1",
            "mine",
            id="renamed and of another type",
        ),
    ],
)
def test_what_users_wrote_is_under_the_old_name(
    work: Any, ship: Callable[[str], Shipped], migration: str, user: str, query: str, expected: str
) -> None:
    shipped = ship(migration)
    work.execute(user)
    shipped.back()
    assert not shipped.difference, shipped.difference.lines()
    assert _one(work, query) == expected


def test_a_renamed_column_beside_a_new_one_of_its_name(work: Any, ship: Callable[[str], Shipped]) -> None:
    shipped = ship(
        "alter table public.people rename column last to last_old;"
        "alter table public.people add column last text not null default 'fresh'"
    )
    work.execute("update public.people set last = 'new column', last_old = 'old column' where id = 3")
    taken = shipped.back()
    assert not shipped.difference, shipped.difference.lines()
    assert _one(work, "select last from public.people where id = 3") == "old column"
    (kept,) = taken.captures
    assert (kept.identity, kept.columns) == ("public.people", ("last",))
    assert _one(work, f"select last from haulback_attic.{kept.attic_table} where id = 3") == "new column"


def test_a_column_renamed_to_one_that_is_dropped(work: Any, ship: Callable[[str], Shipped]) -> None:
    shipped = ship(
        "drop view public.named; alter table public.people drop column last;"
        "alter table public.people rename column first to last"
    )
    (copied,) = shipped.captured
    assert copied.columns == ("last",)
    work.execute("update public.people set last = 'mine' where id = 3")
    shipped.back()
    assert shipped.difference.only_column_order
    assert work.execute("select first, last from public.people where id in (3, 4) order by id").fetchall() == [
        ("mine", "last 3"),
        ("first 4", "last 4"),
    ]


def test_a_column_dropped_and_made_again_has_its_values_again(work: Any, ship: Callable[[str], Shipped]) -> None:
    shipped = ship(
        "drop view public.named; alter table public.people drop column last, add column last text not null default 'x'"
    )
    work.execute("update public.people set last = 'mine' where id = 3")
    taken = shipped.back()
    assert shipped.difference.only_column_order
    assert _one(work, "select last from public.people where id = 3") == "last 3"
    (kept,) = taken.captures
    assert _one(work, f"select last from haulback_attic.{kept.attic_table} where id = 3") == "mine"


SWAP = """
create table public.people_new (like public.people including all);
insert into public.people_new (first, last) select first, last from public.people order by id;
alter table public.orders drop constraint orders_person_fkey;
alter table public.people rename to people_old;
alter table public.people_new rename to people;
alter table public.people add column age int;
alter table public.orders add constraint orders_person_fkey foreign key (person) references public.people;
"""


@pytest.mark.parametrize(
    "rollback",
    [
        "",
        """
        alter table public.orders drop constraint orders_person_fkey;
        alter table public.people rename to people_new;
        alter table public.people_old rename to people;
        drop table public.people_new;
        alter table public.orders add constraint orders_person_fkey foreign key (person) references public.people;
        """,
    ],
    ids=["made", "written"],
)
def test_a_table_that_gave_way_to_a_new_one(work: Any, ship: Callable[[str], Shipped], rollback: str) -> None:
    shipped = ship(SWAP)
    work.execute("update public.people set age = 3 where id = 3")
    taken = shipped.back(rollback)
    assert not shipped.difference, shipped.difference.lines()
    assert _one(work, "select last from public.people where id = 3") == "last 3"
    (kept,) = [capture for capture in taken.captures if capture.identity == "public.people"]
    assert _one(work, f"select age from haulback_attic.{kept.attic_table} where id = 3") == 3
