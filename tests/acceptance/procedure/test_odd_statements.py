"""Statements that do not go with a transaction, and files that try to change how we work."""

from __future__ import annotations

import pytest
from acceptance_site import BARE, Site

QUICK = (*BARE, "--skip", "snapshot", "--skip", "validate")


def test_a_concurrent_index_that_fails_leaves_nothing_invalid(site: Site) -> None:
    site.execute("create table public.codes (code int); insert into public.codes values (1), (1)")
    before = site.dump()
    site.migration("1_kept.sql", "create table public.made (id int primary key);")
    site.migration("2_unique.sql", "create unique index concurrently codes_code on public.codes (code);")

    ended = site.deploy(*QUICK)

    assert ended.exit == 4
    assert "2_unique.sql:1:1: could not create unique index" in ended.document["message"]
    assert "Key (code)=(1) is duplicated" in ended.document["message"]
    assert site.value("select count(*) from pg_index where not indisvalid") == 0
    assert site.dump() == before
    site.execute("delete from public.codes where ctid = (select min(ctid) from public.codes)")
    assert site.deploy(*QUICK).exit == 0
    assert site.value("select indisvalid from pg_index where indexrelid = 'public.codes_code'::regclass")


def test_an_index_that_was_invalid_before_is_left_alone(site: Site) -> None:
    site.execute("create table public.codes (code int); insert into public.codes values (1), (1)")
    with site.connect() as connection, pytest.raises(Exception, match="codes_older"):
        connection.execute("create unique index concurrently codes_older on public.codes (code)")
    site.migration("1_plain.sql", "create index concurrently codes_code on public.codes (code);")

    assert site.deploy(*QUICK).exit == 0

    assert site.rows("select indexrelid::regclass::text from pg_index where not indisvalid") == [("codes_older",)]


def test_vacuum_a_new_enum_value_and_commits_inside_files(site: Site) -> None:
    site.migration(
        "1_mood.sql",
        "begin;\ncreate type public.mood as enum ('low');\n"
        "create table public.moods (id int primary key, mood public.mood);\ncommit;\n",
    )
    site.migration(
        "2_more.sql",
        "alter type public.mood add value 'high';\ninsert into public.moods values (1, 'high');\n"
        "vacuum analyze public.moods;\ncreate index concurrently moods_mood on public.moods (mood);\n",
    )
    site.migration("3_begun.sql", "begin;\ninsert into public.moods values (2, 'low');\ncommit;\nselect 1;\n")

    ended = site.deploy("--skip", "preflight")

    assert ended.exit == 0
    assert site.rows("select id, mood::text from public.moods order by id") == [(1, "high"), (2, "low")]
    assert site.value("select last_vacuum is not null from pg_stat_user_tables where relname = 'moods'")
    assert [one["ended"] for one in ended.document["migrations"]] == ["done"] * 3
    assert site.rollback().exit == 0
    assert not site.exists("public.moods")


@pytest.mark.parametrize(
    "setting",
    [
        "set lock_timeout = 0",
        "set local lock_timeout = 0",
        "select set_config('lock_timeout', '0', false)",
        "do $$ begin perform set_config('lock_timeout', '0', false); end $$",
        "reset all",
    ],
)
def test_our_budget_outlives_what_a_file_sets(site: Site, setting: str) -> None:
    """Without it the ALTER would wait for ever, and everybody behind it."""
    site.execute("create table public.busy (id int)")
    site.configure(deploy='patience = "0.3s"\nlock_budget = "200ms"')
    site.migration("1_reckless.sql", f"{setting};\nalter table public.busy add column note text;\n")
    with site.connect(autocommit=False) as reader:
        reader.execute("select from public.busy")
        ended = site.deploy(*QUICK, "--skip", "capture")
    assert ended.exit == 4
    assert ended.document["error"] == "deployment-failed"
    assert "gave up waiting for a lock" in ended.document["message"]


@pytest.mark.parametrize("alone", ["", "create index concurrently if not exists one_id on public.one (id);\n"])
def test_what_a_file_sets_ends_with_the_file(site: Site, alone: str) -> None:
    """`alone` makes the file one that cannot run as a whole."""
    site.execute("create table public.one (id int); grant all on schema public to service_role")
    site.execute("create table public.told (file text, path text, role text, timeout text, zone text)")
    site.execute("grant all on public.told to service_role")
    told = (
        "insert into public.told values ('{}', current_setting('search_path'), current_user::text,"
        " current_setting('statement_timeout'), current_setting('timezone'));\n"
    )
    site.migration(
        "1_sets.sql",
        f"{alone}set search_path = '';\nset statement_timeout = '1h';\nset timezone = 'Asia/Tokyo';\n"
        f"create temporary table mine (id int);\nset role service_role;\n{told.format(1)}",
    )
    site.migration("2_plain.sql", told.format(2))

    ended = site.deploy(*QUICK, "--skip", "capture")

    assert ended.exit == 0, ended.stdout
    first, second = site.rows("select path, role, timeout, zone from public.told order by file")
    assert first[:2] == ('""', "service_role")
    assert first[3] == "Asia/Tokyo"
    assert second[1] == "postgres"
    assert "public" in second[0]
    assert second[3] != "Asia/Tokyo"
    assert site.value("select count(*) from supabase_migrations.schema_migrations") == 2


def test_a_failure_is_told_with_file_line_and_column_and_everything_goes_back(site: Site) -> None:
    before = site.dump()
    site.migration("1_good.sql", "create table public.first (id int primary key);")
    site.migration(
        "2_bad.sql", "-- a comment\ncreate table public.second (id int);\n\n  select nobody from public.first;\n"
    )

    ended = site.deploy(*QUICK)

    assert ended.exit == 4
    assert '2_bad.sql:4:10: column "nobody" does not exist' in ended.document["message"]
    assert site.dump() == before
    assert site.value("select count(*) from supabase_migrations.schema_migrations") == 0
