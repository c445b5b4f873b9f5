"""Statements that change rows which were there: DELETE, UPDATE, MERGE and upserts, also those in a WITH."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from haulback.hazards import names
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.facts.objects import objects
from haulback.hazards.facts.promises import promises
from haulback.hazards.reading import Reading, Seen
from haulback.migrations.grammar import Node, enum


class Verb(StrEnum):
    DELETE = "delete"
    UPDATE = "update"
    UPSERT = "upsert"
    MERGE = "merge"


@dataclass(frozen=True, slots=True)
class Write:
    """One write.

    Attributes:
        everywhere: whether no condition limits it.
        columns: that it sets, of an update.
    """

    seen: Seen
    verb: Verb
    table: str
    everywhere: bool
    columns: tuple[str, ...] = ()


def writes(reading: Reading, *verbs: Verb) -> Iterator[Write]:
    """The writes of these kinds to tables that held rows before this file."""
    for seen in reading.of("delete_stmt", "update_stmt", "insert_stmt", "merge_stmt", "select_stmt"):
        for name, node in _with_parts(seen.name, seen.node):
            write = _read(seen, name, node)
            if write and write.verb in verbs and not made_here(reading, write.table, seen):
                yield write


def made_here(reading: Reading, table: str, seen: Seen) -> bool:
    """Whether the file makes the table, and the target had none of that name."""
    found = objects(reading)
    there = reading.known.schema is not None and bool(catalog(reading.known.schema).find(("table",), table))
    return not there and found.made("TABLE", table, before=found.position(seen))


def referring(reading: Reading, table: str, *, cascading: bool) -> list[str]:
    """The tables that refer to a table, near and far; with `cascading` those whose rows are deleted along."""
    found: list[str] = []
    open_tables = [table]
    while open_tables:
        for other in _referring(reading, open_tables.pop(), cascading=cascading):
            if other != table and other not in found:
                found.append(other)
                open_tables.append(other)
    return sorted(found)


def _referring(reading: Reading, table: str, *, cascading: bool) -> Iterator[str]:
    for other, cascades in promises(reading).references.get(table, {}).items():
        if cascades or not cascading:
            yield other
    if reading.known.schema is not None:
        for other, definition in catalog(reading.known.schema).referencing(table):
            if not cascading or "ON DELETE CASCADE" in definition:
                yield other


def _with_parts(name: str, node: Node) -> Iterator[tuple[str, Node]]:
    yield name, node
    if node.HasField("with_clause"):
        for one in node.with_clause.ctes:
            query = one.common_table_expr.ctequery
            inner = query.WhichOneof("node")
            if inner in _WRITING:
                yield from _with_parts(inner, getattr(query, inner))


def _read(seen: Seen, name: str, node: Node) -> Write | None:
    match name:
        case "delete_stmt":
            return Write(seen, Verb.DELETE, names.relation(node.relation), _everywhere(node.where_clause))
        case "update_stmt":
            columns = tuple(one.res_target.name for one in node.target_list)
            return Write(seen, Verb.UPDATE, names.relation(node.relation), _everywhere(node.where_clause), columns)
        case "insert_stmt" if node.HasField("on_conflict_clause"):
            if enum(node.on_conflict_clause, "action") == "ONCONFLICT_UPDATE":
                return Write(seen, Verb.UPSERT, names.relation(node.relation), everywhere=False)
        case "merge_stmt":
            kinds = {enum(one.merge_when_clause, "command_type") for one in node.merge_when_clauses}
            if kinds & {"CMD_UPDATE", "CMD_DELETE"}:
                return Write(seen, Verb.MERGE, names.relation(node.relation), everywhere=False)
    return None


def _everywhere(where: Node) -> bool:
    """Whether there is no condition, or one that is always true."""
    kind = where.WhichOneof("node")
    if kind == "a_expr" and where.a_expr.lexpr.HasField("a_const"):
        return bool(where.a_expr.lexpr.a_const.ival.ival == where.a_expr.rexpr.a_const.ival.ival) and _is_equal(where)
    return kind is None or (kind == "a_const" and bool(where.a_const.boolval.boolval))


def _is_equal(where: Node) -> bool:
    """`1 = 1`, the way in which some write that they mean every row."""
    both = where.a_expr.lexpr.a_const, where.a_expr.rexpr.a_const
    return names.words(where.a_expr.name) == ["="] and all(one.HasField("ival") for one in both)


_WRITING = frozenset({"delete_stmt", "update_stmt", "insert_stmt", "merge_stmt"})
