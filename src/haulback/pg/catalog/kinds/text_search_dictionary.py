"""Text search dictionaries."""

from __future__ import annotations

from haulback.pg.catalog.kind import Facts, Kind


class TextSearchDictionary(Kind):
    id = "text_search_dictionary"
    rank = 27
    noun = "TEXT SEARCH DICTIONARY"

    def make(self, facts: Facts) -> list[str]:
        options = f", {facts['options']}" if "options" in facts else ""
        return [f"CREATE TEXT SEARCH DICTIONARY {facts['identity']} (TEMPLATE = {facts['template']}{options})"]


KIND = TextSearchDictionary()
