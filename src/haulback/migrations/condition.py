"""Whether a text is one condition, and no more than that."""

from __future__ import annotations

from typing import Any

from haulback.migrations.grammar import NotSql, statements


def problem(text: str) -> str | None:
    """Why `text` cannot stand as one expression between brackets; None where it can.

    A subquery is refused as well: a condition is over the columns of a row.
    """
    if not text.strip():
        return "it is empty"
    try:
        found = list(statements(f"select 1 where ({text}\n)".encode()))
    except NotSql as fault:
        return fault.problem
    if len(found) != 1 or found[0].name != "select_stmt" or not _is_bare(found[0].node):
        return "it is more than one expression"
    if _holds(found[0].node, "SubLink"):
        return "it holds a subquery"
    return None


def _is_bare(node: Any) -> bool:
    """Whether the select has its one column and its condition, and nothing else."""
    given = {field.name for field, _ in node.ListFields()}
    return given <= {"target_list", "where_clause", "limit_option", "op"} and len(node.target_list) == 1


def _holds(node: Any, kind: str) -> bool:
    if node.DESCRIPTOR.name == kind:
        return True
    for field, value in node.ListFields():
        if field.message_type is None:
            continue
        parts = value if hasattr(value, "__len__") and not hasattr(value, "DESCRIPTOR") else [value]
        if any(_holds(part, kind) for part in parts):
            return True
    return False
