"""A few rows of a target, so that loops over rows run on its shadow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sample:
    """Rows by table.

    Attributes:
        tables: qualified table name to its column list and the rows, as COPY TEXT bytes.
        skipped: tables that could not be read, with the reason.
        hash: hex digest of it all, to find a kept shadow again.
    """

    tables: Mapping[str, tuple[tuple[str, ...], bytes]] = field(default_factory=dict)
    skipped: tuple[tuple[str, str], ...] = ()
    hash: str = ""

    @property
    def rows(self) -> int:
        return sum(rows.count(b"\n") for _, rows in self.tables.values())
