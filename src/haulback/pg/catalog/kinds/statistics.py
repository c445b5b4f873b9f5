"""Extended statistics."""

from __future__ import annotations

from haulback.pg.catalog.kind import Alteration, Facts, Kind


class Statistics(Kind):
    id = "statistics"
    rank = 67
    noun = "STATISTICS"
    expressions = ("definition",)

    def make(self, facts: Facts) -> list[str]:
        return [facts["definition"]]

    def finish(self, facts: Facts) -> list[str]:
        return [_target(facts)] if "target" in facts else []

    def change(self, old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:  # noqa: ARG002 - every kind is asked alike
        return Alteration((_target(new),)) if facets == {"target"} else None


def _target(facts: Facts) -> str:
    return f"ALTER STATISTICS {facts['identity']} SET STATISTICS {facts.get('target', -1)}"


KIND = Statistics()
