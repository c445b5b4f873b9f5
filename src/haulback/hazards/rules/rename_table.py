"""RENAME of a table: clients that know the old name break at that instant."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.renames import renames
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for one in renames(reading, "TABLE"):
        yield Found(
            one.seen,
            f"clients that know {one.old} break: it is {one.new} from then on",
            subject=one.old,
            advice=f"Let a view bear the old name in the same migration: create view {names.sql(one.old)} "  # noqa: S608 - shown
            f"with (security_invoker = true) as select * from {names.sql(one.new)}.",
        )


RULE = Rule("rename-table", "A table gets another name", Family.CLIENTS, Level.WARN, _find, squawk=("renaming-table",))
