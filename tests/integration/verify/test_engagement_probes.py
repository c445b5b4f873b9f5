"""The probes of the module on a real server: the module passes, and each way of breaking it is caught."""

from __future__ import annotations

import psycopg
import pytest

from haulback.model.check import Outcome
from haulback.verify import verification

MODULE = [
    "deleted-hidden",
    "foreign-insert",
    "foreign-soft-delete",
    "isolation",
    "own-insert",
    "own-read",
    "own-soft-delete",
]
SEED = """
    insert into public.engagement_events (user_id, event_type, value)
    values ('11111111-1111-1111-1111-111111111111', 'deployment_test', '{}')
"""


def answers(connection, before=None):
    return {result.id: result for result in verification.run(connection, before=before)}


def everything(connection) -> list[tuple]:
    """All that a probe could leave behind."""
    return connection.execute("""
        select 'event', id::text, event_type from public.engagement_events
        union all select 'archive', id::text, event_type from public.engagement_events_archive
        union all select 'user', id::text, email from auth.users
        union all select 'audit', id::text, event_type from public.security_audit_log
        order by 1, 2
    """).fetchall()


def test_the_module_passes_and_nothing_stays(deployed, users):
    deployed.execute("insert into public.engagement_events (user_id, event_type) values (%s, 'app_open')", (users[0],))
    before = everything(deployed)

    found = answers(deployed)

    assert list(found) == MODULE
    assert {result.outcome for result in found.values()} == {Outcome.PASS}, found
    assert everything(deployed) == before
    assert deployed.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert deployed.execute("select current_user::text").fetchone() == ("postgres",)


def test_without_the_module_its_probes_are_not_told(owner):
    assert answers(owner) == {}


def test_a_table_of_that_name_without_the_module_is_probed_for_what_it_can(owner, users):
    owner.execute("""
        create table public.engagement_events (
            id uuid primary key, user_id uuid references auth.users, event_type text, value jsonb, is_deleted boolean);
        alter table public.engagement_events enable row level security;
        create policy own on public.engagement_events to authenticated using (auth.uid() = user_id);
    """)
    assert list(answers(owner)) == ["foreign-insert", "isolation", "own-insert", "own-read"]

    owner.execute("alter table public.engagement_events drop column value")
    assert answers(owner) == {}


def test_a_dropped_column_of_the_module_does_not_hide_its_probes(deployed):
    deployed.execute("alter table public.engagement_events drop column value cascade")
    assert answers(deployed)["own-insert"].outcome is Outcome.FAIL

    deployed.execute("alter table public.engagement_events drop column deleted_at cascade")
    assert list(answers(deployed)) == MODULE


def test_the_smoke_write_of_the_seed_fails_where_ours_passes_and_leaves_no_row(deployed):
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        deployed.execute(SEED)

    assert answers(deployed)["own-insert"].outcome is Outcome.PASS
    assert deployed.execute("select count(*) from public.engagement_events").fetchone() == (0,)


def test_a_policy_of_true_passes_the_seeds_question_and_fails_isolation(deployed):
    deployed.execute("create policy everybody on public.engagement_events for select to authenticated using (true)")

    assert deployed.execute(
        "select relrowsecurity from pg_class where oid = 'public.engagement_events'::regclass"
    ).fetchone() == (True,)
    isolation = answers(deployed)["isolation"]
    assert isolation.outcome is Outcome.FAIL
    assert isolation.breach
    assert "user A sees the event of user B" in isolation.detail


BREAKS = [
    ("isolation", True, "alter table public.engagement_events disable row level security"),
    (
        "isolation",
        True,
        (
            "create policy p on public.engagement_events for select to anon using (auth.role() = 'anon');"
            " grant select on public.engagement_events to anon"
        ),
    ),
    (  # hidden behind the SELECT policy from every statement with a condition
        "isolation",
        True,
        (
            "create policy p on public.engagement_events for delete to authenticated using (true);"
            " grant delete on public.engagement_events to authenticated"
        ),
    ),
    (
        "foreign-insert",
        True,
        "create policy p on public.engagement_events for insert to authenticated with check (not is_deleted)",
    ),
    (
        "foreign-soft-delete",
        True,
        (
            "create or replace function public.soft_delete_event(event_id uuid) returns boolean language sql"
            " security definer set search_path = '' as $$ update public.engagement_events"
            " set is_deleted = true, deleted_at = now() where id = event_id returning true $$"
        ),
    ),
    ("own-soft-delete", False, "drop function public.soft_delete_event(uuid)"),
    (
        "own-soft-delete",
        False,
        (
            "create or replace function public.soft_delete_event(event_id uuid) returns boolean language sql"
            " as $$ select true $$"
        ),
    ),
    ("own-read", False, "drop policy engagement_events_select_own on public.engagement_events"),
    ("own-insert", False, "revoke insert on public.engagement_events from authenticated"),
    (
        "deleted-hidden",
        False,
        "create policy p on public.engagement_events for select to authenticated using ((select auth.uid()) = user_id)",
    ),
]


@pytest.mark.parametrize(("id_", "breach", "change"), BREAKS)
def test_each_way_of_breaking_it_is_caught(deployed, id_, breach, change):
    deployed.execute(change)

    found = answers(deployed)[id_]

    assert found.outcome is Outcome.FAIL, found
    assert found.breach is breach, found


def test_users_who_exist_lend_their_ids_where_auth_users_takes_none(deployed, users):
    deployed.execute(
        "create function public.refuse() returns trigger language plpgsql as"
        " $$ begin raise exception 'sign-ups are closed'; end $$;"
    )
    _as_superuser(deployed, "create trigger refuse before insert on auth.users for each row execute function refuse()")

    found = answers(deployed)

    assert {result.outcome for result in found.values()} == {Outcome.PASS}, found
    assert deployed.execute("select count(*) from public.engagement_events").fetchone() == (0,)


def test_without_any_users_the_answer_is_unknown(deployed):
    deployed.execute(
        "create function public.refuse() returns trigger language plpgsql as"
        " $$ begin raise exception 'sign-ups are closed'; end $$;"
    )
    _as_superuser(deployed, "create trigger refuse before insert on auth.users for each row execute function refuse()")

    found = answers(deployed)

    assert {result.outcome for result in found.values()} == {Outcome.UNKNOWN}
    assert "fewer than two" in found["isolation"].detail


def test_a_locked_table_is_unknown_soon_and_holds_nobody_up(deployed, database):
    with database.connect() as holder:
        holder.execute("lock table public.engagement_events")
        found = answers(deployed)
        holder.rollback()

    assert {result.outcome for result in found.values()} == {Outcome.UNKNOWN}
    assert not any(result.breach for result in found.values())


def test_a_role_that_may_not_become_the_api_roles_gets_unknown(deployed, database, users):
    with database.connect("supabase_admin", autocommit=True) as superuser:
        superuser.execute("create role verify_plain login bypassrls; grant usage on schema auth to verify_plain;")
        superuser.execute("grant select on auth.users to verify_plain")
        try:
            with database.connect("verify_plain", autocommit=True) as plain:
                found = answers(plain)
        finally:
            superuser.execute("drop owned by verify_plain; drop role verify_plain")

    assert {result.outcome for result in found.values()} == {Outcome.UNKNOWN}
    assert "cannot become" in found["isolation"].detail


def test_a_breach_is_recorded_in_a_transaction_of_its_own(deployed):
    deployed.execute("create policy everybody on public.engagement_events for select to authenticated using (true)")
    results = verification.run(deployed, before=None)

    assert verification.record_breach(deployed, results) == 1

    rows = deployed.execute(
        "select event_type, details ->> 'id', details ->> 'outcome' from public.security_audit_log"
    ).fetchall()
    assert rows == [("rls_violation", "isolation", "fail")]


def test_nothing_is_recorded_without_a_breach_or_without_the_table(deployed):
    results = verification.run(deployed, before=None)
    assert verification.record_breach(deployed, results) == 0

    deployed.execute("create policy everybody on public.engagement_events for select to authenticated using (true)")
    broken = verification.run(deployed, before=None)
    deployed.execute("drop table public.security_audit_log cascade")
    assert verification.breaches(broken)
    assert verification.record_breach(deployed, broken) == 0


def _as_superuser(connection: psycopg.Connection, statement: str) -> None:
    info = connection.info
    with psycopg.connect(
        host=info.host, port=info.port, dbname=info.dbname, user="supabase_admin", autocommit=True
    ) as superuser:
        superuser.execute(statement)
