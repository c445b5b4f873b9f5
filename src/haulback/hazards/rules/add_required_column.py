"""ADD COLUMN NOT NULL without a default: it fails where there is a row, and old clients cannot insert."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.promises import fills
from haulback.hazards.facts.writes import made_here
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node, enum
from haulback.model.hazard import Level

_REQUIRING = frozenset({"CONSTR_NOTNULL", "CONSTR_PRIMARY"})


def _find(reading: Reading) -> Iterator[Found]:
    for seen, table, command in reading.altered("AT_AddColumn"):
        definition = getattr(command, "def").column_def
        if not _is_required(definition) or fills(definition) or made_here(reading, table, seen):
            continue
        size = reading.known.sizes.get(table)
        yield Found(
            seen,
            f"the column {definition.colname} of {table} must have a value and has no default: the statement fails "
            "where there is a row, and clients that do not know the column can insert none",
            subject=f"{table}.{names.dotted(definition.colname)}",
            advice="Give it a default, or add it without not null, fill it, and set not null when every client does.",
            level=Level.BLOCK if size is not None and size.rows > 0 else Level.WARN,
        )


def _is_required(definition: Node) -> bool:
    return any(enum(one.constraint, "contype") in _REQUIRING for one in definition.constraints)


RULE = Rule(
    "add-required-column",
    "A column without a default is added as not null",
    Family.CLIENTS,
    Level.WARN,
    _find,
    squawk=("adding-required-field",),
)
