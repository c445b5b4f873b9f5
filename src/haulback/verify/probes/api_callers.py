"""Through the API each caller reaches what the database gives them, users stay apart, and bad tokens reach nothing."""

from __future__ import annotations

from haulback.verify._probe import Finding, Probe, Subject
from haulback.verify.api.tables import tried
from haulback.verify.api.ways import Rest


def _measure(subject: Subject) -> Finding:
    assert subject.api is not None  # noqa: S101 - or the probe does not apply
    return tried(subject.connection, subject.api, Rest)


PROBE = Probe("api-callers", "The API keeps each caller to theirs", lambda subject: subject.api is not None, _measure)
