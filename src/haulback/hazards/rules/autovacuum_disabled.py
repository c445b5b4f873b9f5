"""autovacuum_enabled = off of a table: dead rows stay, and statistics grow old."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from haulback.hazards import names
from haulback.hazards.facts.standing import is_on
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("create_stmt"):
        yield from _told(seen, names.relation(seen.node.relation), seen.node.options)
    for seen, table, command in reading.altered("AT_SetRelOptions"):
        yield from _told(seen, table, getattr(command, "def").list.items)


def _told(seen: Seen, table: str, options: Iterable[Node]) -> Iterator[Found]:
    for one in options:
        option = one.def_elem
        if option.defname == "autovacuum_enabled" and not is_on(option):
            part = "its oversized values" if option.defnamespace == "toast" else "it"
            yield Found(
                seen,
                f"autovacuum leaves {table} alone: dead rows of {part} stay, statistics grow old, "
                "and queries slow down",
                subject=table,
                advice="Leave it on; let it come more often where the table changes much.",
            )


RULE = Rule("autovacuum-disabled", "Autovacuum is switched off for a table", Family.SAFETY, Level.WARN, _find)
