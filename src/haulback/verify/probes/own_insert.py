"""A user may insert an event of their own. It is the smoke write that the seed left in the table for ever."""

from __future__ import annotations

from uuid import uuid4

from haulback.verify._events import EVENT_TYPE, INSERT, is_deleted, present
from haulback.verify._probe import Finding, Probe, failed, on_stage, passed
from haulback.verify._stage import SIGNED_IN, Stage


def _act(stage: Stage) -> Finding:
    event = uuid4()
    tried = stage.attempt(SIGNED_IN, stage.first, INSERT, (event, stage.first, EVENT_TYPE))
    if tried.state:
        return failed(f"a user cannot insert an event of their own: {tried.message}")
    if is_deleted(stage, event) is not False:
        return failed("a user's insert said it was done, and service_role does not see the event")
    return passed("a user inserted an event of their own")


PROBE = Probe("own-insert", "A user inserts an event", present, on_stage(_act))
