"""Tables and columns that a request names."""

from __future__ import annotations

from haulback.gateway.answer import Refusal
from haulback.gateway.rest.nearest import nearest
from haulback.gateway.schema.model import Column, Name, SchemaCache, Table

# What may be told to whoever guesses names.
_LIKE_ENOUGH = 0.75


def table(cache: SchemaCache, name: Name) -> Table:
    """Raises: Refusal PGRST205."""
    found = cache.tables.get(name)
    if found is not None:
        return found
    others = [other.name for other in cache.tables if other.schema == name.schema]
    meant = nearest(name.name, others, least=_LIKE_ENOUGH)
    raise Refusal(
        404,
        "PGRST205",
        f"Could not find the table '{name.schema}.{name.name}' in the schema cache",
        hint=None if meant is None else f"Perhaps you meant the table '{name.schema}.{meant}'",
    )


def column(of: Table, name: str) -> Column:
    """Raises: Refusal PGRST204."""
    found = of.columns.get(name)
    if found is None:
        raise Refusal(400, "PGRST204", f"Could not find the '{name}' column of '{of.name.name}' in the schema cache")
    return found
