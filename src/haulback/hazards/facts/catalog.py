"""What the target holds, by the names that the rules use."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from haulback.hazards import names, once
from haulback.model.schema import ObjectKey, Schema, SchemaObject

# They own things or set them, and go with nothing.
_NEVER_ALONG = frozenset({"role", "database", "default_privileges", "setting", "membership"})
_REFERENCES = re.compile(r'\bREFERENCES ((?:"(?:[^"]|"")*"|[^\s"(])+)\(')
_WITH_ARGUMENTS = frozenset({"function", "aggregate", "operator", "cast", "membership", "setting"})


class Catalog:
    """One target's objects.

    Attributes:
        by_name: objects by kind and name; functions by their name without arguments.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self.by_name: dict[str, dict[str, list[SchemaObject]]] = defaultdict(dict)
        self._covered: set[str] = {names.DEFAULT_SCHEMA}
        for one in schema:
            name = named(one.key)
            self.by_name[one.key.kind].setdefault(name, []).append(one)
            if one.key.kind in {"schema", "table", "view"}:
                self._covered.add(names.schema_of(name))

    def covers(self, schema: str) -> bool:
        """Whether the objects of a schema were read: those of a platform may be left out."""
        return schema in self._covered

    def find(self, kinds: Iterable[str], name: str) -> list[SchemaObject]:
        return [one for kind in kinds for one in self.by_name.get(kind, {}).get(name, ())]

    def one(self, kind: str, name: str) -> SchemaObject | None:
        return next(iter(self.find((kind,), name)), None)

    def dependants(self, first: Iterable[SchemaObject]) -> list[SchemaObject]:
        """What a CASCADE takes along, near and far, without what lives in an object that goes anyway."""
        chosen = {one.key for one in first}
        gone, open_keys = set(chosen), list(chosen)
        while open_keys:
            for key in self._dependants.get(open_keys.pop(), ()):
                if key not in gone:
                    gone.add(key)
                    open_keys.append(key)
        along = (self._schema.objects[key] for key in sorted(gone - chosen))
        return [one for one in along if one.key.kind not in _NEVER_ALONG and not (one.parent and one.parent in gone)]

    def referencing(self, table: str) -> Iterator[tuple[str, str]]:
        """The foreign keys on a table: (the table that has it, its definition)."""
        for one in self._references.get(table, ()):
            yield names.of_catalog(one.parent.identity) if one.parent else "", str(one.facets.get("definition", ""))

    @cached_property
    def _dependants(self) -> dict[ObjectKey, set[ObjectKey]]:
        found: dict[ObjectKey, set[ObjectKey]] = defaultdict(set)
        for one in self._schema:
            for key in one.depends | ({one.parent} if one.parent else frozenset()):
                found[key].add(one.key)
        return found

    @cached_property
    def _references(self) -> dict[str, list[SchemaObject]]:
        found: dict[str, list[SchemaObject]] = defaultdict(list)
        for one in self.by_name.get("constraint", {}).values():
            for each in one:
                # What it depends on is the key it refers to, not the table; its definition names both.
                match = _REFERENCES.search(str(each.facets.get("definition", "")))
                if each.facets.get("type") == "f" and match:
                    found[names.of_catalog(match[1])].append(each)
        return found


def named(key: ObjectKey) -> str:
    """The name of an object as the rules write it; of a function without its arguments."""
    if key.kind in {"function", "aggregate"}:
        return names.qualified(names.parts(key.identity.partition("(")[0]))
    return key.identity if key.kind in _WITH_ARGUMENTS else names.of_catalog(key.identity)


def shown(one: SchemaObject) -> str:
    """`view public.recent_orders`, for a person."""
    name = one.key.identity if one.key.kind in _WITH_ARGUMENTS else names.of_catalog(one.key.identity)
    return f"{one.key.kind.replace('_', ' ')} {name}"


@once.for_each
def catalog(schema: Schema) -> Catalog:
    """The objects of a schema; made once for all files."""
    return Catalog(schema)
