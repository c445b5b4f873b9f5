"""Through the API each caller reads of views, and is told by functions, what the database says to them."""

from __future__ import annotations

from haulback.clock import SystemClock
from haulback.model.check import Outcome
from haulback.verify._probe import Finding, Probe, Subject, failed, passed
from haulback.verify.api import comparing, reading
from haulback.verify.api.comparing import Reading
from haulback.verify.api.reading import Source
from haulback.verify.api.tables import listed, scene
from haulback.verify.api.trying import Verdict

_LONGEST = 60.0  # seconds; what was not tried by then stays unknown


def _measure(subject: Subject) -> Finding:
    assert subject.api is not None  # noqa: S101 - or the probe does not apply
    sources, left = _sources(subject)
    clock = SystemClock()
    uncalled = f"; not called, as they want arguments or may do more than read: {left}" if left else ""
    if not sources:
        return passed(f"no exposed view, nor a function that can be tried, is touched{uncalled}")
    with scene(subject.connection, subject.api, sources[0].schema) as at:
        over = clock.monotonic() + _LONGEST
        asked = Reading(subject.connection, at.client, at.who.present, lambda: clock.monotonic() >= over)
        found = [one for source in sources for one in comparing.tried(asked, source)]
        untold = [one.told for one in [*at.untold, *found] if one.verdict is Verdict.UNTOLD]
    for verdict in (Verdict.BREACH, Verdict.BROKEN):
        if told := [one.told for one in found if one.verdict is verdict]:
            return failed(listed(told), breach=verdict is Verdict.BREACH)
    if untold:
        return Finding(Outcome.UNKNOWN, listed(untold))
    return passed(f"{len(found)} tries of {len(sources)} views and functions came out as they should{uncalled}")


def _sources(subject: Subject) -> tuple[list[Source], int]:
    """The views and functions that can be tried, and how many functions cannot."""
    assert subject.api is not None  # noqa: S101 - or the probe does not apply
    touched, exposed = subject.api.touched, subject.api.access.schemas
    views = [
        reading.source_of_view(subject.connection, schema, name)
        for schema, name in reading.views_over(subject.connection, touched.tables)
        if schema in exposed
    ]
    calls = [
        reading.source_of_call(subject.connection, schema, name)
        for schema, name in touched.functions
        if schema in exposed and reading.is_there(subject.connection, schema, name)
    ]
    return [one for one in (*views, *calls) if one is not None], calls.count(None)


PROBE = Probe(
    "api-reads", "The API reads and calls as the database does", lambda subject: subject.api is not None, _measure
)
