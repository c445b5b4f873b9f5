"""Defaults of columns: apart from the column, for they may need functions that need the table."""

from __future__ import annotations

from haulback.model.schema import ObjectKey
from haulback.pg.catalog.kind import Alteration, Facts, Kind


class Default(Kind):
    id = "default"
    rank = 45
    noun = "DEFAULT"
    expressions = ("expression",)

    def parent(self, facts: Facts) -> ObjectKey:
        if facts["_parent_kind"] == "view":
            return ObjectKey("view", facts["_parent"])
        return ObjectKey("column", facts["identity"])

    def make(self, facts: Facts) -> list[str]:
        return [f"{_column(facts)} SET DEFAULT {facts['expression']}"]

    def unmake(self, facts: Facts) -> list[str]:
        return [f"{_column(facts)} DROP DEFAULT"]

    def change(self, old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:  # noqa: ARG002 - every kind is asked alike
        return None


def _column(facts: Facts) -> str:
    noun = {"view": "VIEW", "foreign_table": "FOREIGN TABLE"}.get(facts["_parent_kind"], "TABLE ONLY")
    return f"ALTER {noun} {facts['_parent']} ALTER COLUMN {facts['_column']}"


KIND = Default()
