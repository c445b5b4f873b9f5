"""The answer that a row of the main statement becomes, for each kind of request."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from haulback.gateway.answer import Answer
from haulback.gateway.chosen import Headers, said
from haulback.gateway.preferences import Preferences
from haulback.gateway.rest.media import MediaType
from haulback.gateway.rest.planned import Row
from haulback.gateway.rest.ranges import UNSATISFIABLE, Window, content_range, out_of_bounds, status
from haulback.gateway.rest.shape import Shape

Answerer = Callable[[Row, int | None, Sequence[str]], Answer]

_VARY = ("Vary", "Accept, Prefer, Range")
_UNRESERVED = re.compile(r"[A-Za-z0-9_.~-]*")


@dataclass(frozen=True, slots=True)
class Voice:
    """What all answers to requests of one shape share.

    Attributes:
        content: Content-Type, and Content-Profile where the schema was asked for.
        applied: Preference-Applied, where there is something to say.
        both: first the one and then the other, with Vary behind them.
        sends: whether the body goes out: it does not for HEAD, nor where a write does not return what it wrote.
        minimal: whether an error is code and message alone.
    """

    content: Headers
    applied: Headers
    both: Headers
    sends: bool
    minimal: bool = False


def voice(
    media: MediaType, heeded: Preferences, *, profile: str | None, sends: bool = True, minimal: bool = False
) -> Voice:
    """`heeded`: the preferences that this kind of request knows; `profile`: the schema to name, if any."""
    content = [("Content-Type", media.content_type)]
    if profile is not None:
        content.append(("Content-Profile", profile))
    applied = heeded.applied()
    preferences = (("Preference-Applied", applied),) if applied else ()
    return Voice(tuple(content), preferences, (*content, *preferences, _VARY), sends, minimal)


@dataclass(frozen=True, slots=True)
class Counting:
    """Where the total comes from: the planner alone, or the planner once more rows were counted than are handed out."""

    planned: bool = False
    estimated_above: int | None = None

    def total(self, counted: int | None, estimate: int | None) -> int | None:
        if self.planned:
            return estimate
        bound = self.estimated_above
        if bound is not None and counted is not None and counted > bound:
            return max(counted, estimate or 0)
        return counted


class Location:
    """Content-Location: the table and the query, its pairs ordered by name and encoded in one way."""

    __slots__ = ("_begin", "_values")

    def __init__(self, name: str, shape: Shape) -> None:
        pairs = sorted(enumerate(shape.pairs), key=lambda each: each[1].key.encode("utf-8", "replace"))
        texts = [f"/{name}{'?' if pairs else ''}"]
        numbers: list[int] = []
        for place, (number, pair) in enumerate(pairs):
            texts[-1] += f"{'&' if place else ''}{_encoded(pair.key)}={_encoded(pair.head)}"
            if pair.has_value:
                numbers.append(number)
                texts.append("")
        self._begin = texts[0]
        # Each value with what stands behind it: little is left to do for a request.
        self._values = tuple(zip(numbers, texts[1:], strict=True))

    def of(self, values: Sequence[str]) -> str:
        text = self._begin
        for number, behind in self._values:
            text += _encoded(values[number]) + behind
        return text


@dataclass(frozen=True, slots=True)
class Read:
    """Answers GET and HEAD of a table."""

    voice: Voice
    asked: Window
    counting: Counting
    location: Location

    def __call__(self, row: Row, estimate: int | None, values: Sequence[str]) -> Answer:
        total = self.counting.total(row.total, estimate)
        last = self.asked.offset + row.count - 1
        headers = (
            ("Content-Range", content_range(self.asked.offset, last, total)),
            ("Content-Location", self.location.of(values)),
            *self.voice.both,
        )
        return _rows(self.voice, self.asked, total, row, headers)


@dataclass(frozen=True, slots=True)
class Created:
    """Answers POST to a table; where it merges, it is 201 only if a row was inserted."""

    voice: Voice
    name: str
    counts: bool
    merges: bool

    def __call__(self, row: Row, _estimate: int | None, _values: Sequence[str]) -> Answer:
        found_by = (("Location", _found_by(self.name, row.location)),) if row.location else ()
        headers = (
            *found_by,
            ("Content-Range", content_range(1, 0, row.count if self.counts else None)),
            *self.voice.applied,
            *(self.voice.content if self.voice.sends else ()),
            _VARY,
        )
        body = row.body if self.voice.sends else b""
        return said(row.headers, row.status, 200 if self.merges and not row.inserted else 201, headers, body)


@dataclass(frozen=True, slots=True)
class Changed:
    """Answers PATCH."""

    voice: Voice
    counts: bool

    def __call__(self, row: Row, _estimate: int | None, _values: Sequence[str]) -> Answer:
        rows = content_range(0, row.count - 1, row.count if self.counts else None)
        return _written(self.voice, row, (("Content-Range", rows), *self.voice.applied))


@dataclass(frozen=True, slots=True)
class Replaced:
    """Answers PUT."""

    voice: Voice

    def __call__(self, row: Row, _estimate: int | None, _values: Sequence[str]) -> Answer:
        if self.voice.sends:
            return said(
                row.headers, row.status, 201 if row.inserted and row.inserted > 0 else 200, self.voice.both, row.body
            )
        return said(row.headers, row.status, 204, (*self.voice.applied, _VARY), b"")


@dataclass(frozen=True, slots=True)
class Deleted:
    """Answers DELETE."""

    voice: Voice
    counts: bool

    def __call__(self, row: Row, _estimate: int | None, _values: Sequence[str]) -> Answer:
        rows = content_range(1, 0, row.count if self.counts else None)
        return _written(self.voice, row, (("Content-Range", rows), *self.voice.applied))


@dataclass(frozen=True, slots=True)
class Called:
    """Answers a call, by whichever verb; one that returns void has no body."""

    voice: Voice
    asked: Window
    void: bool

    def __call__(self, row: Row, _estimate: int | None, _values: Sequence[str]) -> Answer:
        last = self.asked.offset + row.count - 1
        headers = (("Content-Range", content_range(self.asked.offset, last, row.total)), *self.voice.applied)
        if self.void:
            return said(row.headers, row.status, 204, (*headers, _VARY), b"")
        return _rows(self.voice, self.asked, row.total, row, (*headers, *self.voice.content, _VARY))


@dataclass(frozen=True, slots=True)
class Judged:
    """Answers where the row is such as was asked for."""

    accepts: Callable[[Row], None]
    answer: Answerer

    def __call__(self, row: Row, estimate: int | None, values: Sequence[str]) -> Answer:
        self.accepts(row)
        return self.answer(row, estimate, values)


@dataclass(frozen=True, slots=True)
class Warned:
    """Answers with a warning about the request."""

    warning: str
    answer: Answerer

    def __call__(self, row: Row, estimate: int | None, values: Sequence[str]) -> Answer:
        answer = self.answer(row, estimate, values)
        return replace(answer, headers=(*answer.headers, ("Warning", self.warning)))


@dataclass(frozen=True, slots=True)
class Explained:
    """Answers with the plan of the statement."""

    voice: Voice

    def __call__(self, row: Row, _estimate: int | None, _values: Sequence[str]) -> Answer:
        return Answer(200, (*self.voice.content, _VARY), row.body)


def _rows(of: Voice, asked: Window, total: int | None, row: Row, headers: Headers) -> Answer:
    found = status(asked, row.count, total)
    if not of.sends:
        return said(row.headers, row.status, found, headers, b"")
    body = out_of_bounds(asked, total).answer(minimal=of.minimal).body if found == UNSATISFIABLE else row.body
    return said(row.headers, row.status, found, headers, body)


def _written(of: Voice, row: Row, headers: Headers) -> Answer:
    if of.sends:
        return said(row.headers, row.status, 200, (*headers, *of.content, _VARY), row.body)
    return said(row.headers, row.status, 204, (*headers, _VARY), b"")


def _encoded(text: str) -> str:
    return text if _UNRESERVED.fullmatch(text) else quote(text, safe="", errors="replace")


def _found_by(name: str, location: Sequence[str]) -> str:
    pairs = (each.partition("=") for each in location)
    return f"/{name}?" + "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, _, value in pairs)
