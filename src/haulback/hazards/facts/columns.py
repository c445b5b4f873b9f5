"""The columns that a file adds, and the foreign keys on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from haulback.hazards import names, once
from haulback.hazards.reading import Reading, Seen
from haulback.migrations.grammar import Node, enum


@dataclass(frozen=True, slots=True)
class Added:
    """A column that a statement adds to a table."""

    seen: Seen
    table: str
    column: Node

    @property
    def subject(self) -> str:
        return f"{self.table}.{names.dotted(self.column.colname)}"

    @property
    def type_name(self) -> str:
        """The name of its type alone, such as `int4`; `[]` behind that of an array."""
        type_ = self.column.type_name
        listed = names.words(type_.names)
        return f"{listed[-1] if listed else ''}{'[]' if type_.array_bounds else ''}"


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key that a statement declares."""

    seen: Seen
    table: str
    columns: tuple[str, ...]
    target: str
    on_delete: str  # a, r, c, n or d, as pg_constraint has it


@once.for_each
def added(reading: Reading) -> tuple[Added, ...]:
    """The columns of new tables, and those that ALTER TABLE adds; temporary tables left out."""
    return tuple(_added(reading))


def _added(reading: Reading) -> Iterator[Added]:
    for seen in reading.of("create_stmt"):
        if seen.node.relation.relpersistence != "t":
            table = names.relation(seen.node.relation)
            for element in seen.node.table_elts:
                if element.HasField("column_def"):
                    yield Added(seen, table, element.column_def)
    for seen, table, command in reading.altered("AT_AddColumn"):
        yield Added(seen, table, getattr(command, "def").column_def)


def foreign_keys(reading: Reading) -> Iterator[ForeignKey]:
    """The foreign keys of a file; temporary tables left out."""
    for one in added(reading):
        for each in one.column.constraints:
            yield from _key(one.seen, one.table, each.constraint, one.column.colname)
    for seen in reading.of("create_stmt"):
        if seen.node.relation.relpersistence != "t":
            table = names.relation(seen.node.relation)
            for element in seen.node.table_elts:
                if element.HasField("constraint"):
                    yield from _key(seen, table, element.constraint, "")
    for seen, table, command in reading.altered("AT_AddConstraint"):
        yield from _key(seen, table, getattr(command, "def").constraint, "")


def _key(seen: Seen, table: str, constraint: Node, column: str) -> Iterator[ForeignKey]:
    if enum(constraint, "contype") == "CONSTR_FOREIGN":
        columns = tuple(names.words(constraint.fk_attrs)) or (column,)
        yield ForeignKey(seen, table, columns, names.relation(constraint.pktable), constraint.fk_del_action)
