"""Which relationship an embed means."""

from __future__ import annotations

from collections.abc import Sequence

from haulback.gateway.answer import Refusal
from haulback.gateway.schema.model import Cardinality, Name, Relationship, SchemaCache
from haulback.gateway.schema.suggestions import relationship_hint


def relationship(cache: SchemaCache, origin: Name, target: str, hint: str | None) -> Relationship:
    """The one way from origin to what the query calls `target`.

    Raises: Refusal PGRST200 for none, PGRST201 for several.
    """
    found = [
        one
        for one in cache.relationships.get(origin, ())
        if one.foreign_table.schema == origin.schema and _is_meant(one, target, hint)
    ]
    if not found:
        raise _none(cache, origin, target, hint)
    if len(found) > 1:
        raise _several(origin, target, found)
    return found[0]


def _is_meant(one: Relationship, target: str, hint: str | None) -> bool:
    if one.function is not None:
        return target == one.function.name
    if one.is_self:
        return _is_meant_of_self(one, target, hint)
    if hint is None:
        by_key = target == one.constraint or target == _own_column(one)
        return target == one.foreign_table.name or (by_key and not one.foreign_is_view and one.junction is None)
    return target == one.foreign_table.name and _is_hinted(one, hint)


def _is_meant_of_self(one: Relationship, target: str, hint: str | None) -> bool:
    """One foreign key leads both ways here: the table's name means the many, the column's name the one."""
    to_many = target == one.foreign_table.name and one.cardinality is Cardinality.ONE_TO_MANY
    if hint is not None:
        return to_many and hint == _other_column(one)
    return to_many or (target == _own_column(one) and one.cardinality is Cardinality.MANY_TO_ONE)


def _is_hinted(one: Relationship, hint: str) -> bool:
    if one.junction is not None:
        return hint == one.junction.table.name
    return hint in {one.constraint, _own_column(one), _other_column(one)}


def _own_column(one: Relationship) -> str | None:
    return one.columns[0][0] if len(one.columns) == 1 else None


def _other_column(one: Relationship) -> str | None:
    return one.columns[0][1] if len(one.columns) == 1 else None


def _none(cache: SchemaCache, origin: Name, target: str, hint: str | None) -> Refusal:
    using = "" if hint is None else f"' using the hint '{hint}"
    return Refusal(
        400,
        "PGRST200",
        f"Could not find a relationship between '{origin.name}' and '{target}' in the schema cache",
        details=f"Searched for a foreign key relationship between '{origin.name}' and '{target}{using}' "
        f"in the schema '{origin.schema}', but no matches were found.",
        hint=relationship_hint(cache, origin.schema, origin.name, target),
    )


def _several(origin: Name, target: str, found: Sequence[Relationship]) -> Refusal:
    ways = ", ".join([f"'{one.foreign_table.name}!{_hint(one)}'" for one in found if one.function is None])
    return Refusal(
        300,
        "PGRST201",
        f"Could not embed because more than one relationship was found for '{origin.name}' and '{target}'",
        details=[_described(one) for one in found],
        hint=f"Try changing '{target}' to one of the following: {ways}. "
        "Find the desired relationship in the 'details' key.",
    )


def _hint(one: Relationship) -> str:
    return one.junction.table.name if one.junction is not None else one.constraint


def _described(one: Relationship) -> dict[str, str]:
    if one.function is not None:
        return {}
    junction = one.junction
    if junction is not None:
        way = (
            f"{junction.table.name} using {junction.source_constraint}{_list(junction.source_columns, 1)} "
            f"and {junction.target_constraint}{_list(junction.target_columns, 1)}"
        )
    else:
        way = (
            f"{one.constraint} using {one.table.name}{_list(one.columns, 0)} "
            f"and {one.foreign_table.name}{_list(one.columns, 1)}"
        )
    return {
        "cardinality": str(one.cardinality),
        "embedding": f"{one.table.name} with {one.foreign_table.name}",
        "relationship": way,
    }


def _list(pairs: Sequence[tuple[str, str]], side: int) -> str:
    return f"({', '.join([pair[side] for pair in pairs])})"
