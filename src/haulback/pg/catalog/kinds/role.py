"""Roles of the cluster. Passwords cannot be read and are not made again."""

from __future__ import annotations

from haulback.pg.catalog.kind import Alteration, Facts, Kind
from haulback.pg.catalog.quoting import literal

_FLAGS = {
    "superuser": "SUPERUSER",
    "inherit": "INHERIT",
    "createrole": "CREATEROLE",
    "createdb": "CREATEDB",
    "login": "LOGIN",
    "replication": "REPLICATION",
    "bypassrls": "BYPASSRLS",
}


class Role(Kind):
    id = "role"
    rank = 0
    noun = "ROLE"

    def make(self, facts: Facts) -> list[str]:
        return [f"CREATE ROLE {facts['identity']} WITH {self._attributes(facts, frozenset(_FLAGS))}"]

    def change(self, old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:  # noqa: ARG002 - every kind is asked alike
        return Alteration((f"ALTER ROLE {new['identity']} WITH {self._attributes(new, facets)}",))

    def _attributes(self, facts: Facts, facets: frozenset[str]) -> str:
        words = [word if facts[f] else f"NO{word}" for f, word in _FLAGS.items() if f in facets]
        if "connection_limit" in facts or "connection_limit" in facets:
            words.append(f"CONNECTION LIMIT {facts.get('connection_limit', -1)}")
        if "valid_until" in facts or "valid_until" in facets:
            words.append(f"VALID UNTIL {literal(facts.get('valid_until', 'infinity'))}")
        return " ".join(words)


KIND = Role()
