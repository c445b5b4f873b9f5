"""A role or search_path that a file sets and leaves."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node, enum
from haulback.model.hazard import Level

_WATCHED = frozenset({"role", "search_path", "session_authorization"})


def _find(reading: Reading) -> Iterator[Found]:
    left: dict[str, Seen] = {}
    for seen in reading.of("variable_set_stmt"):
        node = seen.node
        if seen.inside or node.is_local:
            continue
        if enum(node, "kind") == "VAR_RESET_ALL":
            left.clear()
        elif node.name in _WATCHED:
            if enum(node, "kind") in {"VAR_RESET", "VAR_SET_DEFAULT"} or _is_none(node):
                left.pop(node.name, None)
            else:
                left[node.name] = seen
    if any(enum(one.node, "target") == "DISCARD_ALL" for one in reading.of("discard_stmt")):
        left.clear()
    for name, seen in left.items():
        yield Found(
            seen,
            f"{name} is never set back: Haulback does so behind the file, with other tools it holds for the next ones",
            subject=name,
            advice=f"Write `reset {name.replace('_', ' ') if name == 'session_authorization' else name};` at the end,"
            " or SET LOCAL.",
        )


def _is_none(node: Node) -> bool:
    return [one.a_const.sval.sval for one in node.args] == ["none"]


RULE = Rule("session-setting-left", "A file leaves a role or search_path behind", Family.MIXES, Level.NOTE, _find)
