"""Materialized views. What they hold is derived: a populated one is filled when it is made."""

from __future__ import annotations

from haulback.pg.catalog.kind import Alteration, Facts
from haulback.pg.catalog.kinds.table import change_options
from haulback.pg.catalog.kinds.view import View
from haulback.pg.catalog.quoting import option_list


class MaterializedView(View):
    id = "materialized_view"
    noun = "MATERIALIZED VIEW"

    def make(self, facts: Facts) -> list[str]:
        options = f" WITH ({option_list(facts['options'])})" if facts.get("options") else ""
        method = f" USING {facts['access_method']}" if "access_method" in facts else ""
        query = facts["definition"].rstrip(";")
        filled = "WITH DATA" if facts["populated"] else "WITH NO DATA"
        return [f"CREATE MATERIALIZED VIEW {facts['identity']}{method}{options} AS\n{query}\n{filled}"]

    def change(self, old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:
        alter = f"ALTER MATERIALIZED VIEW {new['identity']}"
        if facets == {"options"}:
            return Alteration(tuple(change_options(alter, old, new)))
        if facets == {"populated"}:
            filled = "WITH DATA" if new["populated"] else "WITH NO DATA"
            return Alteration((f"REFRESH MATERIALIZED VIEW {new['identity']} {filled}",))
        return None


KIND = MaterializedView()
