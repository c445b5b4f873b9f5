"""Constraints: what they are called, and their text."""

from __future__ import annotations

from haulback.hazards import names, once
from haulback.hazards.facts import trees
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.reading import Reading
from haulback.migrations.grammar import Node, enum
from haulback.model.schema import Schema, SchemaObject

_LONGEST = 63  # bytes of a name

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
        middle = "_".join(keys(node) or ([column] if column else []))
    return _free(reading, table, names.bare(table), middle, _LABELS[kind])


def keys(node: Node) -> list[str]:
    """The columns that a table constraint is over."""
    if enum(node, "contype") == "CONSTR_FOREIGN":
        return names.words(node.fk_attrs)
    if enum(node, "contype") == "CONSTR_EXCLUSION":
        return [one.list.items[0].index_elem.name or "expr" for one in node.exclusions]
    return names.words(node.keys)


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
    """A name as the server takes it."""
    return _whole(name_.encode()[:_LONGEST])


def _whole(encoded: bytes) -> str:
    return encoded.decode(errors="ignore")


def _free(reading: Reading, table: str, first: str, middle: str, label: str) -> str:
    """The first such name that the table does not have: PostgreSQL counts up from 1."""
    taken = _taken(reading, table)
    number = 0
    while (chosen := composed(first, middle, label + (str(number) if number else ""))) in taken:
        number += 1
    return chosen


def _taken(reading: Reading, table: str) -> frozenset[str]:
    return frozenset(names.bare(name_) for name_ in of_table(reading, table))


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
