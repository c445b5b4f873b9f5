"""Extensions; whoever builds may have another way to make one than CREATE EXTENSION."""

from __future__ import annotations

from haulback.pg.catalog.kind import Alteration, Facts, Kind


class Extension(Kind):
    id = "extension"
    rank = 12
    noun = "EXTENSION"

    def make(self, facts: Facts) -> list[str]:
        return [f"CREATE EXTENSION {facts['identity']} WITH SCHEMA {facts['schema']}"]

    def change(self, old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:  # noqa: ARG002 - every kind is asked alike
        return Alteration((f"ALTER EXTENSION {new['identity']} SET SCHEMA {new['schema']}",))


KIND = Extension()
