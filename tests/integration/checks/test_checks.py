"""Each check on a real server: where it passes, where it fails, where it cannot know."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from haulback.checks import preflight
from haulback.checks._context import Requirements, Thresholds
from haulback.model.capture import CaptureKind
from haulback.model.capture_cost import CaptureCost, CaptureEstimate
from haulback.model.check import Outcome
from haulback.model.target import Environment

NOW = timedelta(0)


def answer(id_, given):
    return preflight.checks()[id_].run(given)


@pytest.fixture
def table(connect) -> str:
    connect().execute("create table public.visits (id integer primary key, note text)")
    return "public.visits"


# connection ---------------------------------------------------------------------------------------


def test_connection_passes(context):
    result = answer("connection", context())
    assert result.outcome is Outcome.PASS
    assert "as postgres" in result.figure


def test_connection_fails_on_a_server_that_is_too_old(context):
    assert answer("connection", context(thresholds=Thresholds(version=99))).outcome is Outcome.FAIL


def test_connection_fails_where_it_is_slow(context):
    assert answer("connection", context(thresholds=Thresholds(latency=NOW))).outcome is Outcome.FAIL


# tls ----------------------------------------------------------------------------------------------


def test_tls_passes_over_a_local_socket(context):
    assert answer("tls", context()).outcome is Outcome.PASS


def test_tls_asks_it_of_the_network_in_production_only(context, target):
    given = context()
    remote = replace(given, server=replace(given.server, local=False))
    development = replace(remote, target=replace(target, environment=Environment.DEVELOPMENT))

    assert answer("tls", remote).outcome is Outcome.FAIL
    assert answer("tls", development).outcome is Outcome.PASS
    assert answer("tls", replace(remote, server=replace(remote.server, encrypted=True))).outcome is Outcome.PASS


# privileges ---------------------------------------------------------------------------------------


def test_privileges_pass_for_the_owner(context, table):
    given = context(relations=(table, "public.not_there_yet"), required=Requirements(schemas=("public", "new")))
    assert answer("privileges", given).outcome is Outcome.PASS


def test_privileges_fail_and_name_what_lacks(context, plain, table):
    given = context(plain, relations=(table,), required=Requirements(schemas=("public",)))

    result = answer("privileges", given)

    assert result.outcome is Outcome.FAIL
    assert "CREATE on database" in result.figure
    assert "CREATE on schema public" in result.figure
    assert "ownership of public.visits (owned by postgres)" in result.figure


def test_privileges_pass_for_a_superuser_with_a_word_about_it(context):
    result = answer("privileges", context("supabase_admin"))
    assert result.outcome is Outcome.PASS
    assert "superuser" in result.figure
    assert result.hint


# connections --------------------------------------------------------------------------------------


def test_connections_pass(context):
    assert answer("connections", context()).outcome is Outcome.PASS


def test_connections_fail_against_the_limit_of_the_role(context, connect, plain, superuser):
    superuser.execute(f"alter role {plain} connection limit 2")
    connect(plain)

    result = answer("connections", context(plain))

    assert result.outcome is Outcome.FAIL
    assert "2 of 2 sessions of our role" in result.figure


def test_connections_fail_against_the_limit_of_the_database(context, database, superuser):
    superuser.execute(f"alter database {database.name} connection limit 2")

    result = answer("connections", context())

    assert result.outcome is Outcome.FAIL
    assert "of this database" in result.figure


def test_connections_do_not_count_reserved_ones_as_usable(context, superuser):
    (usable,) = superuser.execute(
        "select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
        " - current_setting('reserved_connections')::int"
    ).fetchone()
    assert f"of {usable} sessions of the server" in answer("connections", context()).figure


# long-transactions --------------------------------------------------------------------------------


@contextmanager
def open_transaction(connection):
    connection.autocommit = False
    connection.execute("select 1")
    try:
        yield connection
    finally:
        connection.rollback()


def test_long_transactions_pass_where_none_is_open(context):
    given = context("supabase_admin")
    assert answer("long-transactions", given).outcome is Outcome.PASS


def test_long_transactions_fail_and_name_the_session(context, connect):
    reader = connect(application_name="nightly report")
    given = context("supabase_admin", thresholds=Thresholds(transaction_age=NOW))
    with open_transaction(reader):
        result = answer("long-transactions", given)

    assert result.outcome is Outcome.FAIL
    assert f"pid {reader.info.backend_pid} (nightly report)" in result.figure


def test_long_transactions_are_unknown_to_a_role_that_does_not_see_them(context, connect, plain, superuser):
    thresholds = Thresholds(transaction_age=NOW)
    with open_transaction(connect()):
        blind = answer("long-transactions", context(plain, thresholds=thresholds))
        superuser.execute(f"grant pg_read_all_stats to {plain}")
        seeing = answer("long-transactions", context(plain, thresholds=thresholds))

    assert blind.outcome is Outcome.UNKNOWN
    assert "hidden from us" in blind.figure
    assert "pg_read_all_stats" in blind.hint
    assert seeing.outcome is Outcome.FAIL


def test_long_transactions_of_our_own_role_are_seen_without_the_privilege(context, connect, plain):
    with open_transaction(connect(plain)):
        result = answer("long-transactions", context(plain, thresholds=Thresholds(transaction_age=NOW)))
    assert result.outcome is Outcome.FAIL


def test_long_transactions_leave_our_own_processes_out(context, connect):
    ours = connect()
    given = context("supabase_admin", thresholds=Thresholds(transaction_age=NOW))
    with open_transaction(ours):
        result = answer("long-transactions", replace(given, own_processes=frozenset({ours.info.backend_pid})))
    assert result.outcome is Outcome.PASS


# locks --------------------------------------------------------------------------------------------


def test_locks_pass_where_nobody_holds_one(context, table):
    assert answer("locks", context(relations=(table,))).outcome is Outcome.PASS


def test_locks_fail_and_name_who_holds_them_even_to_a_plain_role(context, connect, table, plain):
    holder = connect(application_name="idle reader", autocommit=False)
    holder.execute("select * from public.visits")

    result = answer("locks", context(plain, relations=(table,), thresholds=Thresholds(lock_wait=NOW)))
    holder.rollback()

    assert result.outcome is Outcome.FAIL
    assert f"pid {holder.info.backend_pid} (idle reader) holds AccessShareLock on visits" in result.figure


def test_locks_pass_where_the_holder_is_gone_by_the_time_the_plan_would_give_way(context, connect, table):
    holder = connect(autocommit=False)
    holder.execute("select * from public.visits")

    class Patient:
        """Time passes: the holder ends its transaction and begins another, as a busy client does."""

        def sleep(self, seconds):
            assert seconds == 0.5
            holder.rollback()
            holder.execute("select * from public.visits")

    result = answer("locks", context(relations=(table,), clock=Patient()))

    assert result.outcome is Outcome.PASS


def test_locks_on_other_tables_are_no_matter(context, connect, table):
    connect().execute("create table public.elsewhere ()")
    holder = connect(autocommit=False)
    holder.execute("lock public.elsewhere")

    assert answer("locks", context(relations=(table,))).outcome is Outcome.PASS


# vacuum -------------------------------------------------------------------------------------------


@contextmanager
def vacuuming(connection):
    """Vacuums public.visits in the slowest way there is, until the end of the block."""
    connection.execute("set vacuum_cost_delay = '100ms'; set vacuum_cost_limit = 1")
    cancelled = []

    def work():
        try:
            connection.execute("vacuum (disable_page_skipping) public.visits")
        except psycopg.errors.QueryCanceled:
            cancelled.append(True)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        connection.cancel_safe()
        worker.join()
    assert cancelled, "the vacuum ended before it was looked at"


@pytest.fixture
def large(connect, table) -> str:
    connection = connect()
    connection.execute("insert into public.visits select n, repeat('x', 900) from generate_series(1, 4000) as n")
    connection.execute("alter table public.visits set (autovacuum_enabled = false)")
    return table


def wait_for_vacuum(connection):
    while not connection.execute(
        "select 1 from pg_stat_progress_vacuum as v join pg_locks as l using (pid)"
        " where l.relation = 'public.visits'::regclass and l.granted"
    ).fetchone():
        connection.execute("select pg_sleep(0.01)")


def test_vacuum_passes_where_none_runs(context, table):
    assert answer("vacuum", context(relations=(table,))).outcome is Outcome.PASS


def test_vacuum_fails_on_a_large_table_and_not_on_a_small_one(context, connect, large, superuser):
    superuser.execute("analyze public.visits")
    given = context(relations=(large,), thresholds=Thresholds(large_table=1024**2))
    with vacuuming(connect()):
        wait_for_vacuum(superuser)
        over = answer("vacuum", given)
        under = answer("vacuum", replace(given, thresholds=Thresholds()))

    assert over.outcome is Outcome.FAIL
    assert "visits (pid" in over.figure
    assert under.outcome is Outcome.PASS


def test_vacuum_is_seen_by_a_plain_role_and_its_unknown_size_is_unknown(context, connect, large, plain, superuser):
    given = context(plain, relations=(large,))
    with vacuuming(connect()):
        wait_for_vacuum(superuser)
        result = answer("vacuum", given)

    assert result.outcome is Outcome.UNKNOWN
    assert "size is not known" in result.figure


# disk ---------------------------------------------------------------------------------------------


def test_disk_reads_the_file_systems_of_a_server_on_this_machine(context, database, tmp_path):
    result = answer("disk", context(data_directories=(tmp_path,), thresholds=Thresholds(free_share=0.0)))
    assert result.outcome is Outcome.PASS
    assert "% free" in result.figure


def test_disk_fails_where_too_little_is_free(context, database):
    # No file system is ever wholly free of what it asks here, so this fails on any machine.
    given = context(data_directories=(database.server.data_dir,), thresholds=Thresholds(free_share=1.0))
    assert answer("disk", given).outcome is Outcome.FAIL


def test_disk_is_unknown_where_a_folder_cannot_be_read(context):
    given = context(data_directories=(Path("/nonexistent/wal"),), thresholds=Thresholds(free_share=0.0))
    result = answer("disk", given)
    assert result.outcome is Outcome.UNKNOWN
    assert "/nonexistent/wal" in result.figure


def test_disk_is_unknown_on_another_machine(context, monkeypatch):
    monkeypatch.setattr("haulback.checks.disk.server_process", lambda _: None)
    result = answer("disk", context())
    assert result.outcome is Outcome.UNKNOWN
    assert "another machine" in result.figure


def test_folders_of_this_machine_do_not_stand_for_a_server_elsewhere(context, monkeypatch, tmp_path):
    monkeypatch.setattr("haulback.checks.disk.server_process", lambda _: None)
    result = answer("disk", context(data_directories=(tmp_path,), thresholds=Thresholds(free_share=0.0)))
    assert result.outcome is Outcome.UNKNOWN
    assert "another machine" in result.figure


# attic-space --------------------------------------------------------------------------------------


def kept(disk, **more):
    return CaptureEstimate((CaptureCost("public.t", CaptureKind.COPIED_TABLE, (), 1, disk, disk, 1, 0, 1, **more),))


def test_attic_space_passes_where_there_is_room(context, database):
    result = answer("attic-space", context(capture=kept(8192)))
    assert result.outcome is Outcome.PASS
    assert str(database.server.data_dir) in result.figure


def test_attic_space_fails_where_there_is_none(context):
    assert answer("attic-space", context(capture=kept(10**18))).outcome is Outcome.FAIL
    assert answer("attic-space", context(capture=kept(10**18, bound=True))).outcome is Outcome.UNKNOWN


def test_attic_space_asks_for_nothing_where_nothing_is_kept(context, target):
    given = context(capture=CaptureEstimate(), target=replace(target, disk_size=1))
    assert answer("attic-space", given).outcome is Outcome.PASS


def test_attic_space_without_a_rehearsal_holds_the_whole_database_against_the_disk(context, target):
    assert answer("attic-space", context()).outcome is Outcome.PASS
    assert answer("attic-space", context(target=replace(target, disk_size=1))).outcome is Outcome.UNKNOWN


def test_attic_space_of_a_table_of_unknown_size_is_unknown(context):
    result = answer("attic-space", context(capture=CaptureEstimate(unmeasured=("public.busy",))))
    assert result.outcome is Outcome.UNKNOWN
    assert "public.busy" in result.figure


def test_attic_space_on_another_machine_goes_by_what_is_said_of_it(context, target, monkeypatch):
    monkeypatch.setattr("haulback.checks.attic_space.server_process", lambda _: None)
    unsaid = answer("attic-space", context(capture=kept(8192)))
    assert unsaid.outcome is Outcome.UNKNOWN
    assert "disk_size" in unsaid.hint
    for size, outcome in ((10**12, Outcome.PASS), (10**6, Outcome.FAIL)):
        said = context(capture=kept(8192), target=replace(target, disk_size=size))
        assert answer("attic-space", said).outcome is outcome


def test_attic_space_of_a_role_that_may_see_little(context, plain):
    assert answer("attic-space", context(plain, capture=kept(8192))).outcome is Outcome.PASS


# load ---------------------------------------------------------------------------------------------


def test_load_is_measured_here_for_a_server_on_this_machine(context):
    result = answer("load", context(thresholds=Thresholds(load_share=10.0)))
    assert result.outcome is Outcome.PASS
    assert result.figure.startswith("CPU")


def test_load_fails_above_the_threshold(context):
    assert answer("load", context(thresholds=Thresholds(load_share=0.0))).outcome is Outcome.FAIL


def test_load_is_unknown_on_another_machine_without_an_api(context, monkeypatch):
    monkeypatch.setattr("haulback.checks.load.server_process", lambda _: None)
    assert answer("load", context()).outcome is Outcome.UNKNOWN


# requirements -------------------------------------------------------------------------------------


def test_requirements_pass_where_all_exists_or_can_be_installed(context, table):
    needed = Requirements(extensions=("plpgsql", "citext"), schemas=("public",), tables=(table,))
    assert answer("requirements", context(required=needed)).outcome is Outcome.PASS


def test_requirements_fail_and_name_what_is_missing(context):
    needed = Requirements(extensions=("no_such_thing",), schemas=("nowhere",), tables=('public."Odd name"',))

    result = answer("requirements", context(required=needed))

    assert result.outcome is Outcome.FAIL
    assert "extension no_such_thing, schema nowhere" in result.figure
    assert 'table public."Odd name"' in result.figure


# other-deployment ---------------------------------------------------------------------------------

LOCK = (-5, 7)  # a negative key shows as a large unsigned one in pg_locks


def test_other_deployment_passes_where_nobody_holds_the_lock(context, connect):
    connect().execute("select pg_advisory_lock(5, 7)")
    assert answer("other-deployment", context(deployment_lock=LOCK)).outcome is Outcome.PASS


def test_other_deployment_fails_and_names_the_holder(context, connect):
    holder = connect(application_name="haulback 42")
    holder.execute("select pg_advisory_lock(%s, %s)", LOCK)

    result = answer("other-deployment", context(deployment_lock=LOCK))

    assert result.outcome is Outcome.FAIL
    assert f"pid {holder.info.backend_pid} (haulback 42)" in result.figure


def test_other_deployment_leaves_our_own_session_out(context, connect):
    ours = connect()
    ours.execute("select pg_advisory_lock(%s, %s)", LOCK)
    given = context(deployment_lock=LOCK, own_processes=frozenset({ours.info.backend_pid}))
    assert answer("other-deployment", given).outcome is Outcome.PASS


def test_other_deployment_is_unknown_where_the_lock_is_not_named(context):
    assert answer("other-deployment", context()).outcome is Outcome.UNKNOWN


# wraparound, replication, statement-statistics -----------------------------------------------------


def test_wraparound_passes_on_a_young_database_and_fails_past_the_threshold(context):
    assert answer("wraparound", context()).outcome is Outcome.PASS
    assert answer("wraparound", context(thresholds=Thresholds(wraparound_age=0))).outcome is Outcome.FAIL


def test_replication_fails_where_a_slot_holds_back_too_much(context, superuser):
    name = "checks_lagging"
    superuser.execute("select pg_create_physical_replication_slot(%s, true)", (name,))
    try:
        superuser.execute("select pg_switch_wal()")
        within = answer("replication", context())
        beyond = answer("replication", context(thresholds=Thresholds(retained_wal=-1)))
    finally:
        superuser.execute("select pg_drop_replication_slot(%s)", (name,))

    assert within.outcome is Outcome.PASS
    assert beyond.outcome is Outcome.FAIL
    assert name in beyond.figure
    assert beyond.informational


def test_statement_statistics_find_the_column_that_the_server_has(context, superuser):
    superuser.execute("create extension if not exists pg_stat_statements")
    result = answer("statement-statistics", context())
    assert result.outcome is Outcome.PASS
    assert "mean_exec_time" in result.figure


def test_statement_statistics_are_unknown_without_the_extension(context, superuser, target):
    superuser.execute("drop extension if exists pg_stat_statements cascade")
    result = answer("statement-statistics", context())
    assert result.outcome is Outcome.UNKNOWN
    assert not preflight.judge((result,), target.policy)[0].blocks
