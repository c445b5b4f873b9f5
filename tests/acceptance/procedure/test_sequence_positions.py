"""A number that a sequence once gave is never given again, whatever a migration does to the sequence."""

from __future__ import annotations

from acceptance_site import Site

FILE = "20260101000000_sequences.sql"
QUICK = ("--skip", "hazards", "--skip", "preflight", "--skip", "verify")
BASE = """
create sequence public.dropped increment by 5 start 100;
create sequence public.hidden;
create sequence public.anew;
create sequence public.restarted;
create sequence public.ahead;
select nextval(format('public.%s', name)) from generate_series(1, 20) i,
  unnest(array['dropped', 'hidden', 'anew', 'restarted', 'ahead']) name;
create table public.gone (id serial primary key);
create table public.orders (id serial primary key, note text, number int generated always as identity);
insert into public.gone select from generate_series(1, 20);
insert into public.orders (note) select 'note ' || i from generate_series(1, 20) i;
delete from public.gone where id > 15;
delete from public.orders where id > 15;
"""
MIGRATION = """
drop sequence public.dropped;
do $$ begin execute 'drop sequence public.' || 'hidden'; end $$;
drop sequence public.anew;
create sequence public.anew;
alter sequence public.restarted restart;
select setval('public.ahead', 5000);
drop table public.gone;
alter table public.orders drop column number;
alter table public.orders add column place serial;
create sequence public.invoices;
create table public.fresh (id serial primary key);
"""


def test_the_next_number_is_one_that_nobody_had(site: Site) -> None:
    site.execute(BASE)
    before = site.dump()
    site.migration(FILE, MIGRATION)
    assert site.deploy(*QUICK).exit == 0
    given = site.value("insert into public.orders (note) values ('late'), ('later') returning place") + 1
    site.execute("delete from public.orders where note = 'later'")
    site.execute("select nextval('public.invoices') from generate_series(1, 9)")
    site.execute("insert into public.fresh select from generate_series(1, 9)")

    assert site.rollback().exit == 0
    assert site.dump() == before
    assert site.value("select nextval('public.dropped')") == 200
    for name in ("hidden", "anew", "restarted"):
        assert site.value(f"select nextval('public.{name}')") == 21
    assert site.value("select nextval('public.ahead')") == 5001
    # Deploying and going back may have used some up themselves.
    assert site.value("insert into public.gone default values returning id") > 20
    assert site.value("insert into public.orders default values returning number") > 20

    # Forward again: what is made anew does not give again what was given, whether or not rows come back with it.
    assert site.deploy(*QUICK).exit == 0
    assert site.value("select nextval('public.invoices')") == 10
    assert site.value("insert into public.fresh default values returning id") > 9
    assert site.value("insert into public.orders default values returning place") > given


def test_setval_of_a_migration_that_failed_is_made_good(site: Site) -> None:
    site.execute("create sequence public.tickets; select nextval('public.tickets') from generate_series(1, 20)")
    site.migration(FILE, "select setval('public.tickets', 1); select 1 / 0;")
    assert site.deploy(*QUICK, "--skip", "rehearsal").exit == 4
    assert site.value("select nextval('public.tickets')") == 21
