"""What strangers reach: the schemas that an API serves, as far as the text and the target tell."""

from __future__ import annotations

from haulback.hazards import names, roles
from haulback.hazards.reading import Reading
from haulback.model.schema import ObjectKey, Schema


def is_exposed(reading: Reading, relation: str) -> bool:
    """Whether the API serves the schema of a relation or function."""
    return names.schema_of(relation) in reading.known.exposed


def is_served(reading: Reading) -> bool:
    """Whether anything tells of an API: the target has its roles, or the files use them, or row-level security."""
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
        for key, one in reading.known.schema.objects.items():
            if key.kind == "table" and names.of_catalog(key.identity) == table:
                return bool(one.facets.get("row_security"))
    return False if table in reading.declared.standing.tables else None


def switched_on_elsewhere(reading: Reading) -> bool:
    """Whether dynamic SQL or an event trigger may switch RLS on where no statement does."""
    if reading.declared.standing.secured_later:
        return True
    if any("row level security" in text for text in reading.declared.dynamic):
        return True
    schema = reading.known.schema
    return schema is not None and any(_switches(schema, key) for key in schema.objects if key.kind == "event_trigger")


def _switches(schema: Schema, trigger: ObjectKey) -> bool:
    called = str(schema.objects[trigger].facets.get("function"))
    return any(
        "enable row level security" in one.definition.lower()
        for key, one in schema.objects.items()
        if key.kind == "function" and names.parts(key.identity.partition("(")[0])[-1] == names.parts(called)[-1]
    )


def _has_roles(schema: Schema) -> bool:
    return any(ObjectKey("role", role) in schema.objects for role in roles.SERVED)
