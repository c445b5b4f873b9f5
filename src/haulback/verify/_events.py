"""What the probes of the module engagement_events share: its table, and rows to probe with."""

from __future__ import annotations

from uuid import UUID, uuid4

from haulback.verify._probe import Subject
from haulback.verify._stage import SERVICE, NoAnswer, Stage

INSERT = "insert into public.engagement_events (id, user_id, event_type, value) values (%s, %s, %s, '{}')"
EVENT_TYPE = "deployment_test"


def present(subject: Subject) -> bool:
    """Whether the module is deployed here."""
    row = subject.connection.execute("select pg_catalog.to_regclass('public.engagement_events') is not null").fetchone()
    return bool(row and row[0])


def lay(stage: Stage, owner: UUID, *, deleted: bool = False) -> UUID:
    """Puts an event of the owner in place as service_role, and returns its id.

    Raises:
        NoAnswer: not even service_role may.
    """
    event = uuid4()
    tried = stage.attempt(SERVICE, None, INSERT, (event, owner, EVENT_TYPE))
    if tried.state is None and deleted:
        query = "update public.engagement_events set is_deleted = true, deleted_at = pg_catalog.now() where id = %s"
        tried = stage.attempt(SERVICE, None, query, (event,))
    if tried.count != 1:
        raise NoAnswer(f"service_role cannot put an event in place: {tried.message or 'no row was written'}")
    return event


def is_deleted(stage: Stage, event: UUID) -> bool | None:
    """What service_role sees of an event: its mark, or None where there is no such row."""
    query = "select is_deleted from public.engagement_events where id = %s"
    rows = stage.attempt(SERVICE, None, query, (event,)).rows
    return bool(rows[0][0]) if rows else None
