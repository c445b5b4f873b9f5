"""ADD COLUMN of a serial or identity column: every row gets its number, and is written anew."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.reading import Reading
from haulback.hazards.rewrites import gradual_column
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.migrations.grammar import Node, enum
from haulback.model.hazard import Level

_SERIAL = frozenset({"serial", "serial4", "bigserial", "serial8", "smallserial", "serial2"})


def _find(reading: Reading) -> Iterator[Found]:
    for seen, table, command in reading.altered("AT_AddColumn"):
        definition = getattr(command, "def").column_def
        if _numbers(definition):
            offer = gradual_column.offer(reading, seen)
            yield Found(
                seen,
                f"nobody reads or writes {table} until every row is written anew with its number {definition.colname}",
                table=table,
                subject=f"{table}.{names.dotted(definition.colname)}",
                advice=offer.told(
                    "A plain column comes first, with numbers from a sequence; the old rows get theirs in batches."
                ),
                rewrite=offer.rewrite,
            )


def _numbers(definition: Node) -> bool:
    if names.words(definition.type_name.names)[-1] in _SERIAL:
        return True
    return any(enum(one.constraint, "contype") == "CONSTR_IDENTITY" for one in definition.constraints)


RULE = Rule(
    "serial-added",
    "A serial or identity column writes the table anew while everybody waits",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.REWRITE,
)
