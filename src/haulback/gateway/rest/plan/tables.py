"""Tables and columns that a request names."""

from __future__ import annotations

from haulback.gateway.answer import Refusal
from haulback.gateway.schema.model import Column, Name, SchemaCache, Table
from haulback.gateway.schema.suggestions import table_hint


def table(cache: SchemaCache, name: Name) -> Table:
    """Raises: Refusal PGRST205."""
    found = cache.tables.get(name)
    if found is not None:
        return found
    raise Refusal(
        404,
        "PGRST205",
        f"Could not find the table '{name.schema}.{name.name}' in the schema cache",
        hint=table_hint(cache, name.schema, name.name),
    )


def column(of: Table, name: str) -> Column:
    """Raises: Refusal PGRST204."""
    found = of.columns.get(name)
    if found is None:
        raise Refusal(400, "PGRST204", f"Could not find the '{name}' column of '{of.name.name}' in the schema cache")
    return found
