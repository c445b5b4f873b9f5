"""The tables that a DROP TABLE names by its own text."""

from __future__ import annotations

from dataclasses import dataclass

from haulback.migrations import grammar
from haulback.model.migration import Statement

_TABLE = "table "


@dataclass(frozen=True, slots=True)
class TableName:
    """A table as a statement names it, bare; `schema` is empty where it is left to the search path."""

    schema: str
    name: str


def dropped_tables(statement: Statement) -> tuple[TableName, ...]:
    """The tables that the statement drops, in its order; none where it is anything but a DROP TABLE."""
    if statement.kind != "drop" or not all(one.startswith(_TABLE) for one in statement.destroys or ("",)):
        return ()
    (node,) = grammar.parse(statement.text)
    named = [[part.string.sval for part in one.list.items] for one in node.objects]
    return tuple(TableName(parts[-2] if len(parts) > 1 else "", parts[-1]) for parts in named)
