"""A recorded request is refused after the plan, or its answer lacks what it had."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts import contract
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.contract import Difference
from haulback.model.hazard import Level

_ADVICE = "Keep what clients ask for, or see that no client asks for it any more and take the request out."


def _wanted(one: Difference) -> bool:
    return one.breaks and one.kind == contract.ANSWER


def _find(reading: Reading) -> Iterator[Found]:
    return contract.found(reading, _wanted, _ADVICE)


RULE = Rule(
    "recorded-answer-changed",
    "A recorded request is answered otherwise",
    Family.CLIENTS,
    Level.BLOCK,
    _find,
    measured=True,
)
