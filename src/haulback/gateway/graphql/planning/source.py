"""Where the rows of a collection come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from haulback.gateway.graphql.catalog import Table
from haulback.gateway.quoting import quoted


@dataclass(frozen=True, slots=True)
class Source:
    """A table, perhaps those of its rows that belong to another row, or what a function returns of its rows.

    Attributes:
        call: of the function, where there is one.
        pairs: (the other row's column in SQL, name of the column here).
    """

    table: Table
    call: str | None = None
    pairs: tuple[tuple[str, str], ...] = ()

    @property
    def stored(self) -> bool:
        """Whether the rows are the table's own."""
        return self.call is None

    def sql(self, block: str) -> str:
        return f"{self.call or qualified(self.table)} AS {block}"

    def joined(self, block: str) -> str:
        return " AND ".join(self.conditions(block)) or "true"

    def conditions(self, block: str) -> list[str]:
        return [f"{block}.{quoted(here)} = {there}" for there, here in self.pairs]


def relation(table: Table, pairs: Sequence[tuple[str, str]], block: str) -> Source:
    """The rows of a table that belong to a row; pairs are (column of that row, column here)."""
    return Source(table, pairs=tuple((f"{block}.{quoted(there)}", here) for there, here in pairs))


def qualified(table: Table) -> str:
    return f"{quoted(table.schema)}.{quoted(table.name)}"
