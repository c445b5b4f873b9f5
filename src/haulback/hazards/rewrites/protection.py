"""What a file takes away from a table only to put something in its place: no commit may come in between.

Between the two, users would write rows that the constraint, policy or trigger would have refused, hidden or noted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from haulback.hazards import names
from haulback.hazards.reading import Seen
from haulback.migrations.grammar import enum

_TAKES = frozenset({"AT_DropConstraint", "AT_DisableRowSecurity", "AT_DisableTrig", "AT_DisableTrigUser"})
_GIVES = frozenset({"AT_AddConstraint", "AT_EnableRowSecurity", "AT_EnableTrig", "AT_EnableTrigUser"})
_DROPPED = frozenset({"OBJECT_POLICY", "OBJECT_TRIGGER", "OBJECT_RULE"})


def taken(statements: Iterable[Seen]) -> dict[str, int]:
    """The tables that statements take a protection from, with the line of the first that does."""
    found: dict[str, int] = {}
    for seen in statements:
        for table in _taken(seen):
            found.setdefault(table, seen.line)
    return found


def given(statements: Iterable[Seen]) -> dict[str, int]:
    """The tables that statements give one, with the line of the first that does."""
    found: dict[str, int] = {}
    for seen in statements:
        for table in _given(seen):
            found.setdefault(table, seen.line)
    return found


def _taken(seen: Seen) -> Iterator[str]:
    node = seen.node
    if seen.name == "alter_table_stmt" and any(enum(one.alter_table_cmd, "subtype") in _TAKES for one in node.cmds):
        yield names.relation(node.relation)
    elif seen.name == "drop_stmt" and enum(node, "remove_type") in _DROPPED:
        for one in node.objects:
            yield names.qualified(names.words(one.list.items)[:-1])


def _given(seen: Seen) -> Iterator[str]:
    node = seen.node
    if seen.name == "alter_table_stmt" and any(enum(one.alter_table_cmd, "subtype") in _GIVES for one in node.cmds):
        yield names.relation(node.relation)
    elif seen.name == "create_policy_stmt":
        yield names.relation(node.table)
    elif seen.name in {"create_trig_stmt", "rule_stmt"}:
        yield names.relation(node.relation)
