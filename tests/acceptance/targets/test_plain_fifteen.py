"""A PostgreSQL 15 of somebody's own, found through DATABASE_URL: with the platform's roles, and without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from acceptance_servers import fifteen, open_site, serve
from acceptance_site import Site

from haulback.pg.cluster import SUPERUSER, Running

HISTORY = {True: "supabase_migrations", False: "haulback"}


@pytest.fixture(scope="module", params=[True, False], ids=["platform", "plain"])
def server15(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Running, bool]]:
    """PostgreSQL 15, and whether it has the platform."""
    for running in serve(tmp_path_factory.mktemp("fifteen"), fifteen(), platform=request.param):
        yield running, request.param


@pytest.fixture
def own(server15: tuple[Running, bool], tmp_path: Path, shared_home: Path) -> Iterator[tuple[Site, bool]]:
    """A project without any configuration: the environment names the target."""
    running, platform = server15
    for site in open_site(running, tmp_path, shared_home):
        (site.folder / "haulback.toml").unlink()
        site.environment["DATABASE_URL"] = running.url(database=site.database)
        yield site, platform


def _rest(site: Site) -> list[tuple[str, ...]]:
    """Every schema and role that is not ours."""
    return site.rows(
        "select nspname::text from pg_namespace where nspname not in ('haulback', 'haulback_attic')"
        " and nspname !~ '^pg_(toast_)?temp_' union all select rolname::text from pg_roles order by 1"
    )


def test_deploy_fail_take_back_and_bring_back(own: tuple[Site, bool]) -> None:
    site, platform = own
    empty, rest = site.dump(), _rest(site)
    site.migration(
        "1_orders.sql",
        "create table public.orders (id int primary key, kind text not null default 'web', note text);\n"
        "create index orders_note on public.orders (note);\n",
    )

    deployed = site.deploy("--skip", "preflight")

    assert deployed.exit == 0, deployed.stdout
    assert deployed.document["target"] == "environment"
    assert deployed.document["rehearsal"]["major"] == 15
    assert site.rows(f"select version, name from {HISTORY[platform]}.schema_migrations") == [("1", "orders")]
    if not platform:
        assert site.value("select to_regnamespace('supabase_migrations') is null")
    site.execute("insert into public.orders (id, note) values (1, 'one'), (2, 'two')")

    # A migration that holds on the shadow's sample and not on the target: taken back by itself.
    site.migration("2_slim.sql", "alter table public.orders drop column note;\n")
    site.migration("3_bad.sql", "alter table public.orders add constraint small check (id < 200);\n")
    site.execute("insert into public.orders (id, note) select n, 'n' || n from generate_series(3, 500) as n")
    before = site.dump()
    failed = site.deploy("--skip", "preflight")
    assert failed.exit == 4
    assert "3_bad.sql:1:1: check constraint" in failed.document["message"]
    assert site.dump() == before
    assert site.value("select count(*) from public.orders where note = 'n' || id") == 498
    for name in ("2_slim.sql", "3_bad.sql"):
        (site.folder / "supabase/migrations" / name).unlink()

    rows = site.rows("select * from public.orders order by id")
    assert site.rollback().exit == 0
    assert site.dump() == empty
    assert _rest(site) == rest
    assert site.value(f"select count(*) from {HISTORY[platform]}.schema_migrations") == 0

    assert site.deploy("--skip", "preflight", "--with-attic").exit == 0
    assert site.rows("select * from public.orders order by id") == rows


def test_a_superuser_who_acts_as_somebody_else_in_a_file(own: tuple[Site, bool]) -> None:
    """Plain servers are often deployed to as a superuser, whose dumps switch the session's user."""
    site, _platform = own
    site.environment["DATABASE_URL"] = site.server.url(SUPERUSER, site.database)
    with site.operator() as connection:
        connection.execute("create role acceptance_other")
        connection.execute("create schema other authorization acceptance_other")
    try:
        site.migration(
            "1_as.sql", "set session authorization acceptance_other;\ncreate table other.mine (id int primary key);\n"
        )
        site.migration("2_after.sql", "create table public.ours (id int primary key);\n")

        ended = site.deploy("--skip", "preflight")

        assert ended.exit == 0, ended.stdout
        owners = dict(
            site.rows("select tablename::text, tableowner::text from pg_tables where tablename in ('mine', 'ours')")
        )
        assert owners == {"mine": "acceptance_other", "ours": SUPERUSER}
        assert site.rollback().exit == 0
    finally:
        with site.operator() as connection:
            connection.execute("drop owned by acceptance_other cascade")
            connection.execute("drop role acceptance_other")


def test_the_seeds_names_for_the_same_target(own: tuple[Site, bool]) -> None:
    site, _ = own
    del site.environment["DATABASE_URL"]
    site.environment.update(
        DB_HOST=str(site.server.socket_dir), DB_PORT=str(site.server.port), DB_USER="postgres", DB_NAME=site.database
    )
    site.migration("1_first.sql", "create table public.first (id int primary key);")
    assert site.deploy("--skip", "rehearsal", "--skip", "preflight", "--skip", "snapshot").exit == 0
    assert site.exists("public.first")


def test_a_role_that_may_not_create_is_told_what_it_needs(own: tuple[Site, bool]) -> None:
    site, _ = own
    with site.operator() as connection:
        if not connection.execute("select 1 from pg_roles where rolname = 'acceptance_reader'").fetchone():
            connection.execute("create role acceptance_reader login")
    site.environment["DATABASE_URL"] = site.server.url("acceptance_reader", site.database)
    site.migration("1_first.sql", "create table public.first (id int primary key);")
    before = site.dump()

    ended = site.deploy()

    assert ended.exit in {1, 3}
    assert ended.document["hint"]
    assert "permission denied" in ended.document["message"] or "privileges" in ended.document["message"]
    assert site.dump() == before
    with pytest.raises(psycopg.errors.UndefinedTable):
        site.rows("select from haulback.deployment")
