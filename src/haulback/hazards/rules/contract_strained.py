"""The API answers or refuses what it did not before: some clients may not be ready for it."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts import contract
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.contract import Difference, Severity
from haulback.model.hazard import Level

_ADVICE = "See that the clients that are deployed can do with it."


def _wanted(one: Difference) -> bool:
    return one.severity is Severity.RISK


def _find(reading: Reading) -> Iterator[Found]:
    return contract.found(reading, _wanted, _ADVICE)


RULE = Rule(
    "contract-strained",
    "The API answers or refuses what clients may not be ready for",
    Family.CLIENTS,
    Level.WARN,
    _find,
    measured=True,
)
