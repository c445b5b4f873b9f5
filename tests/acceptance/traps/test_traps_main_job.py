"""The shell blocks of the runbook that do not do what they mean, each beside what is done here instead."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest
from acceptance_site import BARE, Ended, Site

from haulback.pg.binaries import for_major

QUICK = (*BARE, "--skip", "snapshot", "--skip", "validate")
TESTS = Path(__file__).resolve().parents[2]
# The runbook's fragment -> the test that shows our way, where that is not in this file.
ELSEWHERE = {
    "cancels backends like '%cron%'": (
        "acceptance/procedure/test_cron_jobs.py::test_the_active_ones_rest_while_it_goes_back_and_start_again_after"
    ),
    "curl to system_status": (
        "acceptance/maintenance/test_announced.py"
        "::test_expiry_needs_no_living_process_and_a_rerun_ends_what_a_crash_left"
    ),
    "pg_stat_statements mean_time": (
        "integration/checks/test_checks.py::test_statement_statistics_find_the_column_that_the_server_has"
    ),
}


@pytest.mark.parametrize("fragment", ELSEWHERE)
def test_the_other_fragments_have_their_tests(fragment: str) -> None:
    file, _, name = ELSEWHERE[fragment].partition("::")
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    assert name in {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)}


def _psql(site: Site, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            for_major(site.server.major).program("psql"),
            *("-X", "-d", site.server.conninfo("postgres", site.database)),
            *arguments,
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _preflight(site: Site, check: str) -> dict[str, object]:
    document = site.run("preflight", "--json").document
    return next(one for one in document["checks"] if one["id"] == check)


@pytest.fixture
def module(site: Site) -> Site:
    """A site on which engagement_events stands, and one user."""
    assert site.run("init").exit == 0
    site.execute("insert into auth.users (id) values ('00000000-0000-4000-8000-000000000001')")
    assert site.deploy(*QUICK, "--skip", "seed").exit == 0
    return site


def _event(site: Site) -> None:
    site.execute(
        'insert into public.engagement_events (user_id, "timestamp", event_type)'
        " values ('00000000-0000-4000-8000-000000000001', now(), 'app_open')"
    )


def test_psql_dry_run_is_a_rehearsal(site: Site) -> None:
    """`psql --dry-run`: there is no such option."""
    assert "unrecognized option" in _psql(site, "--dry-run", "-c", "select 1").stderr
    site.migration("1_late.sql", "create table public.made (id int);\ninsert into public.made values (1 / 0);\n")
    before = site.dump()

    ended = site.run("plan", "--json")

    assert ended.exit == 3
    assert any("division by zero" in one for one in ended.document["blocking"])
    assert site.dump() == before


def test_df_and_grep_is_a_share_of_each_file_system(site: Site) -> None:
    """`df -h | grep -E "(80%|9[0-9]%)"` misses 81 to 89 % and 100 %."""
    assert not any(re.search(r"(80%|9[0-9]%)", f"/dev/sda1 20G 17G 3G {used}% /") for used in (81, 89, 100))
    site.migration("1_first.sql", "create table public.first (id int primary key);")
    site.configure("[thresholds]\nfree_disk = 0.0001\n")
    assert _preflight(site, "disk")["outcome"] == "pass"
    site.configure("[thresholds]\nfree_disk = 0.9999\n")
    found = _preflight(site, "disk")
    assert found["outcome"] == "fail"
    assert "%" in str(found["figure"])


def test_backup_recency_is_not_the_size_of_the_database(site: Site) -> None:
    """`pg_database_size` says nothing about backups: until one is proved it is unknown, which production refuses."""
    site.configure(local='environment = "production"')
    site.migration("1_first.sql", "create table public.first (id int primary key);")
    found = _preflight(site, "backup")
    assert found["outcome"] == "unknown"
    assert found["blocks"] is True
    ended = site.deploy()
    assert ended.exit == 3
    assert not site.exists("public.first")


def test_pg_dump_before_and_psql_after_is_a_restore_point_and_a_capture(site: Site) -> None:
    """The dump put back with psql keeps nothing of what was written in between, or fails where objects stand."""
    site.execute("create table public.orders (id int primary key, note text)")
    site.execute("insert into public.orders select n, 'n' || n from generate_series(1, 100) as n")
    site.migration("1_slim.sql", "alter table public.orders drop column note;")
    with site.operator() as connection:  # what an operator grants a deploying role that shall name the moment
        connection.execute(
            "grant execute on function pg_create_restore_point(text), pg_switch_wal(), pg_walfile_name(pg_lsn) to postgres"
        )
    deployed = site.deploy("--skip", "preflight", "--skip", "verify")
    assert deployed.exit == 0
    noted = deployed.step("snapshot")["noted"]
    assert noted["proof"] == "archived"
    assert noted["restore_point"] == "haulback_1"
    assert noted["lsn"]
    site.execute("insert into public.orders values (101); delete from public.orders where id = 1")

    assert site.rollback().exit == 0

    rows = [(n, f"n{n}") for n in range(2, 101)]
    assert site.rows("select id, note from public.orders order by id") == [*rows, (101, None)]


def test_psql_single_transaction_is_steps_of_their_own(site: Site) -> None:
    """What allows no transaction breaks `psql --single-transaction -f`."""
    site.execute("create type public.mood as enum ('low'); create table public.moods (mood public.mood)")
    site.migration(
        "1_mood.sql",
        "alter type public.mood add value 'high';\ninsert into public.moods values ('high');\n"
        "create index concurrently moods_mood on public.moods (mood);\nvacuum public.moods;\n",
    )
    file = site.folder / "supabase/migrations/1_mood.sql"
    done = _psql(site, "--single-transaction", "-v", "ON_ERROR_STOP=1", "-f", str(file))
    assert done.returncode == 3
    assert "unsafe use of new value" in done.stderr

    assert site.deploy(*QUICK, "--skip", "capture").exit == 0

    assert site.rows("select mood::text from public.moods") == [("high",)]
    assert site.value("select indisvalid from pg_index where indexrelid = 'public.moods_mood'::regclass")


def test_an_inserted_deployment_test_is_a_smoke_write_that_is_rolled_back(site: Site) -> None:
    """The runbook's row violates the foreign key to auth.users, and where it does not, it stays for ever."""
    assert site.run("init").exit == 0
    deployed = site.deploy(*BARE, "--skip", "snapshot", "--skip", "seed")
    assert deployed.exit == 0
    assert deployed.step("validate")["noted"]["passed"] == 1
    done = _psql(
        site,
        "-v", "ON_ERROR_STOP=1",
        "-c", 'insert into public.engagement_events (user_id, "timestamp", event_type)'
        " values (gen_random_uuid(), now(), 'deployment_test')",
    )  # fmt: skip
    assert "violates foreign key constraint" in done.stderr
    for table in ("public.engagement_events", "auth.users"):
        assert site.value(f"select count(*) from {table}") == 0


def test_row_security_switched_on_is_probed_as_each_role(module: Site) -> None:
    """`relrowsecurity` is true all along: a policy `using (true)` passes that test."""
    _event(module)
    module.migration(
        "20990101000000_open.sql",
        "create policy everybody on public.engagement_events for select to authenticated using (true);",
    )
    ended = module.deploy("--skip", "rehearsal", "--skip", "preflight", "--skip", "snapshot")
    assert ended.exit == 4
    assert "isolation" in ended.document["message"]
    assert module.value("select relrowsecurity from pg_class where oid = 'public.engagement_events'::regclass")
    assert module.value("select count(*) from pg_policies where policyname = 'everybody'") == 0
    assert module.value("select count(*) from public.security_audit_log where details ->> 'breach' = 'true'") > 0


def test_drop_table_cascade_is_a_move_to_the_attic(module: Site) -> None:
    """`DROP TABLE … CASCADE` loses every row written since the deployment."""
    _event(module)

    assert module.rollback().exit == 0

    kept = {one["identity"]: one["rows"] for one in module.run("attic", "list", "--json").document["captures"]}
    assert kept["public.engagement_events"] == 1
    assert not module.exists("public.engagement_events")


def test_a_rollback_that_logs_into_a_table_it_drops_goes_by_the_journal(module: Site) -> None:
    """`insert into deployment_log` fails in the script that has just dropped it, and the rollback with it."""
    done = _psql(
        module,
        "-v", "ON_ERROR_STOP=1", "--single-transaction",
        "-c", "drop table public.deployment_log",
        "-c", "insert into public.deployment_log (action) values ('rollback')",
    )  # fmt: skip
    assert 'relation "public.deployment_log" does not exist' in done.stderr

    assert module.rollback().exit == 0

    assert not module.exists("public.deployment_log")
    log = module.run("log", "--json").document["deployments"]
    assert [one["state"] for one in log] == ["rolled back"]


def test_a_quoted_glob_is_a_capture_that_the_journal_names(site: Site) -> None:
    """`SNAPSHOT_FILE="…*.sql"; [ -f $SNAPSHOT_FILE ]` is about no file, or about several."""
    for name in ("one", "two"):
        (site.folder / f"snapshot_{name}.sql").touch()
    shell = f'SNAPSHOT_FILE="{site.folder}/snapshot_*.sql"; [ -f "$SNAPSHOT_FILE" ] || [ -f $SNAPSHOT_FILE ]'
    assert subprocess.run(["sh", "-c", shell], capture_output=True, check=False).returncode != 0
    site.execute("create table public.orders (id int primary key, a text, b text)")
    site.execute("insert into public.orders values (1, 'a1', 'b1')")
    for number, column in enumerate("ab", start=1):
        site.migration(f"{number}_drop.sql", f"alter table public.orders drop column {column};")
        assert _with_capture(site).exit == 0

    captures = site.run("attic", "list", "--json").document["captures"]

    assert sorted((one["deployment"], one["identity"], one["rows"]) for one in captures) == [
        (1, "public.orders", 1),
        (2, "public.orders", 1),
    ]
    assert site.rollback("2").exit == 0
    assert site.rows("select id, b from public.orders") == [(1, "b1")]


def _with_capture(site: Site) -> Ended:
    return site.deploy("--skip", "preflight", "--skip", "snapshot", "--skip", "verify")


def test_the_monitoring_views_read_columns_that_there_are(module: Site) -> None:
    """`tablename` of pg_stat_user_tables is called relname."""
    with pytest.raises(Exception, match='"tablename" does not exist'):
        module.rows("select tablename from pg_stat_user_tables")
    with module.connect("authenticator", autocommit=False) as connection:
        connection.execute("set local role service_role")
        seen = connection.execute(
            "select relname::text from public.engagement_events_performance order by 1"
        ).fetchall()
        used = connection.execute("select count(*) from public.engagement_events_index_usage").fetchone()
    assert seen == [("engagement_events",), ("engagement_events_archive",)]
    assert used[0] >= 3
