"""ADD COLUMN ... GENERATED ALWAYS AS (...) STORED: every row is written anew."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.migrations.grammar import Node, enum
from haulback.model.hazard import Level

_VIRTUAL, _VIRTUAL_SINCE = "v", 18
_PLAIN_ADVICE = "Make it a plain column that a trigger keeps, and fill the old rows in batches."
_VIRTUAL_ADVICE = "Make it VIRTUAL, which stores nothing; or a plain column that a trigger keeps, filled in batches."


def _find(reading: Reading) -> Iterator[Found]:
    for seen, table, command in reading.altered("AT_AddColumn", "AT_SetExpression"):
        definition = getattr(command, "def")
        if enum(command, "subtype") == "AT_SetExpression":
            column = command.name
        elif any(_is_stored(one.constraint) for one in definition.column_def.constraints):
            column = definition.column_def.colname
        else:
            continue
        yield Found(
            seen,
            f"nobody reads or writes {table} until every row is written anew with its {column}",
            table=table,
            subject=f"{table}.{names.dotted(column)}",
            advice=_VIRTUAL_ADVICE if (reading.known.major or 0) >= _VIRTUAL_SINCE else _PLAIN_ADVICE,
        )


def _is_stored(constraint: Node) -> bool:
    return enum(constraint, "contype") == "CONSTR_GENERATED" and constraint.generated_kind != _VIRTUAL


RULE = Rule(
    "stored-generated",
    "A stored generated column writes the table anew while everybody waits",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.REWRITE,
)
