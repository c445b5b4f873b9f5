"""Archiving: only what is due, at most n rows a call, and waiting for nobody."""

from __future__ import annotations

import pytest
from psycopg import errors

ARCHIVE = "select public.archive_old_deleted_events()"


def counts(connection) -> tuple[int, int]:
    return connection.execute(
        """select (select count(*) from public.engagement_events),
                  (select count(*) from public.engagement_events_archive)"""
    ).fetchone()


def test_only_events_deleted_more_than_90_days_ago_are_archived(deployed, add_event, ada):
    add_event(ada)
    add_event(ada, deleted_days_ago=89)
    due = add_event(ada, deleted_days_ago=91)
    assert deployed.execute(ARCHIVE).fetchone() == (1,)
    assert counts(deployed) == (2, 1)
    archived = deployed.execute("select id, user_id, event_type from public.engagement_events_archive")
    assert archived.fetchall() == [(due, ada, "mood_log")]


def test_a_second_call_archives_nothing(deployed, add_event, ada):
    add_event(ada, deleted_days_ago=91)
    assert deployed.execute(ARCHIVE).fetchone() == (1,)
    assert deployed.execute(ARCHIVE).fetchone() == (0,)
    assert counts(deployed) == (0, 1)


def test_a_call_archives_at_most_what_it_is_told_oldest_first(deployed, add_event, ada):
    youngest = add_event(ada, deleted_days_ago=100)
    for days in (300, 200):
        add_event(ada, deleted_days_ago=days)
    assert deployed.execute("select public.archive_old_deleted_events(2)").fetchone() == (2,)
    assert deployed.execute("select id from public.engagement_events").fetchall() == [(youngest,)]
    assert deployed.execute("select public.archive_old_deleted_events(2)").fetchone() == (1,)


@pytest.mark.parametrize("limit", [None, 0, -1])
def test_a_limit_that_would_mean_all_or_nothing_is_refused(deployed, limit):
    with pytest.raises(errors.InvalidParameterValue):
        deployed.execute("select public.archive_old_deleted_events(%s)", (limit,))


def test_a_row_that_somebody_holds_is_left_for_the_next_call(deployed, connect, add_event, ada):
    held = add_event(ada, deleted_days_ago=91)
    add_event(ada, deleted_days_ago=92)
    other = connect()
    with other.transaction():
        other.execute("select from public.engagement_events where id = %s for update", (held,))
        deployed.execute("set lock_timeout = '2s'")
        assert deployed.execute(ARCHIVE).fetchone() == (1,)
    assert deployed.execute(ARCHIVE).fetchone() == (1,)


def test_an_event_that_came_back_and_was_deleted_again_replaces_its_archived_version(deployed, add_event, ada):
    event = add_event(ada, deleted_days_ago=91)
    deployed.execute(ARCHIVE)
    deployed.execute(
        """insert into public.engagement_events (id, user_id, event_type, value, is_deleted, deleted_at)
           values (%s, %s, 'mood_log', '{"score": 5}', true, pg_catalog.now() - interval '95 days')""",
        (event, ada),
    )
    assert deployed.execute(ARCHIVE).fetchone() == (1,)
    kept = deployed.execute("select id, value from public.engagement_events_archive")
    assert kept.fetchall() == [(event, {"score": 5})]


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_only_service_role_archives(deployed, act, ada, role):
    with pytest.raises(errors.InsufficientPrivilege), act(deployed, role, ada) as api:
        api.execute(ARCHIVE)
    with act(deployed, "service_role") as api:
        assert api.execute(ARCHIVE).fetchone() == (0,)
