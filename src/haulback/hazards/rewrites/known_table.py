"""One table as the target has it: its columns, key, triggers and what else lives with it."""

from __future__ import annotations

from functools import cached_property

from haulback.hazards import names
from haulback.hazards.facts import constraints
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rewrites.offer import NotOffered
from haulback.migrations import grammar
from haulback.migrations.grammar import Node
from haulback.model.schema import Schema, SchemaObject

_ON_UPDATE = 16  # of the server's bits of a trigger's events: TRIGGER_TYPE_UPDATE


class KnownTable:
    """A table of the target.

    Attributes:
        schema: that it is in.
        object: the table itself.
        parts: its columns, constraints, indexes, triggers, defaults, policies, statistics, ...
    """

    def __init__(self, schema: Schema, table: SchemaObject) -> None:
        self.schema, self.object = schema, table
        self.parts = [one for one in schema if one.parent == table.key]

    def of(self, kind: str) -> list[SchemaObject]:
        """Its parts of one kind."""
        return [one for one in self.parts if one.key.kind == kind]

    def column(self, name: str) -> SchemaObject | None:
        """A column by its bare name."""
        return next((one for one in self.of("column") if names.parts(one.key.identity)[-1] == name), None)

    def type_of(self, name: str) -> str:
        """The type of a column, as the catalogs write it."""
        found = self.column(name)
        return str(found.facets["type"]) if found is not None else ""

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The columns of the primary key; empty without one."""
        for one in self.of("constraint"):
            if one.facets["type"] == "p":
                return tuple(constraints.keys(constraints.parsed(one)))
        return ()

    @property
    def is_plain(self) -> bool:
        """Whether it has no partitions, parents or children, and shows us every row."""
        facets = self.object.facets
        strange = ("partition_key", "bound", "parents", "of_type", "force_row_security", "unlogged")
        children = any(
            self.object.key.identity in (one.facets.get("parents") or ())
            for one in self.schema
            if one.key.kind in {"table", "foreign_table"}
        )
        return not children and not any(facets.get(one) for one in strange)

    def is_filtered(self, published: dict[str, object]) -> bool:
        """Whether an entry of a publication is this table with a list of columns or a filter of rows."""
        return published["name"] == self.object.key.identity and bool(published["columns"] or published["where"])


def known_table(reading: Reading, table: str) -> KnownTable:
    """The table of a dotted name.

    Raises:
        NotOffered: nothing is known of the target, or it has no such table.
    """
    if reading.known.schema is None:
        raise NotOffered("the target is not known: `haulback plan` asks it")
    found = catalog(reading.known.schema).one("table", table)
    if found is None:
        raise NotOffered(f"the target has no table {table}")
    if mentions(reading.known.earlier, names.bare(table)):
        raise NotOffered(f"an earlier pending file is about {table}: deploy that first")
    return KnownTable(reading.known.schema, found)


def mentions(text: str, name: str) -> bool:
    """Whether SQL may be about a name, however it is written."""
    lowered = text.lower()
    return name.lower() in lowered or name.replace('"', '""').lower() in lowered or 'u&"' in lowered


def on_update(reading: Reading, seen: Seen, table: KnownTable) -> list[Node]:
    """The trees of the triggers that an UPDATE may fire when a statement runs, those of the file included."""
    name = names.of_catalog(table.object.key.identity)
    known = [grammar.parse(one.facets["definition"])[0] for one in table.of("trigger") if one.facets["enabled"] != "D"]
    made = [
        one.node
        for one in reading.of("create_trig_stmt")
        if one.number < seen.number and names.relation(one.node.relation) == name
    ]
    return [one for one in (*known, *made) if one.events & _ON_UPDATE]


def fires_for(trigger: Node, columns: frozenset[str]) -> bool:
    """Whether an UPDATE that assigns these columns fires it."""
    listed = names.words(trigger.columns)
    return not listed or bool(columns & set(listed))
