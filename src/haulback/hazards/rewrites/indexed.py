"""Indexes and unique constraints over a column, built again over another one that then takes its name."""

from __future__ import annotations

from dataclasses import dataclass

from haulback.hazards import names
from haulback.hazards.facts import constraints, trees
from haulback.hazards.rewrites import writing
from haulback.hazards.rewrites.known_table import KnownTable
from haulback.migrations import grammar
from haulback.migrations.grammar import Node
from haulback.model.schema import SchemaObject

# Facets that a rebuilt index or constraint would not have.
_LOST = ("clustered", "replica_identity", "statistics", "comment", "index_comment", "part_of", "invalid")


def is_index(one: SchemaObject) -> bool:
    """Whether it is an index, or a constraint that has one."""
    return one.key.kind == "index" or (one.key.kind == "constraint" and one.facets["type"] == "u")


def can_move(one: SchemaObject, known: KnownTable, column: SchemaObject) -> bool:
    """Whether it comes out the same when it is built over a column of another type."""
    if not is_index(one) or one.parent != known.object.key or any(one.facets.get(facet) for facet in _LOST):
        return False
    if one.key.kind == "constraint":
        return True
    node = _tree(one)
    name = names.parts(column.key.identity)[-1]
    computed = [element.index_elem.expr for element in node.index_params] + [node.where_clause]
    own = [element.index_elem for element in node.index_params if element.index_elem.name == name]
    # A class of operators that is named is one of the old type; an expression may mean something else of the new one.
    return not any(name in trees.columns(part) for part in computed) and not any(
        element.opclass or element.collation or element.opclassopts for element in own
    )


def temporary(one: SchemaObject) -> str:
    """What its index is called as long as the old one is there."""
    return constraints.cut(f"haulback_{names.bare(one.key.identity)}")


@dataclass(frozen=True, slots=True)
class Moved:
    """One index on its way to the new column.

    Attributes:
        table: as the statement names it.
        old, new: the columns.
    """

    object: SchemaObject
    table: str
    old: str
    new: str

    def build(self) -> str:
        """Builds it beside the old one."""
        node = _tree(self.object)
        node.idxname = self._temporary
        node.concurrent = True
        node.relation.CopyFrom(grammar.parse(f"table {self.table}")[0].from_clause[0].range_var)
        for element in (*node.index_params, *node.index_including_params):
            if element.index_elem.name == self.old:
                element.index_elem.name = self.new
        return writing.statement(node)

    def take_place(self, alter: str) -> str:
        """Gives it the name of the old one, which is gone with its column."""
        ours, name = names.identifier(self._temporary), names.identifier(self._name)
        if self.object.key.kind == "index":
            schema = names.identifier(names.schema_of(self.object.key.identity))
            return f"alter index {schema}.{ours} rename to {name}"
        definition = _constraint(self.object)
        ending = " deferrable initially deferred" if definition.initdeferred else " deferrable"
        return f"{alter} add constraint {name} unique using index {ours}" + (ending if definition.deferrable else "")

    @property
    def _name(self) -> str:
        return names.parts(self.object.key.identity)[-1]

    @property
    def _temporary(self) -> str:
        return temporary(self.object)


def _constraint(one: SchemaObject) -> Node:
    return getattr(writing.command(f"add {one.facets['definition']}").alter_table_cmd, "def").constraint


def _tree(one: SchemaObject) -> Node:
    """The CREATE INDEX of an index, or of the one that a unique constraint has."""
    if one.key.kind == "index":
        return grammar.parse(one.facets["definition"])[0]
    constraint = _constraint(one)
    node = grammar.parse("create unique index i on t using btree (c)")[0]
    writing.cover(node, constraint)
    node.options.extend(constraint.options)
    node.nulls_not_distinct = constraint.nulls_not_distinct
    return node
