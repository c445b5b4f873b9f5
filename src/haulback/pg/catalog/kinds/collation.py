"""Collations."""

from __future__ import annotations

from haulback.pg.catalog.kind import Facts, Kind
from haulback.pg.catalog.quoting import literal

_PROVIDER = {"b": "builtin", "c": "libc", "i": "icu"}
_PARTS = {"locale": "LOCALE", "collate": "LC_COLLATE", "type": "LC_CTYPE", "rules": "RULES"}


class Collation(Kind):
    id = "collation"
    rank = 19
    noun = "COLLATION"

    def make(self, facts: Facts) -> list[str]:
        parts = [f"PROVIDER = {_PROVIDER[facts['provider']]}"]
        parts += [f"{word} = {literal(facts[part])}" for part, word in _PARTS.items() if part in facts]
        parts += [] if facts["deterministic"] else ["DETERMINISTIC = false"]
        return [f"CREATE COLLATION {facts['identity']} ({', '.join(parts)})"]


KIND = Collation()
