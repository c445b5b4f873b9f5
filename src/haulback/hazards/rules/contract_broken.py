"""The API offers less after the plan, or something else: clients that are deployed break."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts import contract
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.contract import Difference
from haulback.model.hazard import Level

_ADVICE = "Add the new beside the old, move the clients, and take the old away in a later deployment."


def _wanted(one: Difference) -> bool:
    return one.breaks and one.kind not in {contract.NEED, contract.ANSWER}


def _find(reading: Reading) -> Iterator[Found]:
    return contract.found(reading, _wanted, _ADVICE)


RULE = Rule(
    "contract-broken",
    "The API takes something away that clients may use",
    Family.CLIENTS,
    Level.BLOCK,
    _find,
    measured=True,
)
