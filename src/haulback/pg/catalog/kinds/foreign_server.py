"""Foreign servers."""

from __future__ import annotations

from haulback.pg.catalog.kind import Facts, Kind
from haulback.pg.catalog.quoting import foreign_options, literal


class ForeignServer(Kind):
    id = "foreign_server"
    rank = 26
    noun = "SERVER"
    grant_noun = "FOREIGN SERVER"

    def make(self, facts: Facts) -> list[str]:
        words = [f"CREATE SERVER {facts['identity']}"]
        words += [f"{part.upper()} {literal(facts[part])}" for part in ("type", "version") if part in facts]
        words.append(f"FOREIGN DATA WRAPPER {facts['wrapper']}")
        return [" ".join(words) + foreign_options(facts.get("options"))]


KIND = ForeignServer()
