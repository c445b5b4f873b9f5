"""Publications."""

from __future__ import annotations

from typing import Any

from haulback.pg.catalog.kind import Alteration, Facts, Kind
from haulback.pg.catalog.quoting import literal


class Publication(Kind):
    id = "publication"
    rank = 90
    noun = "PUBLICATION"
    expressions = ("tables",)

    def make(self, facts: Facts) -> list[str]:
        what = " FOR ALL TABLES" if facts["all_tables"] else ""
        if members := _members(facts):
            what = f" FOR {members}"
        return [f"CREATE PUBLICATION {facts['identity']}{what} WITH ({_settings(facts)})"]

    def change(self, old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:
        if "all_tables" in facets:
            return None
        alter = f"ALTER PUBLICATION {new['identity']}"
        statements = []
        if facets & {"tables", "schemas"}:
            statements += _change_members(alter, old, new)
        if facets & {"publish", "via_root", "generated_columns"}:
            statements.append(f"{alter} SET ({_settings(new, facets)})")
        return Alteration(tuple(statements))


def _change_members(alter: str, old: Facts, new: Facts) -> list[str]:
    """SET where something stays, DROP of each where nothing does: SET takes no empty list."""
    if members := _members(new):
        return [f"{alter} SET {members}"]
    gone = [f"{alter} DROP TABLE {t['name']}" for t in old.get("tables", ())]
    return [*gone, *(f"{alter} DROP TABLES IN SCHEMA {s}" for s in old.get("schemas", ()))]


def _members(facts: Facts) -> str:
    members = []
    if facts.get("tables"):
        members.append("TABLE " + ", ".join(map(_table, facts["tables"])))
    if facts.get("schemas"):
        members.append("TABLES IN SCHEMA " + ", ".join(facts["schemas"]))
    return ", ".join(members)


def _table(table: dict[str, Any]) -> str:
    columns = f" ({', '.join(table['columns'])})" if table["columns"] else ""
    where = f" WHERE ({table['where']})" if table["where"] else ""
    return f"ONLY {table['name']}{columns}{where}"


def _settings(facts: Facts, facets: frozenset[str] = frozenset()) -> str:
    settings = [f"publish = {literal(facts['publish'])}"]
    settings.append(f"publish_via_partition_root = {str(facts['via_root']).lower()}")
    if "generated_columns" in facts or "generated_columns" in facets:
        settings.append(f"publish_generated_columns = {'stored' if 'generated_columns' in facts else 'none'}")
    return ", ".join(settings)


KIND = Publication()
