"""A temporary table that a later part of the file uses."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    last = max((one.unit for one in reading.statements), default=0)
    made: dict[str, Seen] = {}
    for seen, relation in _made(reading):
        if relation.relpersistence == "t" and seen.unit < last:
            made[relation.relname] = seen
    for name, seen in made.items():
        use = next((one for one in reading.statements if one.unit > seen.unit and _names(one, name)), None)
        if use:
            yield Found(
                use,
                f"the temporary table {name} of line {seen.line} is gone if the session is lost between the two"
                " parts, and then the file can neither go on nor run again",
                subject=names.dotted(name),
                advice="Make it an ordinary table that the last statement drops, or keep both in one part.",
            )


def _made(reading: Reading) -> Iterator[tuple[Seen, Node]]:
    for seen in reading.of("create_stmt"):
        yield seen, seen.node.relation
    for seen in reading.of("create_table_as_stmt"):
        yield seen, seen.node.into.rel


def _names(seen: Seen, table: str) -> bool:
    return any(one.relname == table and not one.schemaname for one in seen.parts("RangeVar"))


RULE = Rule(
    "temporary-table-across-parts",
    "A temporary table is used by a later part of the file",
    Family.MIXES,
    Level.WARN,
    _find,
)
