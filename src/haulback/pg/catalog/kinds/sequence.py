"""Sequences: free, owned by a column, or made by an identity column."""

from __future__ import annotations

from haulback.model.schema import ObjectKey
from haulback.pg.catalog.kind import Alteration, Facts, Kind

_OPTIONS = ("type", "start", "increment", "minimum", "maximum", "cache", "cycle")


class Sequence(Kind):
    id = "sequence"
    rank = 35
    noun = "SEQUENCE"
    bears_data = True
    grant_noun = "SEQUENCE"

    def parent(self, facts: Facts) -> ObjectKey | None:
        return ObjectKey("column", facts["owned_by"]) if "owned_by" in facts else None

    def make(self, facts: Facts) -> list[str]:
        if facts.get("identity_column"):
            return []  # the column's clause makes it
        unlogged = "UNLOGGED " if facts["unlogged"] else ""
        statements = [f"CREATE {unlogged}SEQUENCE {facts['identity']} AS {facts['type']} {options(facts)}"]
        if "owned_by" in facts:
            # The server ties a sequence only to a table of the same owner, so the owner comes first.
            statements += super().own(facts)
            statements.append(f"ALTER SEQUENCE {facts['identity']} OWNED BY {facts['owned_by']}")
        return statements

    def own(self, facts: Facts) -> list[str]:
        # An owned sequence follows its table, and the server refuses to be told.
        return [] if "owned_by" in facts else super().own(facts)

    def unmake(self, facts: Facts) -> list[str]:
        return [] if facts.get("identity_column") else super().unmake(facts)

    def change(self, old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:  # noqa: ARG002 - every kind is asked alike
        if "identity_column" in facets or "unlogged" in facets:
            return None
        alter = f"ALTER SEQUENCE {new['identity']}"
        statements = []
        if facets & set(_OPTIONS) and not new.get("identity_column"):
            statements.append(f"{alter} AS {new['type']} {options(new)}")
        if "owned_by" in facets:
            statements.append(f"{alter} OWNED BY {new.get('owned_by', 'NONE')}")
        return Alteration(tuple(statements))


def options(facts: Facts) -> str:
    """Returns the options of a sequence, every one said, so that no server's default shows through."""
    return (
        f"START WITH {facts['start']} INCREMENT BY {facts['increment']} MINVALUE {facts['minimum']} "
        f"MAXVALUE {facts['maximum']} CACHE {facts['cache']} {'CYCLE' if facts['cycle'] else 'NO CYCLE'}"
    )


KIND = Sequence()
