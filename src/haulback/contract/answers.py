"""How the answer to a recorded request differs after a plan.

Each request is asked twice before: what differs between those two, such as the time or a number that was just given,
is no difference of the plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from haulback.contract.rows import aligned
from haulback.contract.walking import ROWS, Change, Place, changes
from haulback.contract.wording import listed
from haulback.gateway.answer import Answer
from haulback.hazards.facts.contract import ANSWER
from haulback.model.contract import Concerns, Difference, Severity
from haulback.model.requests import RecordedRequest

_SHOWN = 90  # characters of an address
_GOOD = range(200, 400)
_WORD = re.compile(r"[A-Za-z_]\w+")


def compared(
    requests: Sequence[RecordedRequest], before: Sequence[Answer], again: Sequence[Answer], after: Sequence[Answer]
) -> tuple[Difference, ...]:
    """The differences of all answers, in the order of the requests."""
    asked = zip(requests, before, again, after, strict=True)
    return tuple(one for request, *three in asked for one in _Compared(request).all(*three))


class _Compared:
    """One request."""

    def __init__(self, request: RecordedRequest) -> None:
        self._request = request
        address = request.path + (f"?{request.query}" if request.query else "")
        shown = address if len(address) <= _SHOWN else f"{address[:_SHOWN]}…"
        self._label = f"{request.method} {shown} as {request.role}"
        resource = request.path.rstrip("/").rpartition("/")[2]
        profile = "accept-profile" if request.method in {"GET", "HEAD"} else "content-profile"
        self._path = (request.headers.get(profile) or "public", resource)

    def all(self, before: Answer, again: Answer, after: Answer) -> Iterator[Difference]:
        if before.status != after.status:
            yield self._status(before, after)
        elif before.status in _GOOD:
            yield from self._type(before, after)
            yield from self._body(before.body, again.body, after.body)

    def _status(self, before: Answer, after: Answer) -> Difference:
        answered = f"{self._label}: answers {_told(after)}, and answered {_told(before)}"
        if before.status in _GOOD and after.status not in _GOOD:
            return self._difference(Severity.BREAKING, answered, words=self._named(after))
        good = after.status in _GOOD and before.status not in _GOOD
        return self._difference(Severity.COMPATIBLE if good else Severity.RISK, answered)

    def _named(self, after: Answer) -> tuple[str, ...]:
        """What a refusal names that the request named, too."""
        asked = " ".join((self._request.path, self._request.query, self._request.body[:4096].decode(errors="replace")))
        named = set(_WORD.findall(after.body[:4096].decode(errors="replace"))) & set(_WORD.findall(asked))
        return tuple(sorted(named - set(self._path)))

    def _type(self, before: Answer, after: Answer) -> Iterator[Difference]:
        was, now = _content_type(before), _content_type(after)
        if was != now:
            yield self._difference(Severity.BREAKING, f"{self._label}: answers {now or 'nothing'}, and answered {was}")

    def _body(self, *bodies: bytes) -> Iterator[Difference]:
        try:
            before, again, after = map(_decoded, bodies)
            if "order=" not in self._request.query:
                before, again, after = aligned(before, again, after)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            if bodies[0] == bodies[1] != bodies[2]:
                yield self._difference(Severity.RISK, f"{self._label}: answers something else")
            return
        yield from self._told(changes(before, again, after))

    def _told(self, found: Iterable[tuple[Change, Place, str]]) -> Iterator[Difference]:
        by_change: dict[Change, dict[Place, str]] = {}
        for change, place, detail in found:
            by_change.setdefault(change, {}).setdefault(place, detail)
        for change, places in by_change.items():
            severity, words = _CHANGES[change]
            details = [f"{_shown(place)}{detail}" for place, detail in places.items()]
            last = next(iter(places))
            leaf = tuple(part for part in last if part != ROWS)[-1:]
            yield self._difference(severity, f"{self._label}: {words.format(listed(details))}", leaf)

    def _difference(
        self, severity: Severity, told: str, leaf: tuple[str, ...] = (), words: tuple[str, ...] = ()
    ) -> Difference:
        source = f" ({self._request.source})" if self._request.source else ""
        path = (*self._path, *leaf)
        return Difference(
            ANSWER, severity, Concerns.RESPONSES, path, f"{told}{source}", (self._request.role,), words=words
        )


_CHANGES = {
    Change.GONE: (Severity.BREAKING, "{} is gone from the answer"),
    Change.TYPE: (Severity.BREAKING, "in the answer {}"),
    Change.EMPTIED: (Severity.BREAKING, "{} is empty, and was not"),
    Change.ROWS: (Severity.RISK, "{}"),
    Change.VALUE: (Severity.RISK, "another value of {}"),
    Change.ADDED: (Severity.COMPATIBLE, "{} is new in the answer"),
}


def _shown(place: Place) -> str:
    return ".".join(part for part in place if part != ROWS) or "the answer"


def _decoded(body: bytes) -> Any:
    return msgspec.json.decode(body) if body else None


def _content_type(answer: Answer) -> str:
    found = (value for name, value in answer.headers if name.lower() == "content-type")
    return next(found, "").partition(";")[0].strip()


def _told(answer: Answer) -> str:
    """The status, and the code of a refusal."""
    try:
        document = _decoded(answer.body) if answer.status not in _GOOD else None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        document = None
    if not isinstance(document, dict) or "code" not in document:
        return str(answer.status)
    return f"{answer.status} ({document['code']}: {document.get('message', '')})"
