"""Nobody soft-deletes the event of another: soft_delete_event runs with its owner's rights and must look."""

from __future__ import annotations

from haulback.verify._events import is_deleted, is_module, lay
from haulback.verify._probe import Finding, Probe, failed, on_stage, passed
from haulback.verify._stage import ANONYMOUS, SIGNED_IN, Stage


def _act(stage: Stage) -> Finding:
    event = lay(stage, stage.second)
    for role, user in ((SIGNED_IN, stage.first), (ANONYMOUS, None)):
        stage.attempt(role, user, "select public.soft_delete_event(%s)", (event,))
        if is_deleted(stage, event) is not False:
            return failed(f"{role} deleted the event of another user", breach=True)
    return passed("soft-deleting the event of another user had no effect")


PROBE = Probe("foreign-soft-delete", "Nobody soft-deletes for another", is_module, on_stage(_act))
