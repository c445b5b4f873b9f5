"""What strangers reach: the schemas that an API serves, as far as the text and the target tell."""

from __future__ import annotations

from haulback.hazards import names, once
from haulback.hazards.facts import roles
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.reading import Reading
from haulback.model.schema import ObjectKey, Schema


def is_exposed(reading: Reading, relation: str) -> bool:
    """Whether the API serves the schema of a relation or function."""
    return names.schema_of(relation) in reading.known.exposed


def is_served(reading: Reading) -> bool:
    """Whether anything tells of an API: the target has its roles, or the files use them, or lie in its folder.

    Row-level security alone tells of none: a server of one's own may ask for it as well.
    """
    if reading.known.schema is not None and _has_roles(reading.known.schema):
        return True
    return reading.declared.standing.served or "supabase" in reading.path.parts


def is_open(reading: Reading, relation: str) -> bool:
    """Whether strangers may ask for a relation: an exposed schema, and no revoke for all of them."""
    return is_exposed(reading, relation) and not reading.declared.standing.is_shut(relation)


def has_row_security(reading: Reading, table: str) -> bool | None:
    """Whether RLS is on for a table at the end; None where neither the files nor the target tell."""
    if table in reading.declared.row_security:
        return True
    if reading.known.schema is not None:
        there = catalog(reading.known.schema).one("table", table)
        if there is not None:
            return bool(there.facets.get("row_security"))
    return False if table in reading.declared.standing.tables else None


def switched_on_elsewhere(reading: Reading, table: str) -> bool:
    """Whether dynamic SQL or an event trigger may switch RLS on for a table where no statement does."""
    if reading.declared.standing.secured_later:
        return True
    if any(_may_switch(text, table) for text in reading.declared.dynamic if "row level security" in text):
        return True
    return reading.known.schema is not None and _switches(reading.known.schema)


def _may_switch(text: str, table: str) -> bool:
    """Whether the text of a DO block names the table, or goes through the catalogs."""
    through = "loop" in text and "execute" in text and any(word in text for word in _CATALOGS)
    return through or names.bare(table).lower() in text


_CATALOGS = ("pg_tables", "pg_class", "pg_stat_", "information_schema")


@once.for_each
def _switches(schema: Schema) -> bool:
    """Whether an event trigger of the target calls a function that switches RLS on."""
    found = catalog(schema)
    called = [str(one.facets.get("function")) for each in found.by_name["event_trigger"].values() for one in each]
    return any(
        "enable row level security" in function.definition.lower()
        for name in called
        for function in found.find(("function",), names.qualified(names.parts(name)))
    )


def _has_roles(schema: Schema) -> bool:
    return any(ObjectKey("role", role) in schema.objects for role in roles.SERVED)
