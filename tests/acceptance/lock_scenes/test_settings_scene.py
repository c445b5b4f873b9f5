"""Our settings stay ours, a migration's stay its own, and no timeout of a role or database ends us."""

from __future__ import annotations

from acceptance_site import BARE, Site

QUICK = (*BARE, "--skip", "snapshot", "--skip", "validate")
IMPATIENT = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout")


def test_timeouts_of_the_role_do_not_end_a_deployment(site: Site) -> None:
    settings = [*IMPATIENT, *(["transaction_timeout"] if site.server.major >= 17 else [])]
    with site.operator() as operator:
        for name in settings:
            operator.execute(f"alter role postgres in database {site.database} set {name} = '300ms'")
    site.migration("1_slow.sql", "create table public.first (id int);\nselect pg_catalog.pg_sleep(0.8);\n")
    site.migration(
        "2_parts.sql",
        "create index concurrently first_id on public.first (id);\n"
        "do $$ begin perform pg_catalog.pg_sleep(0.8); commit; end $$;\n",
    )

    ended = site.deploy(*QUICK)

    assert ended.exit == 0, ended.document


def test_what_a_file_sets_does_not_reach_the_next_one(site: Site) -> None:
    site.execute("create table public.seen (name text, value text)")
    asked = ("search_path", "work_mem", "role", "statement_timeout", "lock_timeout", "standard_conforming_strings")
    look = "".join(f"insert into public.seen values ('{one}', current_setting('{one}'));\n" for one in asked)
    site.migration("1_before.sql", look)
    site.migration(
        "2_sets.sql",
        "set search_path = pg_catalog;\nset work_mem = '77MB';\nset statement_timeout = '5s';\nset lock_timeout = 0;\n"
        "set standard_conforming_strings = off;\nselect set_config('search_path', '', false);\n"
        "create table public.made_in_between (id int);\nset role authenticated;\n",
    )
    site.migration(
        "3_sets_in_parts.sql",
        "set work_mem = '78MB';\ncreate index concurrently made on public.made_in_between (id);\nset role anon;\n",
    )
    site.migration("4_after.sql", look)

    assert site.deploy(*QUICK).exit == 0
    seen = site.rows("select name, array_agg(distinct value), count(*) from public.seen group by 1 order by 1")
    assert [(name, len(values), times) for name, values, times in seen] == [(name, 1, 2) for name in sorted(asked)]
    told = {name: values[0] for name, values, _ in seen}
    # What a migration sees of ours: the timeouts of its transaction, and nothing else.
    assert told["statement_timeout"] == "0"
    assert told["lock_timeout"] == "500ms"
    assert told["work_mem"] == site.value("show work_mem")


def test_nothing_of_ours_stays_in_the_database(site: Site) -> None:
    site.migration("1_first.sql", "create table public.first (id int);\n")
    names = [*IMPATIENT, "client_connection_check_interval"]
    kept = "select * from pg_catalog.pg_db_role_setting order by 1, 2"
    shown = "select name, setting from pg_catalog.pg_settings where name = any (%s) order by 1"
    before = site.rows(kept), site.rows(shown, [names])

    assert site.deploy(*QUICK).exit == 0

    assert (site.rows(kept), site.rows(shown, [names])) == before


def test_a_role_that_a_failed_file_took_on_does_not_hinder_going_back(site: Site) -> None:
    site.execute("create table public.orders (id int primary key)")
    site.migration(
        "1_parts.sql",
        "alter table public.orders add column note text;\nset role anon;\n"
        "create index concurrently orders_note on public.orders (note);\n",
    )
    before = site.dump()

    ended = site.deploy("--skip", "preflight", "--skip", "verify", "--skip", "rehearsal")

    assert ended.exit == 4, ended.document
    assert "1_parts.sql:3:1" in ended.document["message"]
    assert site.dump() == before


def test_a_statement_timeout_of_a_file_holds_for_its_statements_and_not_for_our_journal(site: Site) -> None:
    site.migration("1_bound.sql", "set statement_timeout = '700ms';\nselect pg_catalog.pg_sleep(0.1);\n")
    site.migration(
        "2_parts.sql", "create table public.t (id int);\nset statement_timeout = '700ms';\nvacuum public.t;\n"
    )
    assert site.deploy(*QUICK).exit == 0
    site.migration("3_bound.sql", "set statement_timeout = '700ms';\nselect pg_catalog.pg_sleep(20);\n")

    ended = site.deploy(*QUICK)

    assert ended.exit == 4
    assert "3_bound.sql:2:1: canceling statement due to statement timeout" in ended.document["message"]
