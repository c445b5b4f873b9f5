"""Nothing that was private before the deployment is open after it, in any table of the API."""

from __future__ import annotations

from haulback.model.check import Outcome
from haulback.verify._probe import Finding, Probe, Subject, failed, passed
from haulback.verify.reach import measure, unmeasured, widenings


def _measure(subject: Subject) -> Finding:
    assert subject.before is not None  # noqa: S101 - or the probe does not apply
    after = measure(subject.connection, subject.before)
    found = widenings(subject.before, after)
    proved = [one.what for one in found if one.proved]
    if proved:
        return failed("opened by this deployment: " + "; ".join(proved), breach=True)
    if found:
        opened = "; ".join(one.what for one in found)
        return Finding(Outcome.UNKNOWN, f"opened by this deployment, with no rows of users to prove it: {opened}")
    untold = unmeasured(subject.before, after)
    if untold:
        return Finding(Outcome.UNKNOWN, f"could not be compared: {', '.join(untold)}")
    return passed(f"no role reaches further in {len({table for table, _, _ in after.reach})} tables than before")


PROBE = Probe("widening", "Nothing became public", lambda subject: subject.before is not None, _measure)
