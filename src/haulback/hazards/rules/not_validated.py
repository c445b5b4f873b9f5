"""NOT VALID and nothing after it: old rows may break the constraint for ever."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.promises import promises
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    left = promises(reading).unvalidated
    if not left:
        return
    ours = {id(seen) for seen in reading.of("alter_table_stmt")}
    for name, seen in left.items():
        if id(seen) in ours:
            table, constraint = ".".join(name.split(".")[:-1]), names.bare(name)
            yield Found(
                seen,
                f"rows that {table} has already are never checked against {constraint}, "
                "and the planner does not rely on it",
                subject=name,
                advice=f"Put into a later migration: alter table {table} "
                f"validate constraint {names.identifier(constraint)}.",
            )


RULE = Rule("not-validated", "A constraint is never validated", Family.SAFETY, Level.NOTE, _find)
