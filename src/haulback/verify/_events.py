"""What the probes of the module engagement_events share: its table, and rows to probe with."""

from __future__ import annotations

from uuid import UUID, uuid4

from haulback.pg.queries import script
from haulback.verify._probe import Subject
from haulback.verify._stage import SERVICE, NoAnswer, Stage

INSERT = "insert into public.engagement_events (id, user_id, event_type, value) values (%s, %s, %s, '{}')"
EVENT_TYPE = "deployment_test"


def present(subject: Subject) -> bool:
    """Whether the module is deployed here, or a table of an application's own that is like the module's."""
    is_module, is_like_it = _presence(subject)
    return is_module or is_like_it


def is_module(subject: Subject) -> bool:
    """Whether the module is deployed here: only then is soft delete expected to work its way."""
    return _presence(subject)[0]


def _presence(subject: Subject) -> tuple[bool, bool]:
    row = subject.connection.execute(script("haulback.verify", "events_presence.sql")).fetchone()
    assert row is not None  # noqa: S101 - one row, whatever exists
    return bool(row[0]), bool(row[1])


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
