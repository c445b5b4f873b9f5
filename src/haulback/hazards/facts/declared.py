"""What the files that are read together declare, in their order: a later file may complete an earlier one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from haulback.hazards import names
from haulback.hazards.facts.history import History
from haulback.hazards.facts.promises import Promises
from haulback.hazards.facts.standing import KINDS, Standing
from haulback.hazards.reading import Seen
from haulback.migrations.grammar import enum


@dataclass
class Declared:
    """Filled while files are read, complete before any rule looks.

    Attributes:
        row_security: tables on which RLS is switched on at the end.
        policies: tables that have a policy at the end.
        dropped: tables that are gone at the end.
        indexes: the columns that each index of a table leads with, keys and unique constraints included.
        keyed: tables with a primary key.
        dynamic: the lower-cased texts of DO blocks, which may declare what no parse tree tells.
        history: of columns, types and functions, in order.
        promises: constraints, unique indexes and references.
        text: of all files, lower-cased; only where a rehearsal is looked at.
    """

    row_security: set[str] = field(default_factory=set)
    policies: dict[str, set[str]] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    indexes: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    keyed: set[str] = field(default_factory=set)
    dynamic: list[str] = field(default_factory=list)
    history: History = field(default_factory=History)
    promises: Promises = field(default_factory=Promises)
    text: str = ""

    kept: list[Seen] = field(default_factory=list)  # what `standing` is made of

    def add(self, statements: Iterable[Seen]) -> None:
        for seen in statements:
            if seen.name in KINDS:
                self.kept.append(seen)
            self.promises.add(seen)
            reader = _READERS.get(seen.name)
            if reader:
                reader(self, seen)
            self.history.add(seen)

    @cached_property
    def standing(self) -> Standing:
        """What is left at the end; asked for when everything was added."""
        return Standing.after(self.kept)

    def index(self, table: str, columns: Iterable[str]) -> None:
        self.indexes.setdefault(table, []).append(tuple(columns))


def _create(declared: Declared, seen: Seen) -> None:
    node = seen.node
    table = names.relation(node.relation)
    declared.dropped.discard(table)
    for element in node.table_elts:
        if element.HasField("column_def"):
            for constraint in element.column_def.constraints:
                _key(declared, table, constraint.constraint, element.column_def.colname)
        elif element.HasField("constraint"):
            _key(declared, table, element.constraint, "")


def _key(declared: Declared, table: str, constraint: object, column: str) -> None:
    kind = enum(constraint, "contype")
    if kind not in {"CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_EXCLUSION"}:
        return
    listed = names.words(constraint.keys) if hasattr(constraint, "keys") else []
    declared.index(table, listed or ([column] if column else []))
    if kind == "CONSTR_PRIMARY":
        declared.keyed.add(table)


def _alter(declared: Declared, seen: Seen) -> None:
    table = names.relation(seen.node.relation)
    for one in seen.node.cmds:
        command = one.alter_table_cmd
        definition = getattr(command, "def")
        match enum(command, "subtype"):
            case "AT_EnableRowSecurity":
                declared.row_security.add(table)
            case "AT_DisableRowSecurity":
                declared.row_security.discard(table)
            case "AT_AddConstraint":
                _key(declared, table, definition.constraint, "")
            case "AT_AddColumn":
                for constraint in definition.column_def.constraints:
                    _key(declared, table, constraint.constraint, definition.column_def.colname)


def _policy(declared: Declared, seen: Seen) -> None:
    declared.policies.setdefault(names.relation(seen.node.table), set()).add(seen.node.policy_name)


def _index(declared: Declared, seen: Seen) -> None:
    columns = [element.index_elem.name for element in seen.node.index_params]
    if not seen.node.HasField("where_clause"):
        declared.index(names.relation(seen.node.relation), columns)


def _drop(declared: Declared, seen: Seen) -> None:
    kind = enum(seen.node, "remove_type")
    for one in seen.node.objects:
        if kind == "OBJECT_TABLE":
            declared.dropped.add(names.qualified(names.words(one.list.items)))
        elif kind == "OBJECT_POLICY":
            *table, policy = names.words(one.list.items)
            declared.policies.get(names.qualified(table), set()).discard(policy)


def _rename(declared: Declared, seen: Seen) -> None:
    node = seen.node
    if enum(node, "rename_type") != "OBJECT_TABLE":
        return
    old = names.relation(node.relation)
    new = names.dotted(names.schema_of(old), node.newname)
    declared.dropped.add(old)
    for kept in (declared.row_security, declared.keyed):
        if old in kept:
            kept.add(new)
    if old in declared.policies:
        declared.policies[new] = declared.policies.pop(old)
    if old in declared.indexes:
        declared.indexes[new] = declared.indexes.pop(old)


def _do(declared: Declared, seen: Seen) -> None:
    declared.dynamic.append(seen.text.lower())


_READERS = {
    "create_stmt": _create,
    "alter_table_stmt": _alter,
    "create_policy_stmt": _policy,
    "index_stmt": _index,
    "drop_stmt": _drop,
    "rename_stmt": _rename,
    "do_stmt": _do,
}
