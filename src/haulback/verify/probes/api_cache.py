"""The API serves the schema that the deployment made, and no longer what it dropped."""

from __future__ import annotations

from haulback.clock import SystemClock
from haulback.model.check import Outcome
from haulback.verify._probe import Finding, Probe, Subject, failed, passed
from haulback.verify.api import callers, served
from haulback.verify.api.served import PATIENCE


def _measure(subject: Subject) -> Finding:
    assert subject.api is not None  # noqa: S101 - or the probe does not apply
    access = subject.api.access
    asking = callers.made(access, None, None).named("service") or callers.NOBODY
    want = served.wanted(subject.connection, subject.api.touched, access.schemas, asking.role)
    found = served.until_served(access.client(), asking, want, SystemClock())
    if found.wrong:
        return failed(f"after {PATIENCE:.0f} s: {found.wrong}")
    if found.untold:
        return Finding(Outcome.UNKNOWN, found.untold)
    return passed(f"{len(want.there)} things are served and {len(want.gone)} no longer, after {found.seconds:.2f} s")


PROBE = Probe("api-cache", "The API serves the new schema", lambda subject: subject.api is not None, _measure)
