"""Which tables in use each statement of a file locks against readers or writers, until its transaction ends.

Seen on PostgreSQL 15 and 18 (tests/integration/hazards/test_lock_facts.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from haulback.hazards import names, once
from haulback.hazards.reading import Reading, Seen
from haulback.migrations.grammar import Node, enum


class Mode(IntEnum):
    """The strong modes, with the server's numbers."""

    SHARE = 5  # writers wait
    SHARE_ROW_EXCLUSIVE = 6
    EXCLUSIVE = 7
    ACCESS_EXCLUSIVE = 8  # readers as well


@dataclass(frozen=True, slots=True)
class Lock:
    """One lock that a statement takes and its transaction keeps.

    Attributes:
        order: of the statement in the file, those inside DO blocks counted apart.
    """

    seen: Seen
    table: str
    mode: Mode
    order: int


@once.for_each
def locks(reading: Reading) -> tuple[Lock, ...]:
    """The strong locks on tables that the file does not make, in order."""
    found = []
    for order, seen in enumerate(reading.statements):
        takes = _TAKEN.get(seen.name)
        if takes is None or not seen.transactional:
            continue
        for named, mode in takes(seen.node):
            table = reading.first_name(named, seen)
            if not reading.is_new(table, seen):
                found.append(Lock(seen, table, mode, order))
    return tuple(found)


def by_unit(reading: Reading) -> dict[int, list[Lock]]:
    """The locks of what commits together."""
    found: dict[int, list[Lock]] = {}
    for one in locks(reading):
        found.setdefault(one.seen.unit, []).append(one)
    return found


@dataclass(frozen=True, slots=True)
class Write:
    """Rows of a table in use that a statement writes; `order` as with a lock."""

    seen: Seen
    table: str
    order: int


@once.for_each
def writes(reading: Reading) -> tuple[Write, ...]:
    """What writes rows of tables that the file does not make, in order; VALUES left out, since they are few."""
    found = []
    for order, seen in enumerate(reading.statements):
        if seen.name not in _WRITING or (seen.name == "insert_stmt" and _is_short(seen.node)):
            continue
        table = reading.first_name(names.relation(seen.node.relation), seen)
        if not reading.is_new(table, seen):
            found.append(Write(seen, table, order))
    return tuple(found)


_WRITING = frozenset({"update_stmt", "delete_stmt", "merge_stmt", "insert_stmt"})


def _is_short(insert: Node) -> bool:
    """Whether an INSERT has no query that could give many rows."""
    return not insert.select_stmt.select_stmt.from_clause


def _altered(node: Node) -> Iterator[tuple[str, Mode]]:
    if enum(node, "objtype") not in {"OBJECT_TABLE", "OBJECT_FOREIGN_TABLE", "OBJECT_MATVIEW"}:
        return
    table = names.relation(node.relation)
    for one in node.cmds:
        command = one.alter_table_cmd
        subtype = enum(command, "subtype")
        definition = getattr(command, "def")
        if subtype in _WEAK:
            continue
        if subtype in {"AT_AttachPartition", "AT_DetachPartition"}:
            yield names.relation(definition.partition_cmd.name), Mode.ACCESS_EXCLUSIVE
        if subtype == "AT_AttachPartition":
            continue
        mode = Mode.SHARE_ROW_EXCLUSIVE if subtype in _WRITERS else Mode.ACCESS_EXCLUSIVE
        keys = [definition.constraint] if definition.HasField("constraint") else _constraints(definition)
        for constraint in keys:
            if constraint.HasField("pktable"):
                yield names.relation(constraint.pktable), Mode.SHARE_ROW_EXCLUSIVE
                if definition.HasField("constraint"):
                    mode = Mode.SHARE_ROW_EXCLUSIVE
        yield table, mode


def _constraints(definition: Node) -> list[Node]:
    return [one.constraint for one in definition.column_def.constraints] if definition.HasField("column_def") else []


# These let others read and write, or only mark something.
_WEAK = frozenset(
    {
        "AT_SetStatistics",
        "AT_SetOptions",
        "AT_ResetOptions",
        "AT_SetRelOptions",
        "AT_ResetRelOptions",
        "AT_ClusterOn",
        "AT_DropCluster",
        "AT_ValidateConstraint",
        "AT_DetachPartitionFinalize",
    }
)
_WRITERS = frozenset(
    {
        "AT_EnableTrig",
        "AT_DisableTrig",
        "AT_EnableTrigAll",
        "AT_DisableTrigAll",
        "AT_EnableTrigUser",
        "AT_DisableTrigUser",
        "AT_EnableAlwaysTrig",
        "AT_EnableReplicaTrig",
    }
)


def _dropped(node: Node) -> Iterator[tuple[str, Mode]]:
    kind = enum(node, "remove_type")
    for one in node.objects:
        if kind in {"OBJECT_TABLE", "OBJECT_MATVIEW"}:
            yield names.qualified(names.words(one.list.items)), Mode.ACCESS_EXCLUSIVE
        elif kind in {"OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE"}:
            yield names.qualified(names.words(one.list.items)[:-1]), Mode.ACCESS_EXCLUSIVE


def _created(node: Node) -> Iterator[tuple[str, Mode]]:
    if node.HasField("partbound"):
        yield names.relation(node.inh_relations[0].range_var), Mode.ACCESS_EXCLUSIVE
    for one in node.table_elts:
        keys = [one.constraint] if one.HasField("constraint") else _constraints(one)
        for constraint in keys:
            if constraint.HasField("pktable"):
                yield names.relation(constraint.pktable), Mode.SHARE_ROW_EXCLUSIVE


def _truncated(node: Node) -> Iterator[tuple[str, Mode]]:
    for one in node.relations:
        yield names.relation(one.range_var), Mode.ACCESS_EXCLUSIVE


def _locked(node: Node) -> Iterator[tuple[str, Mode]]:
    if node.mode >= Mode.SHARE:
        for one in node.relations:
            yield names.relation(one.range_var), Mode(node.mode)


def _renamed(node: Node) -> Iterator[tuple[str, Mode]]:
    kind = enum(node, "relation_type") if enum(node, "rename_type") == "OBJECT_COLUMN" else enum(node, "rename_type")
    if kind in {"OBJECT_TABLE", "OBJECT_TABCONSTRAINT", "OBJECT_POLICY", "OBJECT_TRIGGER"}:
        yield names.relation(node.relation), Mode.ACCESS_EXCLUSIVE


def _at(field: str, mode: Mode) -> Callable[[Node], Iterator[tuple[str, Mode]]]:
    """A statement that locks the one table in a field of its tree."""

    def taken(node: Node) -> Iterator[tuple[str, Mode]]:
        if node.HasField(field):
            yield names.relation(getattr(node, field)), mode

    return taken


_TAKEN: dict[str, Callable[[Node], Iterator[tuple[str, Mode]]]] = {
    "alter_table_stmt": _altered,
    "drop_stmt": _dropped,
    "create_stmt": _created,
    "truncate_stmt": _truncated,
    "lock_stmt": _locked,
    "rename_stmt": _renamed,
    "create_policy_stmt": _at("table", Mode.ACCESS_EXCLUSIVE),
    "alter_policy_stmt": _at("table", Mode.ACCESS_EXCLUSIVE),
    "rule_stmt": _at("relation", Mode.ACCESS_EXCLUSIVE),
    "cluster_stmt": _at("relation", Mode.ACCESS_EXCLUSIVE),
    "create_trig_stmt": _at("relation", Mode.SHARE_ROW_EXCLUSIVE),
    "index_stmt": _at("relation", Mode.SHARE),
}
