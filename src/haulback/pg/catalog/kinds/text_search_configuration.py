"""Text search configurations."""

from __future__ import annotations

from haulback.pg.catalog.kind import Facts, Kind


class TextSearchConfiguration(Kind):
    id = "text_search_configuration"
    rank = 28
    noun = "TEXT SEARCH CONFIGURATION"

    def make(self, facts: Facts) -> list[str]:
        return [f"CREATE TEXT SEARCH CONFIGURATION {facts['identity']} (PARSER = {facts['parser']})"]

    def finish(self, facts: Facts) -> list[str]:
        return [
            f"ALTER TEXT SEARCH CONFIGURATION {facts['identity']} ADD MAPPING FOR {token} "
            f"WITH {', '.join(dictionaries)}"
            for token, dictionaries in facts.get("mappings", {}).items()
        ]


KIND = TextSearchConfiguration()
