"""Positions of sequences: noted before a migration, held while it drops them, raised and never lowered afterwards."""

from __future__ import annotations

import psycopg
import pytest

from haulback.capture import sequences, taking_back
from haulback.pg.catalog.reader import read

FREE = "create sequence public.tickets {}; select nextval('public.tickets') from generate_series(1, 3)"
NEXT = "select nextval('public.tickets')"
SERIAL = """
create table public.orders (id serial primary key, note text, number int generated always as identity);
insert into public.orders (note) select 'note ' || i from generate_series(1, 20) i;
delete from public.orders where id > 15;
"""


def there_and_back(work, deployment, migration: str) -> None:
    """The migration, in the way of the pipeline but for the rows, and the way back."""
    before = read(work)
    sequences.note(work, deployment, before)  # first: what setval does stays
    with work.transaction(force_rollback=True):
        work.execute(migration)
        after = read(work)
    with work.transaction():
        sequences.keep(work, deployment, before, after)
        work.execute(migration)
    taking_back.prepare(work, deployment, before)
    with work.transaction():
        taking_back.structure(work, deployment, before, [])
    with work.transaction():
        taking_back.finish(work, deployment, before)


@pytest.mark.parametrize(
    "migration",
    [
        "drop sequence public.tickets",
        "drop sequence public.tickets; create sequence public.tickets increment by 5 start 100",
        "alter sequence public.tickets restart",
        "alter sequence public.tickets restart with 1000 increment by 1",
        "select setval('public.tickets', 1, false)",
        "alter sequence public.tickets rename to coupons",
    ],
)
def test_the_next_number_is_one_that_nobody_had(work, deploy, migration: str) -> None:
    work.execute(FREE.format("increment by 5 start 100"))
    there_and_back(work, deploy(), migration)
    assert work.execute(NEXT).fetchone()[0] > 110


@pytest.mark.parametrize(
    ("options", "migration", "wanted"),
    [
        ("", "select setval('public.tickets', 5000)", 5001),
        ("increment by -1", "drop sequence public.tickets", -4),
        ("increment by -1", "select setval('public.tickets', -500)", -501),
        ("maxvalue 3 cycle", "drop sequence public.tickets", 1),
        ("cache 10", "drop sequence public.tickets", 11),
    ],
)
def test_it_goes_on_the_way_it_went(work, deploy, any_database, options: str, migration: str, wanted: int) -> None:
    with any_database.connect(autocommit=True) as users:  # what it has cached goes with it
        users.execute(FREE.format(options))
    there_and_back(work, deploy(), migration)
    assert work.execute(NEXT).fetchone() == (wanted,)


def test_one_that_was_never_asked_begins_at_its_start(work, deploy) -> None:
    work.execute("create sequence public.tickets start 7")
    there_and_back(work, deploy(), "drop sequence public.tickets")
    assert work.execute(NEXT).fetchone() == (7,)


@pytest.mark.parametrize(
    "migration",
    [
        "alter table public.orders alter column number drop identity",
        "alter table public.orders alter column id type bigint, alter column number type bigint",
        "alter table public.orders alter column id drop default; drop sequence public.orders_id_seq",
        "alter sequence public.orders_id_seq restart; alter table public.orders alter column number restart",
    ],
)
def test_the_numbers_of_columns_go_on(work, deploy, migration: str) -> None:
    work.execute(SERIAL)
    there_and_back(work, deploy(), migration)
    row = work.execute("insert into public.orders (note) values ('new') returning id, number").fetchone()
    assert row == (21, 21)


def test_nobody_takes_a_number_of_one_that_goes(work, deploy, any_database) -> None:
    work.execute(FREE.format("") + "; create sequence public.stays; " + SERIAL)
    deployment, before = deploy(), read(work)
    with work.transaction(force_rollback=True):
        work.execute("drop sequence public.tickets; drop table public.orders")
        after = read(work)
    with any_database.connect(autocommit=True) as users, work.transaction():
        users.execute("set lock_timeout = '100ms'")
        users.execute(NEXT)
        noted = sequences.keep(work, deployment, before, after, later={"public.orders"})
        assert noted == ("public.tickets",)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            users.execute(NEXT)
        users.execute("select nextval('public.stays'), nextval('public.orders_id_seq')")
        work.execute("drop sequence public.tickets")
    work.execute("create sequence public.tickets")
    assert sequences.give_back(work, deployment) == ("public.tickets",)
    assert sequences.give_back(work, deployment) == ()
    assert work.execute(NEXT).fetchone() == (5,)


def test_it_is_noted_once_and_outlives_a_migration_that_fails(work, deploy) -> None:
    work.execute(FREE.format(""))
    deployment, before = deploy(), read(work)
    sequences.note(work, deployment, before)
    with pytest.raises(psycopg.errors.DivisionByZero):
        work.execute("select setval('public.tickets', 1) / 0")
    sequences.note(work, deployment, before)  # the next try
    assert sequences.give_back(work, deployment) == ("public.tickets",)
    assert work.execute(NEXT).fetchone() == (4,)
