"""Which existing tables a plan touches, as far as its text tells: for checks that look ahead, not for safety."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.migrations import grammar
from haulback.migrations.grammar import Node
from haulback.model.migration import Plan, Statement

_TABLE_STATEMENTS = frozenset(
    {"alter table", "create index", "create trigger", "create policy", "drop", "truncate", "update", "delete", "insert"}
)

_CHANGING_STATEMENTS = frozenset({"alter table", "drop", "truncate", "update", "delete", "insert", "merge"})


def relations_of(plan: Plan) -> tuple[str, ...]:
    """Quoted, schema-qualified names (`public` where none is written), sorted."""
    names: set[str] = set()
    for migration in plan.migrations:
        for statement in migration.script.statements:
            if statement.kind in _TABLE_STATEMENTS:
                for tree in grammar.parse(statement.text):
                    names.update(_relations(tree))
    return tuple(sorted(names))


def changed_by(plan: Plan) -> tuple[str, ...]:
    """Those whose rows or columns it changes, named as by `relations_of`, sorted; those that it only reads are not."""
    names: set[str] = set()
    for migration in plan.migrations:
        for statement in migration.script.statements:
            if statement.kind in _CHANGING_STATEMENTS:
                for tree in grammar.parse(statement.text):
                    names.update(_changed(tree))
    return tuple(sorted(names))


def indexed_table(statement: Statement) -> str | None:
    """The table that a CREATE INDEX is for, quoted; the schema only where it is written."""
    if statement.kind != "create index":
        return None
    relation = grammar.parse(statement.text)[0].relation
    return ".".join('"' + part.replace('"', '""') + '"' for part in (relation.schemaname, relation.relname) if part)


def qualified(*parts: str) -> str:
    """`orders` -> `"public"."orders"`; `audit`, `log` -> `"audit"."log"`."""
    named = [part for part in parts if part]
    return ".".join('"' + part.replace('"', '""') + '"' for part in (["public", *named] if len(named) == 1 else named))


def _relations(tree: Node) -> Iterator[str]:
    """The tables that a statement names anywhere; a list of its own, since a tree may be deeper than Python goes."""
    open_nodes = [tree]
    while open_nodes:
        node = open_nodes.pop()
        name = node.DESCRIPTOR.name
        if name == "RangeVar":
            yield qualified(node.schemaname, node.relname)
            continue
        if name == "DropStmt":
            yield from _dropped(node)
            continue
        for field, value in node.ListFields():
            # Rows of VALUES can be a whole file, and name no table in practice.
            if field.message_type is not None and field.name != "values_lists":
                open_nodes.extend(value if field.is_repeated else [value])


def _changed(tree: Node) -> Iterator[str]:
    name = tree.DESCRIPTOR.name
    if name == "DropStmt":
        yield from _dropped(tree, tables_only=True)
    elif name == "TruncateStmt":
        yield from (qualified(one.range_var.schemaname, one.range_var.relname) for one in tree.relations)
    elif "relation" in tree.DESCRIPTOR.fields_by_name:
        yield qualified(tree.relation.schemaname, tree.relation.relname)


def _dropped(node: Node, *, tables_only: bool = False) -> Iterator[str]:
    """Of what a DROP names, only tables, and the tables that a policy or trigger is on, can be locked."""
    descriptor = node.DESCRIPTOR.fields_by_name["remove_type"].enum_type
    kind = descriptor.values_by_number[node.remove_type].name
    for one in node.objects:
        parts = [item.string.sval for item in one.list.items]
        if kind == "OBJECT_TABLE":
            yield qualified(*parts)
        elif not tables_only and kind in {"OBJECT_POLICY", "OBJECT_TRIGGER", "OBJECT_RULE"}:
            yield qualified(*parts[:-1])
