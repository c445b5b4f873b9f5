"""What a migration does to rows is noted while it runs, and taken back three-way."""

from __future__ import annotations

import pytest
from noting_session import note

from haulback.capture import attic, registry, taking_back
from haulback.capture.changes import arming, settling
from haulback.model.capture import CaptureKind

BASE = """
create table public.people (id int primary key, name text not null, email text unique, age int, data json);
create table public.pets (id int generated always as identity primary key, owner int references public.people, name text);
insert into public.people select i, 'name ' || i, 'mail' || i || '@x', i, '{"a": 1}' from generate_series(1, 100) i;
insert into public.pets (owner, name) select i, 'pet ' || i from generate_series(1, 50) i;
"""


class Noted:
    """A migration that changes rows, with its notes."""

    def __init__(self, work, deployment, *tables: str) -> None:
        self.work, self.deployment = work, deployment
        with work.transaction():
            for one in tables:
                arming.arm(work, deployment, one)

    def migrate(self, *statements: str) -> None:
        with self.work.transaction():
            note(self.work, self.deployment)
            for one in statements:
                self.work.execute(one)

    def settle(self) -> None:
        with self.work.transaction():
            arming.disarm(self.work, self.deployment)
        for one in self.captures:
            settling.settle(self.work, one)
            attic.count(self.work, one)

    @property
    def captures(self):
        kept = registry.captures(self.work, self.deployment.id)
        return [one for one in kept if one.kind is CaptureKind.CHANGED_ROWS]

    def back(self):
        filled = taking_back.fill(self.work, self.deployment, pause=0, batch=7)
        assert taking_back.fill(self.work, self.deployment, pause=0) is not None  # harmless
        return filled

    def left(self) -> dict[str, int]:
        return dict(self.work.execute("select reason, count(*) from haulback_attic.left_behind group by 1").fetchall())


def rows(work, table: str) -> list[tuple]:
    return work.execute(f"select t::text from {table} as t order by 1").fetchall()


@pytest.fixture
def base(work):
    work.execute(BASE)
    return work


CHANGES = {
    "update": ("update public.people set age = age + 1, name = upper(name) where id % 3 = 0",),
    "twice": (
        "update public.people set age = age + 1",
        "update public.people set age = age * 2, email = null where id < 20",
    ),
    "there and back": ("update public.people set age = 0", "update public.people set age = id"),
    "delete": ("delete from public.pets", "delete from public.people where id > 60"),
    "update then delete": ("update public.pets set name = 'x'", "delete from public.pets where id < 30"),
    "insert": ("insert into public.people (id, name) values (1000, 'new'), (1001, 'newer')",),
    "insert, update, delete": (
        "insert into public.people (id, name) values (1000, 'new'), (1001, 'newer')",
        "update public.people set name = 'newest' where id = 1000",
        "delete from public.people where id = 1001",
    ),
    "delete and insert again": (
        "delete from public.pets",
        "delete from public.people",
        "insert into public.people (id, name) select i, 'again' from generate_series(50, 150) i",
    ),
    "key changes": ("update public.people set id = id + 1000 where id > 90",),
    "key changes with children": (
        "alter table public.pets drop constraint pets_owner_fkey",
        "update public.people set id = id + 1000, email = null",
        "update public.pets set owner = owner + 1000",
        "alter table public.pets add foreign key (owner) references public.people",
    ),
    "merge": (
        (
            "merge into public.people as p using (select 95 as id union all select 500) as s on p.id = s.id"
            " when matched then delete when not matched then insert (id, name) values (s.id, 'merged')"
        ),
    ),
    "upsert": (
        (
            "insert into public.people (id, name) select i, 'upserted' from generate_series(95, 105) i"
            " on conflict (id) do update set name = excluded.name"
        ),
    ),
    "dynamic": (
        "do $$ begin for i in 1..20 loop execute 'update public.people set age = -1 where id = ' || i; end loop; end $$",
    ),
    "json": ("update public.people set data = '{\"b\": 2}' where id < 10",),
    "added column": (
        "alter table public.people add column extra text",
        "update public.people set extra = 'e', age = 7",
    ),
    "renamed and updated": (
        "update public.people set age = 1 where id < 5",
        "alter table public.people rename column age to years",
        "update public.people set years = 2 where id < 10",
        "alter table public.people rename column years to age",
    ),
}


@pytest.mark.parametrize("statements", CHANGES.values(), ids=CHANGES.keys())
def test_what_nobody_touched_comes_back_as_it_was(base, deploy, statements) -> None:
    before = rows(base, "public.people"), rows(base, "public.pets")
    noted = Noted(base, deploy(), "public.people", "public.pets")
    noted.migrate(*statements)
    base.execute("alter table public.people drop column if exists extra")
    assert (rows(base, "public.people"), rows(base, "public.pets")) != before or statements == CHANGES["there and back"]
    noted.settle()
    noted.back()
    assert (rows(base, "public.people"), rows(base, "public.pets")) == before
    assert noted.left() == {}


def test_users_values_stay_column_by_column(base, deploy) -> None:
    noted = Noted(base, deploy(), "public.people", "public.pets")
    noted.migrate(
        "delete from public.pets where id <= 10",
        "update public.people set age = 0, name = 'all'",
        "insert into public.people (id, name) values (200, 'a'), (201, 'b'), (202, 'c')",
    )
    base.execute("update public.people set name = 'user' where id = 1")  # one of two changed columns
    base.execute("update public.people set email = 'user' where id = 2")  # one that the migration left alone
    base.execute("delete from public.people where id = 100")
    base.execute("update public.people set age = 5 where id = 200")
    base.execute("insert into public.pets (owner, name) values (201, 'of an inserted row')")
    base.execute("insert into public.pets (id, owner, name) overriding system value values (3, 3, 'made again')")
    noted.settle()
    noted.back()
    found = {row[0]: row[1:] for row in base.execute("select id, name, age, email from public.people")}
    assert found[1] == ("user", 1, "mail1@x")
    assert found[2] == ("name 2", 2, "user")
    assert found[3] == ("name 3", 3, "mail3@x")
    assert 100 not in found
    assert found[200] == ("a", 5, None)
    assert 201 in found
    assert 202 not in found
    pets = dict(base.execute("select id, name from public.pets where id <= 10").fetchall())
    assert pets == {i: f"pet {i}" for i in range(1, 11)} | {3: "made again"}
    assert noted.left() == {"changed by a user since": 2, "other rows refer to it": 1}


def test_what_a_user_wrote_between_two_files_is_what_comes_back(base, deploy) -> None:
    noted = Noted(base, deploy(), "public.people")
    noted.migrate("update public.people set name = 'first'")
    base.execute("update public.people set name = 'user' where id = 1")
    noted.migrate("update public.people set name = upper(name)")
    noted.settle()
    noted.back()
    names = dict(base.execute("select id, name from public.people").fetchall())
    assert names[1] == "user"
    assert names[2] == "name 2"


def test_the_users_own_sessions_leave_no_notes(base, deploy) -> None:
    noted = Noted(base, deploy(), "public.people")
    base.execute("update public.people set age = 1")
    noted.settle()
    assert noted.captures[0].rows == 0


def test_rows_that_hold_each_other_up_stay_and_are_listed(base, deploy) -> None:
    """The old row cannot come back beside the new one, whose e-mail it has; the new one cannot go: a pet has it."""
    noted = Noted(base, deploy(), "public.people", "public.pets")
    noted.migrate(
        "alter table public.pets drop constraint pets_owner_fkey",
        "update public.people set id = id + 1000 where id = 1",
        "update public.pets set owner = owner + 1000 where owner = 1",
        "alter table public.pets add foreign key (owner) references public.people",
    )
    noted.settle()
    noted.back()
    assert base.execute("select name from public.people where id = 1001").fetchall() == [("name 1",)]
    assert base.execute("select owner from public.pets where id = 1").fetchall() == [(1001,)]
    assert sum(noted.left().values()) == 3
