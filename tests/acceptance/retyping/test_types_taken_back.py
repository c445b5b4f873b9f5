"""A type changes and comes back through the command, while users write: their values stay, all others are as before."""

from __future__ import annotations

import random
import threading
import time

import psycopg
import pytest
from acceptance_site import Ended, Site

from haulback.pg.catalog.reader import read

ROWS = 3000


class Users:
    """They write digits, which both types take; each thread has keys of its own, so that its last value is known."""

    def __init__(self, site: Site, threads: int = 2) -> None:
        self._site, self._over = site, threading.Event()
        self.wrote: dict[int, str] = {}
        self.errors: list[Exception] = []
        self._threads = [threading.Thread(target=self._write, args=(number, threads)) for number in range(threads)]

    def _write(self, number: int, of: int) -> None:
        random_ = random.Random(number)
        keys = [key for key in range(1, ROWS + 1) if key % of == number and key % 7 == 0]
        with self._site.connect() as one:
            while not self._over.is_set():
                key, value = random_.choice(keys), str(random_.randrange(10**6))
                try:
                    one.execute("update public.things set v = %s::text::int where id = %s", [value, key])
                except psycopg.errors.DatatypeMismatch:
                    one.execute("update public.things set v = %s where id = %s", [value, key])
                except Exception as error:  # noqa: BLE001 - told by the test
                    self.errors.append(error)
                    return
                self.wrote[key] = value
                time.sleep(0.005)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


@pytest.fixture
def things(site: Site) -> Site:
    site.execute(
        "create table public.things (id bigint primary key, v text not null default '0', w text, note text);"
        " create index things_v on public.things (v);"
        f" insert into public.things select n, lpad(n::text, 9, '0'), 'w' || n, 'n' from generate_series(1, {ROWS}) n"
    )
    return site


def _deploy(site: Site) -> Ended:
    done = site.run("deploy", "--yes", "--json", "--skip", "preflight", "--skip", "verify", "--skip", "hazards")
    assert done.exit == 0, done.stdout + done.stderr
    return done


def _fingerprint(site: Site) -> str:
    with site.connect() as connection:
        return read(connection).fingerprint_without_order


TO_INT = {
    "plain": "alter table public.things alter v drop default, alter v type int using v::int, alter v set default 0;"
    " alter table public.things drop column w;",
    "dynamic": "do $$ begin execute 'alter table public.things alter v drop default, alter ' || 'v type int using v::int';"
    " execute 'alter table public.things drop ' || 'column w'; end $$;",
}


@pytest.mark.parametrize("text", TO_INT.values(), ids=TO_INT)
def test_users_write_all_the_time(things: Site, text: str) -> None:
    before, schema = dict(things.rows("select id, row(v, w, note)::text from public.things")), _fingerprint(things)
    things.migration("1_type.sql", text)
    with Users(things) as users:
        _deploy(things)
        promised = things.value("select detail -> 'after' -> 'promised' from haulback.capture where keeps = 'before'")
        time.sleep(0.2)
        taken = things.rollback()
        time.sleep(0.1)
    assert taken.exit == 0, taken.stdout + taken.stderr
    assert promised == (None if "execute" in text else ["v"]), "a text that tells all is believed, a block is not"
    assert users.errors == []
    assert users.wrote
    assert _fingerprint(things) == schema
    now = dict(things.rows("select id, row(v, w, note)::text from public.things"))
    wanted = {key: f"({users.wrote[key]},w{key},n)" if key in users.wrote else row for key, row in before.items()}
    assert {key: (row, wanted[key]) for key, row in now.items() if row != wanted[key]} == {}
    assert now.keys() == wanted.keys()


def test_a_copy_that_nobody_needed_goes_again(site: Site) -> None:
    site.execute(
        "create type public.mood as enum ('sad', 'glad');"
        "create table public.things (id bigint primary key, v public.mood); insert into public.things values (1, 'sad')"
    )
    site.migration("1_rename.sql", "alter type public.mood rename value 'sad' to 'blue';")
    _deploy(site)
    assert site.value("select count(*) from pg_trigger where tgname like 'haulback%'") == 0
    assert site.value("select count(*) from pg_class where relname ~ '^d[0-9]+_[0-9]+_before'") == 0
    taken = site.rollback()
    assert taken.exit == 0, taken.stdout + taken.stderr
    assert site.rows("select v::text from public.things") == [("sad",)]
