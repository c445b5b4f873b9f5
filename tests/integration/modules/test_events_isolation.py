"""Who may read and write what, tried by doing it: a policy `using (true)` would fail here."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

EVENTS = "select user_id from public.engagement_events order by user_id"
INSERT = "insert into public.engagement_events (user_id, event_type) values (%s, 'app_open') returning id"


def test_a_user_reads_own_events_only(deployed, act, add_event, ada, ben):
    add_event(ada)
    add_event(ben)
    for user in (ada, ben):
        with act(deployed, "authenticated", user) as api:
            assert api.execute(EVENTS).fetchall() == [(user,)]


def test_a_user_does_not_read_what_is_soft_deleted(deployed, act, add_event, ada):
    add_event(ada, deleted_days_ago=1)
    with act(deployed, "authenticated", ada) as api:
        assert api.execute(EVENTS).fetchall() == []


def test_a_caller_without_a_subject_reads_nothing(deployed, act, add_event, ada):
    add_event(ada)
    with act(deployed, "authenticated") as api:
        assert api.execute(EVENTS).fetchall() == []


def test_a_user_inserts_own_events_only(deployed, act, ada, ben):
    with act(deployed, "authenticated", ada) as api:
        assert api.execute(INSERT, (ada,)).fetchone()
    with (
        pytest.raises(errors.InsufficientPrivilege, match="row-level security"),
        act(deployed, "authenticated", ada) as api,
    ):
        api.execute(INSERT, (ben,))


def test_a_user_does_not_insert_a_deleted_event(deployed, act, ada):
    with (
        pytest.raises(errors.InsufficientPrivilege, match="row-level security"),
        act(deployed, "authenticated", ada) as api,
    ):
        api.execute(
            "insert into public.engagement_events (user_id, event_type, is_deleted) values (%s, 'x', true)",
            (ada,),
        )


@pytest.mark.parametrize(
    "statement",
    [
        "update public.engagement_events set is_deleted = true",
        "update public.engagement_events set value = '{}'",
        "delete from public.engagement_events",
        "truncate public.engagement_events",
    ],
)
def test_a_user_changes_no_event_directly(deployed, act, add_event, ada, statement):
    add_event(ada)
    with (
        pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
        act(deployed, "authenticated", ada) as api,
    ):
        api.execute(statement)


@pytest.mark.parametrize(
    "relation",
    [
        "engagement_events",
        "engagement_events_archive",
        "erased_users",
        "deployment_log",
        "security_audit_log",
        "engagement_events_performance",
        "engagement_events_index_usage",
    ],
)
def test_anon_reads_nothing_but_the_status(deployed, act, relation):
    with pytest.raises(errors.InsufficientPrivilege, match="permission denied"), act(deployed, "anon") as api:
        api.execute(f"select * from public.{relation}")


@pytest.mark.parametrize(
    "relation",
    [
        "engagement_events_archive",
        "erased_users",
        "deployment_log",
        "security_audit_log",
        "engagement_events_performance",
    ],
)
def test_a_user_reads_no_operational_table(deployed, act, ada, relation):
    with (
        pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
        act(deployed, "authenticated", ada) as api,
    ):
        api.execute(f"select * from public.{relation}")


def test_service_role_reads_and_inserts_for_anyone(deployed, act, ada, ben):
    with act(deployed, "service_role") as api:
        api.execute(INSERT, (ada,))
        api.execute(INSERT, (ben,))
        assert api.execute(EVENTS).fetchall() == [(ada,), (ben,)]


def test_every_table_of_the_module_is_under_row_level_security(deployed):
    unprotected = deployed.execute(
        """select relname from pg_catalog.pg_class
           where relnamespace = 'public'::regnamespace and relkind = 'r' and not relrowsecurity"""
    ).fetchall()
    assert unprotected == []


def test_no_function_is_open_to_everybody(deployed):
    """anon runs maintenance_active alone; authenticated runs soft_delete_event as well."""
    may = {
        role: [
            name
            for (name,) in deployed.execute(
                """select p.proname from pg_catalog.pg_proc p
                   where p.pronamespace = 'public'::regnamespace
                     and pg_catalog.has_function_privilege(%s, p.oid, 'execute') order by 1""",
                (role,),
            )
        ]
        for role in ("anon", "authenticated", "service_role")
    }
    assert may == {
        "anon": ["maintenance_active"],
        "authenticated": ["maintenance_active", "soft_delete_event"],
        "service_role": [
            "archive_old_deleted_events",
            "delete_user_data",
            "erasure_hash",
            "is_erased",
            "maintenance_active",
            "sweep_erased_users",
        ],
    }


def test_every_function_fixes_its_search_path(deployed):
    loose = deployed.execute(
        """select proname from pg_catalog.pg_proc where pronamespace = 'public'::regnamespace
           and not coalesce('search_path=""' = any (proconfig), false)"""
    ).fetchall()
    assert loose == []


def test_events_are_in_the_realtime_publication(deployed):
    published = deployed.execute(
        "select tablename from pg_catalog.pg_publication_tables where pubname = 'supabase_realtime'"
    ).fetchall()
    assert ("engagement_events",) in published


# Soft delete


def test_a_user_soft_deletes_an_own_event_once(deployed, act, add_event, ada):
    event = add_event(ada)
    with act(deployed, "authenticated", ada) as api:
        assert api.execute("select public.soft_delete_event(%s)", (event,)).fetchone() == (True,)
    with act(deployed, "authenticated", ada) as api:
        assert api.execute("select public.soft_delete_event(%s)", (event,)).fetchone() == (False,)
        assert api.execute(EVENTS).fetchall() == []
    kept = deployed.execute("select is_deleted, deleted_at is not null from public.engagement_events")
    assert kept.fetchall() == [(True, True)]


def test_a_user_soft_deletes_no_foreign_event(deployed, act, add_event, ada, ben):
    event = add_event(ada)
    with act(deployed, "authenticated", ben) as api:
        assert api.execute("select public.soft_delete_event(%s)", (event,)).fetchone() == (False,)
    assert deployed.execute("select is_deleted from public.engagement_events").fetchall() == [(False,)]


def test_soft_delete_needs_a_user(deployed, act, add_event, ada):
    event = add_event(ada)
    with pytest.raises(errors.InsufficientPrivilege, match="signed-in user"), act(deployed, "authenticated") as api:
        api.execute("select public.soft_delete_event(%s)", (event,))
    with pytest.raises(errors.InsufficientPrivilege, match="permission denied"), act(deployed, "anon") as api:
        api.execute("select public.soft_delete_event(%s)", (event,))


def test_deleted_at_follows_is_deleted(deployed, act, add_event, ada):
    add_event(ada)
    with act(deployed, "service_role") as api:
        api.execute("update public.engagement_events set is_deleted = true")
        assert api.execute("select deleted_at = now() from public.engagement_events").fetchone() == (True,)
        api.execute("update public.engagement_events set is_deleted = false")
        assert api.execute("select deleted_at from public.engagement_events").fetchone() == (None,)


# Checks


@pytest.mark.parametrize("event_type", ["", " ", "\t\n"])
def test_an_event_type_is_not_blank(deployed, ada, event_type):
    with pytest.raises(errors.CheckViolation, match="event_type_not_blank"):
        deployed.execute(
            "insert into public.engagement_events (user_id, event_type) values (%s, %s)", (ada, event_type)
        )


@pytest.mark.parametrize(("ahead", "accepted"), [("30 seconds", True), ("2 minutes", False)])
def test_a_timestamp_is_at_most_a_minute_ahead(deployed, ada, ahead, accepted):
    def insert() -> psycopg.Cursor:
        return deployed.execute(
            """insert into public.engagement_events (user_id, event_type, "timestamp")
               values (%s, 'app_open', pg_catalog.now() + %s::interval)""",
            (ada, ahead),
        )

    if accepted:
        assert insert().rowcount == 1
    else:
        with pytest.raises(errors.CheckViolation, match="timestamp_not_ahead"):
            insert()


def test_the_events_of_a_deleted_user_go_with_the_user(deployed, add_event, ada, ben):
    add_event(ada)
    add_event(ben)
    deployed.execute("delete from auth.users where id = %s", (ada,))
    assert deployed.execute(EVENTS).fetchall() == [(ben,)]
