"""DETACH PARTITION and NO INHERIT: rows are no longer found in the parent."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.writes import made_here
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import enum
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen, table, command in reading.altered("AT_DetachPartition", "AT_DropInherit"):
        definition = getattr(command, "def")
        if enum(command, "subtype") == "AT_DetachPartition":
            parent, child = table, names.relation(definition.partition_cmd.name)
        else:
            parent, child = names.relation(definition.range_var), table
        if not made_here(reading, child, seen):
            yield Found(
                seen,
                f"the rows of {child} are no longer found in {parent}, and rows that belong there are refused",
                subject=child,
                advice="See that nothing reads those rows through the parent, and give the child policies of its own.",
            )


RULE = Rule("detach-partition", "A partition leaves its table", Family.CLIENTS, Level.WARN, _find)
