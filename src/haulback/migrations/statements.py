"""Tells of one parsed statement what it is, whether it may run in a transaction, and what it destroys.

The node names are libpg_query's, which are the server's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from haulback.migrations.grammar import Node, enum

_COMMIT_IN_BODY = re.compile(r"\b(commit|rollback)\b(?!\s+to\b)", re.IGNORECASE)


def kind_of(name: str) -> str:
    """`create_stmt` -> `create table`; what has no better name keeps its own, in words."""
    return _KINDS.get(name) or name.removesuffix("_stmt").replace("_", " ")


_KINDS = {
    "create_stmt": "create table",
    "create_table_as_stmt": "create table as",
    "index_stmt": "create index",
    "view_stmt": "create view",
    "create_function_stmt": "create function",
    "create_trig_stmt": "create trigger",
    "create_seq_stmt": "create sequence",
    "create_enum_stmt": "create type",
    "composite_type_stmt": "create type",
    "alter_enum_stmt": "alter type",
    "rule_stmt": "create rule",
    "variable_set_stmt": "set",
    "insert_stmt": "insert",
    "update_stmt": "update",
    "delete_stmt": "delete",
    "merge_stmt": "merge",
    "select_stmt": "select",
}


def allows_transaction(name: str, node: Node) -> bool:
    """Whether the server lets the statement run inside a transaction block."""
    rule = _OUTSIDE.get(name)
    return rule is None or not rule(node)


def _always(_: Node) -> bool:
    return True


def _detaches_concurrently(node: Node) -> bool:
    commands = [one.alter_table_cmd for one in node.cmds]
    detached = [getattr(one, "def") for one in commands if enum(one, "subtype") == "AT_DetachPartition"]
    return any(one.partition_cmd.concurrent for one in detached)


def _reindexes_apart(node: Node) -> bool:
    whole = {"REINDEX_OBJECT_SCHEMA", "REINDEX_OBJECT_SYSTEM", "REINDEX_OBJECT_DATABASE"}
    options = {option.def_elem.defname for option in node.params}
    return enum(node, "kind") in whole or "concurrently" in options


def _commits_inside(node: Node) -> bool:
    bodies = [arg.def_elem.arg.string.sval for arg in node.args if arg.def_elem.defname == "as"]
    return any(_COMMIT_IN_BODY.search(without_comments(body)) for body in bodies)


_OUTSIDE: dict[str, Callable[[Node], bool]] = {
    "vacuum_stmt": lambda node: node.is_vacuumcmd,
    "index_stmt": lambda node: node.concurrent,
    "drop_stmt": lambda node: node.concurrent,
    "reindex_stmt": _reindexes_apart,
    "cluster_stmt": lambda node: not node.HasField("relation"),
    "alter_table_stmt": _detaches_concurrently,
    "alter_system_stmt": _always,
    "createdb_stmt": _always,
    "dropdb_stmt": _always,
    "create_table_space_stmt": _always,
    "drop_table_space_stmt": _always,
    "create_subscription_stmt": _always,
    "drop_subscription_stmt": _always,
    "discard_stmt": lambda node: enum(node, "target") == "DISCARD_ALL",
    "alter_database_stmt": lambda node: any(one.def_elem.defname == "tablespace" for one in node.options),
    # A procedure or a DO block that commits by itself fails inside a transaction.
    "do_stmt": _commits_inside,
    # A value added to an enum cannot be used before it is committed.
    "alter_enum_stmt": lambda node: bool(node.new_val) and not node.old_val,
}


def destroys(name: str, node: Node) -> tuple[str, ...]:
    """What the statement takes away by its own text, for a person.

    What it takes away through functions, cascades or dynamic SQL, only a rehearsal sees.
    """
    rule = _DESTROYERS.get(name)
    own = tuple(rule(node)) if rule else ()
    return (*own, *_by_parts(node))


def _by_parts(node: Node) -> Iterable[str]:
    """What the data-changing WITH queries of a statement, and the query that it explains or runs, take away."""
    fields = node.DESCRIPTOR.fields_by_name
    inner = [one.common_table_expr.ctequery for one in node.with_clause.ctes] if "with_clause" in fields else []
    if "query" in fields and (node.DESCRIPTOR.name != "ExplainStmt" or _analyzes(node)):
        inner.append(node.query)
    for one in inner:
        if name := one.WhichOneof("node"):
            yield from destroys(name, getattr(one, name))


def _analyzes(node: Node) -> bool:
    return any(option.def_elem.defname == "analyze" for option in node.options)


def _overwritten(node: Node) -> Iterable[str]:
    if node.HasField("on_conflict_clause") and enum(node.on_conflict_clause, "action") == "ONCONFLICT_UPDATE":
        yield f"old values in {_relation(node.relation)}"


def _dropped(node: Node) -> Iterable[str]:
    kind = enum(node, "remove_type").removeprefix("OBJECT_").lower().replace("matview", "materialized view")
    if kind in {"table", "schema", "sequence", "materialized view", "type", "foreign_table", "extension"}:
        for one in node.objects:
            yield f"{kind.replace('_', ' ')} {_name(one)}"


def _altered(node: Node) -> Iterable[str]:
    table = _relation(node.relation)
    for one in node.cmds:
        command = one.alter_table_cmd
        subtype = enum(command, "subtype")
        if subtype == "AT_DropColumn":
            yield f"column {table}.{command.name}"
        elif subtype == "AT_AlterColumnType":
            yield f"the old type of {table}.{command.name}"


_DESTROYERS: dict[str, Callable[[Node], Iterable[str]]] = {
    "drop_stmt": _dropped,
    "alter_table_stmt": _altered,
    "truncate_stmt": lambda node: (f"all rows of {_relation(one.range_var)}" for one in node.relations),
    "delete_stmt": lambda node: (f"rows of {_relation(node.relation)}",),
    "update_stmt": lambda node: (f"old values in {_relation(node.relation)}",),
    "merge_stmt": lambda node: (f"old values in {_relation(node.relation)}",),
    "insert_stmt": _overwritten,
    "dropdb_stmt": lambda node: (f"database {node.dbname}",),
    "drop_owned_stmt": lambda _: ("everything that a role owns",),
}


def _relation(node: Node) -> str:
    return ".".join(part for part in (node.schemaname, node.relname) if part)


def _name(node: Node) -> str:
    which = node.WhichOneof("node")
    if which == "list":
        return ".".join(item.string.sval for item in node.list.items)
    if which == "type_name":
        return ".".join(item.string.sval for item in node.type_name.names)
    return str(node.string.sval)


def without_comments(body: str) -> str:
    """The text with every comment, quoted literal and quoted name made a space: words in them mean nothing."""
    return _QUIET.sub(" ", body)


_QUIET = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"", re.DOTALL)
