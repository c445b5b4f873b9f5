"""The database itself: owner, grants and comment, whatever its name."""

from __future__ import annotations

from haulback.pg.catalog.kind import Facts, Kind


class Database(Kind):
    id = "database"
    rank = 5
    noun = "DATABASE"
    grant_noun = "DATABASE"

    def name(self, facts: Facts) -> str:
        return str(facts["_database"])

    def make(self, facts: Facts) -> list[str]:  # noqa: ARG002 - every kind is asked alike
        return []

    def unmake(self, facts: Facts) -> list[str]:  # noqa: ARG002 - every kind is asked alike
        return []


KIND = Database()
