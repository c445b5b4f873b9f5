"""Foreign-data wrappers that no extension brought."""

from __future__ import annotations

from haulback.pg.catalog.kind import Facts, Kind
from haulback.pg.catalog.quoting import foreign_options


class ForeignDataWrapper(Kind):
    id = "foreign_data_wrapper"
    rank = 25
    noun = "FOREIGN DATA WRAPPER"
    grant_noun = "FOREIGN DATA WRAPPER"

    def make(self, facts: Facts) -> list[str]:
        words = [f"CREATE FOREIGN DATA WRAPPER {facts['identity']}"]
        words += [f"{part.upper()} {facts[part]}" for part in ("handler", "validator") if part in facts]
        return [" ".join(words) + foreign_options(facts.get("options"))]


KIND = ForeignDataWrapper()
