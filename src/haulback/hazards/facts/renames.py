"""Renames and moves to another schema that clients notice, as far as nothing of the old name stands afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from haulback.hazards import names
from haulback.hazards.facts.object_names import member, named
from haulback.hazards.facts.objects import objects
from haulback.hazards.reading import Reading, Seen
from haulback.migrations import grammar
from haulback.migrations.grammar import Node


@dataclass(frozen=True, slots=True)
class Rename:
    """One change of a name.

    Attributes:
        kind: as the grammar names it, such as `TABLE`; COLUMN for those of views, too.
        old, new: names, with the table's before them where they are only unique there.
        table: that a column or constraint belongs to; empty for others.
    """

    seen: Seen
    kind: str
    old: str
    new: str
    table: str = ""


def renames(reading: Reading, *kinds: str) -> Iterator[Rename]:
    """The renames of objects that were there before, and whose old name nothing takes in this file."""
    for seen in reading.of("rename_stmt"):
        one = _read(seen)
        if one.kind in kinds and _felt(reading, one):
            yield one


def moves(reading: Reading) -> Iterator[Rename]:
    """The same for SET SCHEMA."""
    for seen in reading.of("alter_object_schema_stmt"):
        node = seen.node
        kind = grammar.enum(node, "object_type").removeprefix("OBJECT_")
        old = names.relation(node.relation) if node.HasField("relation") else named(kind, node.object)[0]
        one = Rename(seen, kind, old, names.dotted(node.newschema, names.bare(old)))
        if _felt(reading, one):
            yield one


def _felt(reading: Reading, one: Rename) -> bool:
    found = objects(reading)
    position = found.position(one.seen)
    if one.table and found.made("TABLE", one.table, before=position):
        return False
    return not found.made(one.kind, one.old)


def _read(seen: Seen) -> Rename:
    node = seen.node
    kind = grammar.enum(node, "rename_type").removeprefix("OBJECT_")
    if kind in _MEMBERS:
        table = names.relation(node.relation)
        return Rename(seen, kind, member(table, node.subname), member(table, node.newname), table)
    old = _NAMES.get(kind, _of_relation)(node)
    new = names.dotted(*names.parts(old)[:-1], node.newname)
    return Rename(seen, kind, old, new)


def _of_relation(node: Node) -> str:
    if node.HasField("relation"):
        return names.relation(node.relation)
    kind = grammar.enum(node, "rename_type").removeprefix("OBJECT_")
    return named(kind, node.object)[0] if node.HasField("object") else names.dotted(node.subname)


_MEMBERS = frozenset({"COLUMN", "TABCONSTRAINT", "TRIGGER", "POLICY", "RULE", "ATTRIBUTE"})
_NAMES: dict[str, Callable[[Node], str]] = {
    "DOMCONSTRAINT": lambda node: member(names.qualified(names.words(node.object.list.items)), node.subname),
    "DOMAIN": lambda node: names.qualified(names.words(node.object.list.items)),
    "TYPE": lambda node: names.qualified(names.words(node.object.list.items)),
}
