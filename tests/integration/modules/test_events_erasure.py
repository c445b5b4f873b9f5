"""Erasure: everything of a user goes, a tombstone stays, and the rows do not come back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
from psycopg import errors

ERASE = "select public.delete_user_data(%s)"
INSERT = "insert into public.engagement_events (user_id, event_type) values (%s, 'app_open')"


def users(connection, table: str = "engagement_events") -> list:
    return [user for (user,) in connection.execute(f"select user_id from public.{table} order by user_id")]


def erase(connection, user) -> dict:
    return connection.execute(ERASE, (user,)).fetchone()[0]


def test_erasure_takes_the_events_of_one_user_and_counts_them(deployed, act, add_event, ada, ben):
    add_event(ada)
    add_event(ada, deleted_days_ago=1)
    add_event(ada, deleted_days_ago=91)
    add_event(ben)
    deployed.execute("select public.archive_old_deleted_events()")
    deployed.execute(
        "insert into public.security_audit_log (event_type, user_id) values ('login', %s), ('login', %s)",
        (ada, ben),
    )
    with act(deployed, "service_role") as api:
        assert erase(api, ada) == {"events": 2, "archive": 1, "captures": {}, "audit_entries": 1}
    assert users(deployed) == [ben]
    assert users(deployed, "engagement_events_archive") == []


def test_erasure_leaves_a_tombstone_and_an_audit_entry_without_the_id(deployed, add_event, ada):
    add_event(ada)
    deployed.execute("insert into public.security_audit_log (event_type, user_id) values ('login', %s)", (ada,))
    erase(deployed, ada)
    digest = sha256(str(ada).encode()).digest()
    assert deployed.execute("select user_hash from public.erased_users").fetchall() == [(digest,)]
    entries = deployed.execute("select event_type, user_id, subject_hash from public.security_audit_log")
    assert sorted(entries.fetchall()) == [("login", None, digest), ("user_erased", None, digest)]
    everything = deployed.execute("select l::text || t::text from public.security_audit_log l, public.erased_users t")
    assert not any(str(ada) in text for (text,) in everything)


def test_is_erased_tells_who_was(deployed, ada, ben):
    erase(deployed, ada)
    assert deployed.execute("select public.is_erased(%s), public.is_erased(%s)", (ada, ben)).fetchone() == (True, False)


def test_a_second_erasure_finds_nothing_and_keeps_the_time_of_the_first(deployed, add_event, ada):
    add_event(ada)
    erase(deployed, ada)
    before = deployed.execute("select * from public.erased_users").fetchall()
    assert erase(deployed, ada) == {"events": 0, "archive": 0, "captures": {}, "audit_entries": 0}
    assert deployed.execute("select * from public.erased_users").fetchall() == before


def test_a_user_whose_account_is_gone_can_be_erased(deployed, ada):
    deployed.execute("delete from auth.users where id = %s", (ada,))
    erase(deployed, ada)
    assert deployed.execute("select public.is_erased(%s)", (ada,)).fetchone() == (True,)


def test_erasing_nobody_is_refused(deployed):
    with pytest.raises(errors.NullValueNotAllowed):
        erase(deployed, None)


@pytest.mark.parametrize("role", ["anon", "authenticated"])
@pytest.mark.parametrize("function", ["delete_user_data", "is_erased"])
def test_only_service_role_erases(deployed, act, ada, role, function):
    with pytest.raises(errors.InsufficientPrivilege, match="permission denied"), act(deployed, role, ada) as api:
        api.execute(f"select public.{function}(%s)", (ada,))


def test_the_captures_are_erased_by_the_function_that_knows_them(deployed, add_event, ada):
    deployed.execute("create schema if not exists haulback")
    deployed.execute("drop function if exists haulback.erase_user(uuid)")
    deployed.execute(
        "create function haulback.erase_user(subject uuid) returns jsonb language sql as 'select ''{\"public.engagement_events\": 7}''::jsonb'"
    )
    assert erase(deployed, ada)["captures"] == {"public.engagement_events": 7}


def test_captures_that_nobody_can_search_are_not_counted_as_none(deployed, ada):
    deployed.execute("create schema if not exists haulback_attic")
    notices: list[str] = []
    deployed.add_notice_handler(lambda notice: notices.append(notice.message_primary))
    assert erase(deployed, ada)["captures"] is None
    assert any("not searched" in notice for notice in notices)


# Rows that come back


@pytest.mark.parametrize("role", ["authenticated", "service_role"])
def test_rows_of_an_erased_user_are_refused(deployed, act, ada, role):
    erase(deployed, ada)
    with pytest.raises(errors.InsufficientPrivilege, match="erased user"), act(deployed, role, ada) as api:
        api.execute(INSERT, (ada,))


def test_an_event_is_not_handed_to_an_erased_user(deployed, add_event, ada, ben):
    add_event(ben)
    erase(deployed, ada)
    with pytest.raises(errors.InsufficientPrivilege, match="erased user"):
        deployed.execute("update public.engagement_events set user_id = %s", (ada,))


def test_a_restore_leaves_out_the_rows_of_erased_users(deployed, ada, ben):
    erase(deployed, ada)
    with deployed.transaction():
        deployed.execute("set local haulback.erased_rows = 'skip'")
        with (
            deployed.cursor() as cursor,
            cursor.copy("copy public.engagement_events (user_id, event_type) from stdin") as copy,
        ):
            for user in (ada, ben, ada):
                copy.write_row((user, "app_open"))
        deployed.execute(
            """insert into public.engagement_events_archive (id, user_id, "timestamp", event_type, value, deleted_at)
               select pg_catalog.gen_random_uuid(), u.id, pg_catalog.now(), 'app_open', '{}', pg_catalog.now()
               from auth.users u where u.id in (%s, %s)""",
            (ada, ben),
        )
    assert users(deployed) == [ben]
    assert users(deployed, "engagement_events_archive") == [ben]
    with pytest.raises(errors.InsufficientPrivilege):
        deployed.execute(INSERT, (ada,))


def test_rows_that_came_back_past_the_triggers_are_swept(deployed, add_event, ada, ben):
    erase(deployed, ada)
    deployed.execute("alter table public.engagement_events disable trigger user")
    add_event(ada)
    add_event(ben)
    deployed.execute("alter table public.engagement_events enable trigger user")
    assert deployed.execute("select public.sweep_erased_users()").fetchone() == (1,)
    assert users(deployed) == [ben]
    assert deployed.execute("select public.sweep_erased_users()").fetchone() == (0,)


def wait_until_blocked(watcher, pid: int) -> None:
    while not watcher.execute("select pg_catalog.cardinality(pg_catalog.pg_blocking_pids(%s))", (pid,)).fetchone()[0]:
        watcher.execute("select pg_catalog.pg_sleep(0.01)")


def test_an_insert_under_way_is_erased_too(deployed, connect, ada):
    writer, eraser = connect(), connect()
    with ThreadPoolExecutor(1) as pool:
        with writer.transaction():
            writer.execute(INSERT, (ada,))
            erasure = pool.submit(erase, eraser, ada)
            wait_until_blocked(deployed, eraser.info.backend_pid)
        assert erasure.result(30)["events"] == 1
    assert users(deployed) == []


def test_an_insert_that_began_during_the_erasure_is_refused(deployed, connect, ada):
    writer, eraser = connect(), connect()
    with ThreadPoolExecutor(1) as pool:
        with eraser.transaction():
            erase(eraser, ada)
            insert = pool.submit(writer.execute, INSERT, (ada,))
            wait_until_blocked(deployed, writer.info.backend_pid)
        with pytest.raises(errors.InsufficientPrivilege, match="erased user"):
            insert.result(30)
    assert users(deployed) == []
