"""A version of a client that is known to be in use needs what the API does not offer after the plan."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts import contract
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.contract import Difference
from haulback.model.hazard import Level

_ADVICE = "Keep it until that version is out of use, and take the version out of the file of clients then."


def _wanted(one: Difference) -> bool:
    return one.breaks and one.kind == contract.NEED


def _find(reading: Reading) -> Iterator[Found]:
    return contract.found(reading, _wanted, _ADVICE)


RULE = Rule(
    "client-need-unmet",
    "A known version of a client needs what is not there after",
    Family.CLIENTS,
    Level.BLOCK,
    _find,
    measured=True,
)
