"""Under which name, and where, each object of a schema stands: its identity, taken apart. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from haulback.model.schema import Address, ObjectKey, Schema, SchemaObject

# A schema, or the relation that something lives in; by name where it is none of ours, such as an extension's.
Home = Address | str

ROUTINES = frozenset({"function", "aggregate"})
INSIDE = frozenset({"column", "constraint", "trigger", "policy", "rule"})
_ALONE = frozenset({"schema", "publication", "event_trigger", "foreign_data_wrapper", "foreign_server"})
_IN_SCHEMA = ROUTINES | {
    *("table", "foreign_table", "view", "materialized_view", "type", "sequence", "index"),
    *("statistics", "collation", "text_search_configuration", "text_search_dictionary"),
}
_NAME = r'"(?:[^"]|"")*"|[^."(]+'
_IDENTITY = re.compile(rf"(?P<schema>{_NAME})\.(?P<name>{_NAME})(?P<arguments>\(.*\))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object stands.

    Attributes:
        name: alone, quoted.
        home: the schema or relation it is named in; None where its name stands alone, or where it follows `rides`.
        rides: the table or materialized view in whose schema it always is.
        arguments: of a routine, in parentheses.
        form: of a constraint or a type.
    """

    key: ObjectKey
    address: Address
    name: str
    home: Home | None = None
    rides: Address | None = None
    arguments: str = ""
    form: str = ""

    @property
    def kind(self) -> str:
        return self.key.kind


def places(schema: Schema) -> Iterator[Place]:
    """Yields the place of each object that has an address and a name of its own."""
    for key, one in schema.objects.items():
        address = schema.addresses.get(key)
        if address is not None and (place := _place(schema, one, address)):
            yield place


def children(schema: Schema) -> Mapping[Home, tuple[Home, ...]]:
    """Returns the tables that inherit from a table, partitions too, one step away."""
    found: dict[Home, tuple[Home, ...]] = {}
    for key, one in schema.objects.items():
        if key.kind in {"table", "foreign_table"} and '"parents"' in one.definition:
            for parent in one.facets.get("parents") or ():
                above, below = schema.addresses.get(ObjectKey("table", parent)), schema.addresses.get(key)
                if above and below:
                    found[above] = (*found.get(above, ()), below)
    return found


def _place(schema: Schema, one: SchemaObject, address: Address) -> Place | None:
    key, parent = one.key, one.parent
    if key.kind in _ALONE:
        return Place(key, address, key.identity)
    if key.kind in INSIDE:
        relation = schema.addresses.get(parent) if parent else None
        if parent is None or relation is None:
            return None
        form = str(one.facets["type"]) if key.kind == "constraint" else ""
        return Place(key, address, key.identity.removeprefix(f"{parent.identity}."), relation, form=form)
    match = _IDENTITY.fullmatch(key.identity) if key.kind in _IN_SCHEMA else None
    if match is None:
        return None
    if parent is not None and key.kind in {"index", "sequence"}:
        above = schema.objects[parent].parent if parent.kind == "column" and parent in schema.objects else parent
        return Place(key, address, match["name"], rides=schema.addresses.get(above) if above else None)
    home: Home = schema.addresses.get(ObjectKey("schema", match["schema"])) or str(match["schema"])
    form = str(one.facets["form"]) if key.kind == "type" else ""
    return Place(key, address, match["name"], home, arguments=match["arguments"] or "", form=form)
