"""Indexes that no constraint owns."""

from __future__ import annotations

from haulback.pg.catalog.kind import Alteration, Facts, Kind
from haulback.pg.catalog.kinds.constraint import attachment, change_marks, marks


class Index(Kind):
    id = "index"
    rank = 65
    noun = "INDEX"
    expressions = ("definition",)

    def make(self, facts: Facts) -> list[str]:
        return [facts["definition"]]

    def finish(self, facts: Facts) -> list[str]:
        return [*attachment(facts, facts["identity"]), *_statistics(facts), *marks(facts, facts["_name"])]

    def unmake(self, facts: Facts) -> list[str]:
        return [] if "part_of" in facts else super().unmake(facts)

    def change(self, old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:
        if facets <= {"clustered", "replica_identity", "part_of"}:
            return Alteration(tuple(change_marks(old, new, new["_name"], facets)))
        if facets == {"statistics"}:
            gone = dict.fromkeys(old.get("statistics", {}), -1)
            return Alteration(tuple(_statistics({**new, "statistics": {**gone, **new.get("statistics", {})}})))
        return None


def _statistics(facts: Facts) -> list[str]:
    return [
        f"ALTER INDEX {facts['identity']} ALTER COLUMN {number} SET STATISTICS {target}"
        for number, target in facts.get("statistics", {}).items()
    ]


KIND = Index()
