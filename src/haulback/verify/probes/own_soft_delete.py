"""A user soft-deletes an event of their own through soft_delete_event; it stays, marked."""

from __future__ import annotations

from haulback.verify._events import is_deleted, is_module, lay
from haulback.verify._probe import Finding, Probe, failed, on_stage, passed
from haulback.verify._stage import SIGNED_IN, Stage


def _act(stage: Stage) -> Finding:
    event = lay(stage, stage.first)
    tried = stage.attempt(SIGNED_IN, stage.first, "select public.soft_delete_event(%s)", (event,))
    if tried.state:
        return failed(f"a user cannot soft-delete an event of their own: {tried.message}")
    match is_deleted(stage, event):
        case True:
            return passed("a user soft-deleted an event of their own, and the row is still there")
        case False:
            return failed("soft_delete_event said it was done, and the event is not marked")
        case None:
            return failed("soft_delete_event removed the row instead of marking it")


PROBE = Probe("own-soft-delete", "A user soft-deletes an event", is_module, on_stage(_act))
