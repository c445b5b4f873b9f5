"""The API serves the schema that the deployment made, and no longer what it dropped."""

from __future__ import annotations

from uuid import uuid4

from haulback.clock import SystemClock
from haulback.model.check import Outcome
from haulback.verify._probe import Finding, Probe, Subject, failed, passed
from haulback.verify._stage import NoAnswer
from haulback.verify.api import callers, served
from haulback.verify.api.served import PATIENCE


def _measure(subject: Subject) -> Finding:
    assert subject.api is not None  # noqa: S101 - or the probe does not apply
    access = subject.api.access
    client = access.client()
    who = callers.known(client, access, uuid4(), uuid4(), access.schemas[0])
    asking = next((one for one in map(who.named, ("service", "a", "anon")) if one), None)
    if asking is None:
        raise NoAnswer(f"the API takes nobody of ours: {'; '.join(who.absent)}")
    want = served.wanted(subject.connection, subject.api.touched, access.schemas, asking.role)
    found = served.until_served(client, asking, want, SystemClock())
    if found.wrong:
        return failed(f"after {PATIENCE:.0f} s: {found.wrong}")
    if found.untold:
        return Finding(Outcome.UNKNOWN, found.untold)
    return passed(f"{len(want.there)} things are served and {len(want.gone)} no longer, after {found.seconds:.2f} s")


PROBE = Probe("api-cache", "The API serves the new schema", lambda subject: subject.api is not None, _measure)
