"""Neither a user nor anon may insert an event in another's name."""

from __future__ import annotations

from uuid import uuid4

from haulback.verify._events import EVENT_TYPE, INSERT, present
from haulback.verify._probe import Finding, Probe, failed, on_stage, passed
from haulback.verify._stage import ANONYMOUS, SIGNED_IN, Stage


def _act(stage: Stage) -> Finding:
    for role, user in ((SIGNED_IN, stage.first), (ANONYMOUS, None)):
        tried = stage.attempt(role, user, INSERT, (uuid4(), stage.second, EVENT_TYPE))
        if tried.count:
            return failed(f"{role} inserted an event in the name of another user", breach=True)
        if not tried.refused:
            return failed(f"the insert of {role} failed for another reason than a refusal: {tried.message}")
    return passed("inserting in the name of another user was refused to a user and to anon")


PROBE = Probe("foreign-insert", "Nobody inserts for another", present, on_stage(_act))
