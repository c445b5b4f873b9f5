"""How the API differs after the plan, by the statement that it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from haulback.hazards.names import dotted
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Found
from haulback.model.contract import Difference

# These have a rule of their own.
NEED = "need-unmet"
ANSWER = "answer-changed"


def found(reading: Reading, wanted: Callable[[Difference], bool], advice: str) -> Iterator[Found]:
    """A finding a difference, in the file that it comes from; in the last one where none is known."""
    for one in reading.known.contract:
        if wanted(one) and (seen := _place(reading, one)):
            yield Found(seen, one.told, subject=dotted(*one.path), advice=advice)


def _place(reading: Reading, one: Difference) -> Seen | None:
    if one.origin is None:
        return next(iter(reading.statements), None) if reading.is_last else None
    if one.origin.migration != reading.label:
        return None
    at = (seen for seen in reading.statements if not seen.inside and seen.line == one.origin.line)
    return next(at, None)
