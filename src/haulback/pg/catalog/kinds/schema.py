"""Schemas."""

from __future__ import annotations

from haulback.pg.catalog.kind import Facts, Kind


class SchemaKind(Kind):
    id = "schema"
    rank = 10
    noun = "SCHEMA"
    grant_noun = "SCHEMA"

    def make(self, facts: Facts) -> list[str]:
        return [f"CREATE SCHEMA {facts['identity']}"]


KIND = SchemaKind()
