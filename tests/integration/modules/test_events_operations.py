"""The status of the app, the two logs, and the monitoring views."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from psycopg import errors

STATUS = "select maintenance_mode, message from public.system_status"
ACTIVE = "select public.maintenance_active()"


def test_there_is_a_status_from_the_start(deployed, act):
    with act(deployed, "anon") as api:
        assert api.execute(STATUS).fetchall() == [(False, None)]
        assert api.execute(ACTIVE).fetchone() == (False,)


def test_an_insert_becomes_the_current_status_and_the_others_history(deployed, act):
    with act(deployed, "service_role") as api:
        # What PostgREST makes of the POST in the procedures.
        api.execute("insert into public.system_status (maintenance_mode, message) values (true, 'in progress')")
    with act(deployed, "anon") as api:
        assert api.execute(STATUS).fetchall() == [(True, "in progress")]
        assert api.execute(ACTIVE).fetchone() == (True,)
    with act(deployed, "service_role") as api:
        api.execute("insert into public.system_status (maintenance_mode) values (false)")
    with act(deployed, "anon") as api:
        assert api.execute(STATUS).fetchall() == [(False, None)]
        assert api.execute(ACTIVE).fetchone() == (False,)
    with act(deployed, "service_role") as api:
        assert api.execute(f"{STATUS} order by id").fetchall() == [(False, None), (True, "in progress"), (False, None)]


def test_maintenance_is_over_when_it_expires_with_nobody_ending_it(deployed):
    for expiry, active in (("1 hour", True), ("-1 second", False)):
        deployed.execute(
            """insert into public.system_status (maintenance_mode, expires_at)
               values (true, pg_catalog.now() + %s::interval)""",
            (expiry,),
        )
        assert deployed.execute(ACTIVE).fetchone() == (active,)


def test_two_inserts_at_once_leave_one_current_status(deployed, connect):
    first, second = connect(), connect()
    insert = "insert into public.system_status (maintenance_mode, message) values (true, %s)"
    with ThreadPoolExecutor(1) as pool:
        with first.transaction():
            first.execute(insert, ("first",))
            waiting = pool.submit(second.execute, insert, ("second",))
            while not deployed.execute(
                "select pg_catalog.cardinality(pg_catalog.pg_blocking_pids(%s))", (second.info.backend_pid,)
            ).fetchone()[0]:
                deployed.execute("select pg_catalog.pg_sleep(0.01)")
        waiting.result(30)
    assert deployed.execute(f"{STATUS} where is_current").fetchall() == [(True, "second")]


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("anon", "insert into public.system_status (maintenance_mode) values (true)"),
        ("authenticated", "insert into public.system_status (maintenance_mode) values (true)"),
        ("authenticated", "insert into public.deployment_log (action) values ('x')"),
        ("authenticated", "insert into public.security_audit_log (event_type) values ('x')"),
        ("service_role", "update public.system_status set maintenance_mode = true"),
        ("service_role", "delete from public.system_status"),
        ("service_role", "delete from public.deployment_log"),
        ("service_role", "update public.security_audit_log set details = '{}'"),
    ],
)
def test_status_and_logs_are_append_only_and_service_roles(deployed, act, ada, role, statement):
    with pytest.raises(errors.InsufficientPrivilege, match="permission denied"), act(deployed, role, ada) as api:
        api.execute(statement)


def test_the_deployment_log_takes_the_insert_of_the_procedures(deployed, act):
    with act(deployed, "service_role") as api:
        api.execute("insert into deployment_log (action, details, timestamp) values ('rollback', 'rolled back', now())")
        row = api.execute("select action, details, performed_by from public.deployment_log").fetchone()
    assert row == ("rollback", "rolled back", "service_role")


def test_the_audit_log_answers_the_query_of_the_procedures(deployed, act, ada):
    with act(deployed, "service_role") as api:
        api.execute("insert into public.security_audit_log (event_type, user_id) values ('rls_violation', %s)", (ada,))
        recent = api.execute(
            """select count(*) from security_audit_log
               where event_type = 'rls_violation' and timestamp > now() - interval '5 minutes'"""
        )
        assert recent.fetchone() == (1,)


def test_the_views_show_the_events_tables_and_their_indexes(deployed, act):
    with act(deployed, "service_role") as api:
        tables = api.execute("select relname, seq_scan, n_tup_ins from engagement_events_performance order by 1")
        assert [name for name, *_ in tables] == ["engagement_events", "engagement_events_archive"]
        indexes = {name for (name,) in api.execute("select indexrelname from engagement_events_index_usage")}
    assert indexes >= {
        "idx_engagement_events_user_timestamp",
        "idx_engagement_events_value",
        "idx_engagement_events_type",
    }


def test_the_views_run_with_the_rights_of_who_asks(deployed):
    options = deployed.execute(
        """select relname, reloptions from pg_catalog.pg_class
           where relkind = 'v' and relnamespace = 'public'::regnamespace order by relname"""
    ).fetchall()
    assert options == [
        ("engagement_events_index_usage", ["security_invoker=true"]),
        ("engagement_events_performance", ["security_invoker=true"]),
    ]
