"""Views."""

from __future__ import annotations

from haulback.pg.catalog import privileges
from haulback.pg.catalog.kind import Alteration, Facts, Kind
from haulback.pg.catalog.kinds.table import change_options
from haulback.pg.catalog.quoting import literal, option_list


class View(Kind):
    id = "view"
    rank = 55
    noun = "VIEW"
    expressions = ("definition",)
    grant_noun = "TABLE"

    def make(self, facts: Facts) -> list[str]:
        options = f" WITH ({option_list(facts['options'])})" if facts.get("options") else ""
        return [f"CREATE VIEW {facts['identity']}{options} AS\n{facts['definition'].rstrip(';')}"]

    def finish(self, facts: Facts) -> list[str]:
        return column_remarks(facts)

    def grant(self, facts: Facts) -> list[str]:
        return [*super().grant(facts), *column_grants(facts)]

    def regrant(self, facts: Facts, granted: object) -> list[str]:
        roles = [str(role) for role in granted] if isinstance(granted, (list, tuple)) else []
        return [*super().regrant(facts, roles), *column_grants(facts)]

    def change_grants(self, old: Facts, new: Facts) -> list[str]:
        return [*super().change_grants(old, new), *column_grants(new)]

    def change(self, old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:
        if facets == {"options"}:
            return Alteration(tuple(change_options(f"ALTER VIEW {new['identity']}", old, new)))
        return None


def column_remarks(facts: Facts) -> list[str]:
    return [
        f"COMMENT ON COLUMN {facts['identity']}.{column} IS {literal(text)}"
        for column, text in facts.get("column_comments", {}).items()
    ]


def column_grants(facts: Facts) -> list[str]:
    return [
        statement
        for column, entries in facts.get("column_acls", {}).items()
        for statement in privileges.grants(f"TABLE {facts['identity']}", entries, facts["owner"], columns=f"({column})")
    ]


KIND = View()
