"""Constraints of tables."""

from __future__ import annotations

from haulback.pg.catalog.kind import Alteration, Facts, Kind
from haulback.pg.catalog.quoting import literal

_FOREIGN_KEY = "f"


class Constraint(Kind):
    id = "constraint"
    rank = 60
    ranks_by_facts = True
    noun = "CONSTRAINT"
    expressions = ("definition",)

    def rank_of(self, facts: Facts) -> int:
        """Foreign keys last: a partitioned table's key holds once all its partitions' are attached."""
        return 68 if facts["type"] == _FOREIGN_KEY else self.rank

    def name(self, facts: Facts) -> str:
        return f"{facts['_name']} ON {facts['_parent']}"

    def make(self, facts: Facts) -> list[str]:
        only = "ONLY " if facts["_only"] else ""
        return [f"ALTER TABLE {only}{facts['_parent']} ADD CONSTRAINT {facts['_name']} {facts['definition']}"]

    def finish(self, facts: Facts) -> list[str]:
        statements = [*attachment(facts, facts.get("_index")), *marks(facts, facts["_name"])]
        if "index_comment" in facts:
            statements.append(f"COMMENT ON INDEX {facts['_index']} IS {literal(facts['index_comment'])}")
        return statements

    def unmake(self, facts: Facts) -> list[str]:
        if "part_of" in facts:
            return []  # goes with the partitioned table's own
        return [f"ALTER TABLE {facts['_parent']} DROP CONSTRAINT {facts['_name']}"]

    def change(self, old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:
        validated = f"{old['definition']}" == f"{new['definition']} NOT VALID"
        if facets == {"definition"} and validated:
            return Alteration((f"ALTER TABLE {new['_parent']} VALIDATE CONSTRAINT {new['_name']}",))
        if facets <= {"clustered", "replica_identity", "index_comment", "part_of"}:
            return Alteration(tuple(change_marks(old, new, new["_name"], facets)))
        return None


def attachment(facts: Facts, index: str | None) -> list[str]:
    """Returns what makes a partition's index part of the partitioned table's, unless it is already."""
    return [f"ALTER INDEX {facts['part_of']} ATTACH PARTITION {index}"] if "part_of" in facts else []


def marks(facts: Facts, index: str) -> list[str]:
    """Returns what marks an index as the one to cluster by or to identify rows by."""
    statements = []
    if facts.get("clustered"):
        statements.append(f"ALTER TABLE {facts['_parent']} CLUSTER ON {index}")
    if facts.get("replica_identity"):
        statements.append(f"ALTER TABLE ONLY {facts['_parent']} REPLICA IDENTITY USING INDEX {index}")
    return statements


def change_marks(old: Facts, new: Facts, index: str, facets: frozenset[str]) -> list[str]:
    """Returns what changes the marks; a replica identity that is taken away is the table's to set."""
    statements = marks({k: v for k, v in new.items() if k in facets or k.startswith("_")}, index)
    if old.get("clustered") and not new.get("clustered"):
        statements.append(f"ALTER TABLE {new['_parent']} SET WITHOUT CLUSTER")
    if "index_comment" in facets:
        text = new.get("index_comment")
        statements.append(f"COMMENT ON INDEX {new['_index']} IS {'NULL' if text is None else literal(text)}")
    return statements


KIND = Constraint()
