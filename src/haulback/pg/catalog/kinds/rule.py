"""Rules."""

from __future__ import annotations

from haulback.pg.catalog.kind import Alteration, Facts, Kind

STATES = {"O": "ENABLE", "D": "DISABLE", "A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}


class Rule(Kind):
    id = "rule"
    rank = 70
    noun = "RULE"
    expressions = ("definition",)

    def name(self, facts: Facts) -> str:
        return f"{facts['_name']} ON {facts['_parent']}"

    def make(self, facts: Facts) -> list[str]:
        return [facts["definition"].rstrip(";")]

    def finish(self, facts: Facts) -> list[str]:
        return [] if facts["enabled"] == "O" else [_state(facts)]

    def change(self, old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:  # noqa: ARG002 - every kind is asked alike
        return Alteration((_state(new),)) if facets == {"enabled"} else None


def _state(facts: Facts) -> str:
    return f"ALTER TABLE {facts['_parent']} {STATES[facts['enabled']]} RULE {facts['_name']}"


KIND = Rule()
