"""What was perhaps meant: hints of the errors that tell what was not found."""

from __future__ import annotations

from collections.abc import Iterable

from haulback.gateway.schema.fuzzy import fuzzy_set
from haulback.gateway.schema.model import Name, SchemaCache

# Names of tables and functions are told to those only who nearly know them.
_NEARLY = 0.75
# With more tables PostgREST gives no hint, and so neither do we.
_MOST_TABLES = 500


def table_hint(cache: SchemaCache, schema: str, name: str) -> str | None:
    """For PGRST205."""
    names = _names(cache.tables, schema)
    closest = fuzzy_set(names).closest(name, _NEARLY) if len(names) < _MOST_TABLES else None
    return None if closest is None else f"Perhaps you meant the table '{schema}.{closest}'"


def relationship_hint(cache: SchemaCache, schema: str, parent: str, child: str) -> str | None:
    """For PGRST200: another child where the parent has relationships, else another parent that has."""
    known = cache.relationships.get(Name(schema, parent))
    if known is None:
        meant = fuzzy_set(_names(cache.relationships, schema)).closest(parent)
        return None if meant is None else f"Perhaps you meant '{meant}' instead of '{parent}'."
    children = tuple(sorted({one.foreign_table.name for one in known}))
    for score, name in fuzzy_set(children).like(child):
        # The child is there: it is the hint of the embedding that does not fit.
        if score < 1:
            return f"Perhaps you meant '{name}' instead of '{child}'."
    return None


def routine_hint(cache: SchemaCache, schema: str, name: str, arguments: Iterable[str]) -> str | None:
    """For PGRST202: another function, or other arguments of the one that is there."""
    overloads = cache.routines.get(Name(schema, name), ())
    if overloads:
        signatures = tuple(_signature(each.name for each in one.parameters) for one in overloads)
        closest = fuzzy_set(signatures).closest(_signature(arguments))
        meant = None if closest is None else f"{name}{closest}"
    else:
        meant = fuzzy_set(_names(cache.routines, schema)).closest(name, _NEARLY)
    return None if meant is None else f"Perhaps you meant to call the function {schema}.{meant}"


def _names(names: Iterable[Name], schema: str) -> tuple[str, ...]:
    return tuple(name.name for name in names if name.schema == schema)


def _signature(names: Iterable[str]) -> str:
    return f"({', '.join(sorted(names))})"
