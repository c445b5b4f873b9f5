"""Constraints: what they are called, and their text."""

from __future__ import annotations

import hashlib

from haulback.hazards import names, once
from haulback.hazards.facts import trees
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.reading import Reading
from haulback.migrations import grammar
from haulback.migrations.grammar import Node, enum
from haulback.model.schema import Schema, SchemaObject

_LONGEST = 63  # bytes of a name

_INDEXED = frozenset({"CONSTR_UNIQUE", "CONSTR_PRIMARY", "CONSTR_EXCLUSION"})
_RELATIONS = ("table", "foreign_table", "view", "materialized_view", "sequence", "index")
_LABELS = {
    "CONSTR_CHECK": "check",
    "CONSTR_FOREIGN": "fkey",
    "CONSTR_UNIQUE": "key",
    "CONSTR_EXCLUSION": "excl",
    "CONSTR_PRIMARY": "pkey",
    "CONSTR_NOTNULL": "not_null",
}


def name(reading: Reading, table: str, node: Node, column: str = "") -> str:
    """The name that a constraint of a table has, or that PostgreSQL would choose.

    Args:
        reading: what the target has counts, where that is known.
        table: dotted.
        node: the constraint.
        column: the one that it is written at, where it is.
    """
    if node.conname:
        return str(node.conname)
    kind = enum(node, "contype")
    if kind == "CONSTR_PRIMARY":
        middle = ""
    elif kind == "CONSTR_CHECK":
        read = trees.columns(node.raw_expr)
        middle = read[0] if len(read) == 1 else ""
    else:
        middle = "_".join([*keys(node), *names.words(node.including)] or ([column] if column else []))
    return _free(reading, table, names.bare(table), middle, kind)


def keys(node: Node) -> list[str]:
    """The columns that a table constraint is over."""
    if enum(node, "contype") == "CONSTR_FOREIGN":
        return names.words(node.fk_attrs)
    if enum(node, "contype") == "CONSTR_EXCLUSION":
        return [one.list.items[0].index_elem.name or "expr" for one in node.exclusions]
    return names.words(node.keys)


def parsed(constraint: SchemaObject) -> Node:
    """The tree of a constraint of the target."""
    text = f"alter table t add {constraint.facets['definition']}"
    return getattr(grammar.parse(text)[0].cmds[0].alter_table_cmd, "def").constraint


def composed(table: str, middle: str, label: str) -> str:
    """`orders`, `note`, `check` -> `orders_note_check`, cut where PostgreSQL cuts it (makeObjectName)."""
    first, second = table.encode(), middle.encode()
    room = _LONGEST - len(label.encode()) - 1 - (1 if second else 0)
    while len(first) + len(second) > room:
        if len(first) > len(second):
            first = first[:-1]
        else:
            second = second[:-1]
    return "_".join(part for part in (_whole(first), _whole(second), label) if part)


def cut(name_: str) -> str:
    """A name of ours that the server takes; what is too long ends in a digest, so that two of them stay two."""
    encoded = name_.encode()
    if len(encoded) <= _LONGEST:
        return name_
    digest = hashlib.sha256(encoded).hexdigest()[:8]
    return f"{_whole(encoded[: _LONGEST - len(digest) - 1])}_{digest}"


def _whole(encoded: bytes) -> str:
    return encoded.decode(errors="ignore")


def _free(reading: Reading, table: str, first: str, middle: str, kind: str) -> str:
    """The first such name that nothing of the schema has: PostgreSQL counts up from 1."""
    label, number = _LABELS[kind], 0
    taken = _taken(reading, names.schema_of(table), indexed=kind in _INDEXED)
    while (chosen := composed(first, middle, label + (str(number) if number else ""))) in taken:
        number += 1
    return chosen


def _taken(reading: Reading, schema: str, *, indexed: bool) -> frozenset[str]:
    """The names of all constraints of a schema; for one with an index, those of its relations, too."""
    if reading.known.schema is None:
        return frozenset()
    of_constraints, of_relations = _by_schema(reading.known.schema)
    taken = of_constraints.get(schema, frozenset())
    return taken | of_relations.get(schema, frozenset()) if indexed else taken


def relations(reading: Reading, schema: str) -> frozenset[str]:
    """The bare names of the tables, views, sequences and indexes of a schema; none where nothing is known."""
    return _by_schema(reading.known.schema)[1].get(schema, frozenset()) if reading.known.schema else frozenset()


@once.for_each
def _by_schema(schema: Schema) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    found = []
    for kinds in (("constraint",), _RELATIONS):
        listed: dict[str, set[str]] = {}
        for kind in kinds:
            for name_ in catalog(schema).by_name.get(kind, {}):
                parts = names.parts(name_)
                listed.setdefault(parts[0], set()).add(parts[-1])
        found.append({one: frozenset(taken) for one, taken in listed.items()})
    return found[0], found[1]


def of_table(reading: Reading, table: str) -> dict[str, SchemaObject]:
    """The constraints that a table of the target has, by `table.constraint`; none where nothing is known."""
    return _by_table(reading.known.schema).get(table, {}) if reading.known.schema is not None else {}


@once.for_each
def _by_table(schema: Schema) -> dict[str, dict[str, SchemaObject]]:
    found: dict[str, dict[str, SchemaObject]] = {}
    for name_, objects in catalog(schema).by_name["constraint"].items():
        table = names.dotted(*names.parts(name_)[:-1])
        found.setdefault(table, {})[name_] = objects[0]
    return found
