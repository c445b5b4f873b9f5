"""A soft-deleted event is hidden from its user, and is still there for service_role."""

from __future__ import annotations

from haulback.verify._events import is_deleted, is_module, lay
from haulback.verify._probe import Finding, Probe, failed, on_stage, passed
from haulback.verify._stage import SIGNED_IN, Stage


def _act(stage: Stage) -> Finding:
    event = lay(stage, stage.first, deleted=True)
    tried = stage.attempt(SIGNED_IN, stage.first, "select 1 from public.engagement_events where id = %s", (event,))
    if tried.state:
        return failed(f"a user cannot read at all: {tried.message}")
    if tried.rows:
        return failed("a user still sees an event that was soft-deleted")
    if is_deleted(stage, event) is not True:
        return failed("service_role does not see an event that was soft-deleted")
    return passed("a soft-deleted event is hidden from its user and kept")


PROBE = Probe("deleted-hidden", "Soft-deleted events are hidden", is_module, on_stage(_act))
