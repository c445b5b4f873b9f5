"""One file as the rules see it: statements with their trees and places, also those inside DO blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from haulback.hazards import names
from haulback.migrations import grammar
from haulback.migrations.grammar import Node
from haulback.model.hazard import Known
from haulback.model.rehearsal import StatementTrace, UnitTrace

if TYPE_CHECKING:
    from haulback.hazards.facts.declared import Declared

# A file of 50 MB is mostly rows, whose trees would take 30 times as much: of a longer statement only the first rows
# are kept, and what is longer still and no list of rows is made again when a rule asks for it.
_SHORT = 1 << 16  # characters
_KEPT = 1 << 20
_ROWS = 1000


@dataclass(frozen=True)
class Seen:
    """One statement of a file.

    Attributes:
        name: of its node, such as `alter_table_stmt`.
        text: as written, without the semicolon.
        start, end: where its text stands in the file, in bytes of UTF-8.
        line, column: of its first word, from 1.
        number: counts the statements of the file from 0; statements of a DO block have that of the block.
        unit: counts what commits together, from 0.
        transactional: whether it may run inside a transaction block.
        inside: whether it stands in a DO block, and runs with it.
        dynamic: whether it is the text of an EXECUTE.
        origin: the location of its first byte in `tree`.
    """

    name: str
    text: str
    start: int
    end: int
    line: int
    column: int
    number: int
    unit: int = 0
    transactional: bool = True
    inside: bool = False
    dynamic: bool = False
    tree: Node = field(default=None, repr=False, compare=False)
    origin: int = field(default=0, repr=False, compare=False)

    @property
    def node(self) -> Node:
        return self.tree if self.tree is not None else grammar.parse(self.text)[0]

    @property
    def end_line(self) -> int:
        return self.line + (0 if self.inside else self.text.count("\n"))

    @property
    def span(self) -> tuple[int, int, int, int]:
        """Line and column of the first character, and of the first behind the last; without the semicolon."""
        breaks = self.text.count("\n")
        last = len(self.text) - self.text.rfind("\n") if breaks else self.column + len(self.text)
        return self.line, self.column, self.line + breaks, last

    def place(self, location: int) -> tuple[int, int]:
        """Line and column of a `location` in this statement's tree."""
        if self.inside or location < self.origin:
            return self.line, self.column
        before = self.text.encode()[: location - self.origin].decode(errors="replace")
        breaks = before.count("\n")
        return self.line + breaks, len(before) - before.rfind("\n") if breaks else self.column + len(before)

    def parts(self, kind: str) -> list[Node]:
        """The nodes of one kind (such as `FuncCall`) anywhere in the statement, rows of VALUES left out."""
        return self._parts.get(kind, [])

    @cached_property
    def _parts(self) -> dict[str, list[Node]]:
        found: dict[str, list[Node]] = {}
        open_nodes = [self.node]
        while open_nodes:  # a list of its own, since a tree may be deeper than Python goes
            node = open_nodes.pop()
            found.setdefault(node.DESCRIPTOR.name, []).append(node)
            for descriptor, value in node.ListFields():
                if descriptor.message_type is not None and descriptor.name != "values_lists":
                    open_nodes.extend(value if descriptor.is_repeated else [value])
        return found


@dataclass(frozen=True)
class Reading:
    """One file.

    Attributes:
        statements: in order, each DO block followed by the statements inside it.
        known: of the target.
        declared: by all files that are read together.
        label: of the migration that the file is; empty where it is none of a plan.
        is_last: whether it is the last one; what is known of all files together is told there.
    """

    path: Path
    text: str
    statements: tuple[Seen, ...]
    known: Known
    declared: Declared
    label: str = ""
    is_last: bool = False

    def of(self, *kinds: str) -> Iterator[Seen]:
        """The statements with one of these node names."""
        for kind in kinds:
            yield from self._by_name.get(kind, ())

    @cached_property
    def _by_name(self) -> dict[str, list[Seen]]:
        found: dict[str, list[Seen]] = {}
        for one in self.statements:
            found.setdefault(one.name, []).append(one)
        return found

    def altered(self, *subtypes: str) -> Iterator[tuple[Seen, str, Node]]:
        """The commands of ALTER TABLE of these subtypes, such as `AT_AddColumn`: statement, table, command."""
        for subtype, seen, table, command in self._commands:
            if not subtypes or subtype in subtypes:
                yield seen, table, command

    @cached_property
    def _commands(self) -> list[tuple[str, Seen, str, Node]]:
        """Read once for all rules: a dozen of them ask for commands of ALTER TABLE."""
        found = []
        for seen in self.of("alter_table_stmt"):
            node = seen.node
            if grammar.enum(node, "objtype") in _TABLES:
                table = names.relation(node.relation)
                for one in node.cmds:
                    command = one.alter_table_cmd
                    found.append((grammar.enum(command, "subtype"), seen, table, command))
        return found

    @cached_property
    def traces(self) -> Mapping[int, StatementTrace]:
        """What the rehearsal saw of statements that ran in a transaction, by their line."""
        if self.known.rehearsal is None or not self.label:
            return {}
        return {one.line: one for one in self.known.rehearsal.statements if one.migration == self.label}

    @cached_property
    def _whole(self) -> Mapping[int, Seen]:
        """The statements of the file itself by number."""
        return {one.number: one for one in self.statements if not one.inside}

    @cached_property
    def units(self) -> tuple[UnitTrace, ...]:
        """What the rehearsal saw of what commits together in this file."""
        rehearsal = self.known.rehearsal
        return tuple(one for one in rehearsal.units if one.migration == self.label) if rehearsal and self.label else ()

    def trace(self, seen: Seen) -> StatementTrace | None:
        """What a statement did on the shadow; None where that is not known."""
        if not self.traces:
            return None
        whole = self._whole.get(seen.number)
        return self.traces.get(whole.line) if whole and whole.transactional else None

    @cached_property
    def created(self) -> Mapping[str, int]:
        """The tables and materialized views that this file makes, with the number of the statement."""
        found: dict[str, int] = {}
        for seen in self.of("create_stmt"):
            found.setdefault(names.relation(seen.node.relation), seen.number)
        for seen in self.of("create_table_as_stmt"):
            found.setdefault(names.relation(seen.node.into.rel), seen.number)
        for seen in self.of("select_stmt"):
            if seen.node.HasField("into_clause"):
                found.setdefault(names.relation(seen.node.into_clause.rel), seen.number)
        return found

    def is_new(self, table: str, seen: Seen) -> bool:
        """Whether nobody can be kept out of the table: this file makes it, or the target has none of that name."""
        table = self.first_name(table, seen)
        made = self.created.get(table)
        if made is not None and made < seen.number:
            # CREATE TABLE IF NOT EXISTS makes nothing where the target has it.
            return self.known.schema is None or table not in self.existing
        return self.known.schema is not None and table not in self.existing

    def first_name(self, table: str, seen: Seen) -> str:
        """The name that a table had before this file, or an earlier one that the target does not have, renamed it."""
        for new, old, number in reversed(self._renames):
            if new == table and number < seen.number:
                table = old
        if self.known.schema is not None and table not in self.existing and table not in self.created:
            return self.declared.history.renamed.get(table, table)
        return table

    @cached_property
    def _renames(self) -> list[tuple[str, str, int]]:
        """(new name, old name, number of the statement), in order."""
        found = []
        for seen in self.of("rename_stmt"):
            if grammar.enum(seen.node, "rename_type") == "OBJECT_TABLE":
                old = names.relation(seen.node.relation)
                found.append((names.dotted(names.schema_of(old), seen.node.newname), old, seen.number))
        return found

    @cached_property
    def existing(self) -> frozenset[str]:
        """The tables and materialized views of the target; empty where nothing is known."""
        if self.known.schema is None:
            return frozenset()
        kinds = {"table", "materialized_view", "foreign_table"}
        return frozenset(names.of_catalog(key.identity) for key in self.known.schema.objects if key.kind in kinds)


def kept(text: str, tree: Node) -> Node | None:
    """The tree, or what of it is worth its memory, or None where it is made again on demand."""
    if len(text) <= _SHORT:
        return tree
    if tree.DESCRIPTOR.name == "InsertStmt" and len(tree.select_stmt.select_stmt.values_lists) > _ROWS:
        del tree.select_stmt.select_stmt.values_lists[_ROWS:]
        small = type(tree)()  # of its own, since what is deleted stays in the memory of the tree it was part of
        small.CopyFrom(tree)
        return small
    return tree if len(text) <= _KEPT else None


_TABLES = frozenset({"OBJECT_TABLE", "OBJECT_FOREIGN_TABLE"})
