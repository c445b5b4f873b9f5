"""What a file takes away only to put something in its place: no commit may come in between.

Between the two, users would write rows that the constraint, policy or trigger would have refused, hidden or noted, or
would be refused themselves, since the view, column or right that they use is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from haulback.hazards import names
from haulback.migrations.grammar import Node, enum

_TAKES = frozenset({"AT_DropConstraint", "AT_DisableRowSecurity", "AT_DisableTrig", "AT_DisableTrigUser"})
_GIVES = frozenset({"AT_AddConstraint", "AT_EnableRowSecurity", "AT_EnableTrig", "AT_EnableTrigUser"})
_OF_A_TABLE = frozenset({"OBJECT_POLICY", "OBJECT_TRIGGER", "OBJECT_RULE"})


def taken(name: str, node: Node) -> set[str]:
    """The tables, other objects and columns that a statement takes something from, or takes away."""
    return set(_taken(name, node))


def given(name: str, node: Node) -> set[str]:
    """Those that it makes, or gives something."""
    return set(_given(name, node))


def _taken(name: str, node: Node) -> Iterator[str]:
    if name == "alter_table_stmt":
        table = names.relation(node.relation)
        for command in (one.alter_table_cmd for one in node.cmds):
            kind = enum(command, "subtype")
            if kind in _TAKES:
                yield table
            elif kind in {"AT_DropColumn", "AT_DropNotNull"} or _ends_default(command):
                yield _column(table, command.name)
    elif name == "drop_stmt":
        for one in node.objects:
            words = _words(one)
            if words:
                yield names.qualified(words[:-1] if enum(node, "remove_type") in _OF_A_TABLE else words)
    elif name == "rename_stmt":
        table = names.relation(node.relation)
        yield _column(table, node.subname) if enum(node, "rename_type") == "OBJECT_COLUMN" else table
    elif name == "grant_stmt" and not node.is_grant:
        yield from _granted(node)


def _given(name: str, node: Node) -> Iterator[str]:
    if name == "alter_table_stmt":
        table = names.relation(node.relation)
        for command in (one.alter_table_cmd for one in node.cmds):
            kind = enum(command, "subtype")
            if kind in _GIVES:
                yield table
            elif kind == "AT_AddColumn":
                yield _column(table, getattr(command, "def").column_def.colname)
            elif kind in {"AT_SetNotNull", "AT_ColumnDefault"} and not _ends_default(command):
                yield _column(table, command.name)
    elif name == "rename_stmt":
        table = names.relation(node.relation)
        renamed = enum(node, "rename_type") == "OBJECT_COLUMN"
        yield _column(table, node.newname) if renamed else names.dotted(names.schema_of(table), node.newname)
    elif name == "index_stmt" and node.unique:
        table = names.relation(node.relation)
        yield from (table, names.dotted(names.schema_of(table), node.idxname))
    elif name == "grant_stmt" and node.is_grant:
        yield from _granted(node)
    elif name in _MAKES:
        yield _MAKES[name](node)


# What each of these makes, or the table that it makes something of.
_MAKES: dict[str, Callable[[Node], str]] = {
    "composite_type_stmt": lambda node: names.relation(node.typevar),
    "create_domain_stmt": lambda node: names.qualified(names.words(node.domainname)),
    "create_enum_stmt": lambda node: names.qualified(names.words(node.type_name)),
    "create_function_stmt": lambda node: names.qualified(names.words(node.funcname)),
    "create_policy_stmt": lambda node: names.relation(node.table),
    "create_seq_stmt": lambda node: names.relation(node.sequence),
    "create_stmt": lambda node: names.relation(node.relation),
    "create_table_as_stmt": lambda node: names.relation(node.into.rel),
    "create_trig_stmt": lambda node: names.relation(node.relation),
    "rule_stmt": lambda node: names.relation(node.relation),
    "view_stmt": lambda node: names.relation(node.view),
}


def _ends_default(command: Node) -> bool:
    return enum(command, "subtype") == "AT_ColumnDefault" and not command.HasField("def")


def _column(table: str, name: str) -> str:
    return f"{table}.{names.dotted(name)}"


def _words(one: Node) -> list[str]:
    """The parts of the name in a DROP; none where it names no object of a schema."""
    if one.HasField("object_with_args"):
        return names.words(one.object_with_args.objname)
    if one.HasField("type_name"):
        return names.words(one.type_name.names)
    return names.words(one.list.items) if one.HasField("list") else []


def _granted(node: Node) -> Iterator[str]:
    for one in node.objects:
        if one.HasField("range_var"):
            yield names.relation(one.range_var)
        elif words := _words(one):
            yield names.qualified(words)
