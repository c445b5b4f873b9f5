"""A unique constraint or primary key whose index is built beforehand, beside readers and writers."""

from __future__ import annotations

from haulback.hazards import names
from haulback.hazards.reading import Reading
from haulback.hazards.rewrites import added, parting, writing
from haulback.hazards.rewrites.added import Added
from haulback.hazards.rewrites.parting import Part
from haulback.migrations import grammar
from haulback.migrations.grammar import Node


def apart(reading: Reading, one: Added, kind: str) -> str:
    """The statement of a unique constraint or primary key with all of its kind made from an index.

    Empty where there may be no such table, or where a name is free only once the statement has dropped something.
    """
    if one.seen.node.missing_ok and one.table not in reading.existing:
        return ""
    dropped = {each.alter_table_cmd.name for each in one.seen.node.cmds}
    if one.constraint.conname in dropped - {""}:
        return ""

    def part(each: Added) -> Part:
        constraint = each.constraint
        if constraint.indexname:
            return Part((added.adding(constraint),))
        name = each.name(reading)
        index = writing.statement(_index(each, name))
        words = "primary key" if kind == "CONSTR_PRIMARY" else "unique"
        listed = names.identifier(name)
        use = f"{parting.altering(each.seen)} add constraint {listed} {words} using index {listed}{_ending(constraint)}"
        return Part((), (index, use))

    return added.parted(reading, one, kind, part)


def _index(each: Added, name: str) -> Node:
    constraint = each.constraint
    node = grammar.parse("create unique index concurrently i on t (c)")[0]
    node.idxname = name
    node.relation.CopyFrom(each.seen.node.relation)
    node.relation.inh = True
    writing.cover(node, constraint)
    node.options.extend(constraint.options)
    node.table_space = constraint.indexspace
    node.nulls_not_distinct = constraint.nulls_not_distinct
    return node


def _ending(constraint: Node) -> str:
    if not constraint.deferrable:
        return ""
    return " deferrable initially deferred" if constraint.initdeferred else " deferrable"
