"""A user reads an event of their own."""

from __future__ import annotations

from haulback.verify._events import lay, present
from haulback.verify._probe import Finding, Probe, failed, on_stage, passed
from haulback.verify._stage import SIGNED_IN, Stage


def _act(stage: Stage) -> Finding:
    event = lay(stage, stage.first)
    tried = stage.attempt(
        SIGNED_IN, stage.first, "select user_id from public.engagement_events where id = %s", (event,)
    )
    if tried.rows != ((stage.first,),):
        return failed(f"a user cannot read an event of their own: {tried.message or 'it is hidden'}")
    return passed("a user read an event of their own")


PROBE = Probe("own-read", "A user reads their events", present, on_stage(_act))
