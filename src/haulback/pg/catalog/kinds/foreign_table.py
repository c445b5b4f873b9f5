"""Foreign tables: what they show is elsewhere, so dropping one loses nothing."""

from __future__ import annotations

from collections.abc import Sequence

from haulback.pg.catalog.kind import Facts, Kind
from haulback.pg.catalog.quoting import foreign_options


class ForeignTable(Kind):
    id = "foreign_table"
    rank = 32
    noun = "FOREIGN TABLE"
    grant_noun = "TABLE"

    def make(self, facts: Facts) -> list[str]:
        return self.make_with(facts, ())

    def make_with(self, facts: Facts, columns: Sequence[str]) -> list[str]:
        """Returns what makes the foreign table with `columns`, each a clause, in order."""
        listed = ",".join(f"\n    {c}" for c in columns)
        statement = (
            f"CREATE FOREIGN TABLE {facts['identity']} ({listed}) SERVER {facts['server']}"
            f"{foreign_options(facts.get('options'))}"
        )
        return [statement]


KIND = ForeignTable()
