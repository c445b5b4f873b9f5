"""Finds, in the text of a policy's expression, calls that are made again for every row."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_TOKEN = re.compile(r"[()]|\bselect\b|\bfrom\b|\bauth\.\w+\(\)|\bcurrent_setting\(", re.IGNORECASE)


@dataclass
class _Group:
    """What stands between two parentheses: a sub-select, once `select` was seen in it."""

    outer: _Group | None
    select: bool = False
    has_from: bool = False
    calls: list[str] = field(default_factory=list)


def per_row(expression: str) -> tuple[str, ...]:
    """The calls of `auth.*()` and `current_setting()` that stand in no sub-select of their own.

    A sub-select without FROM depends on no row: the server asks it once and keeps the answer.

    Args:
        expression: as pg_get_expr writes it, with an empty search_path.
    """
    blanked = _QUOTED.sub(lambda found: "x" * len(found[0]), expression)
    group, groups = _Group(None), []
    for found in _TOKEN.finditer(blanked):
        match found[0].lower():
            case ")":
                groups.append(group)
                group = group.outer or group
            case "select":
                group.select = True
            case "from":
                group.has_from = True
            case whole if whole.endswith(")"):
                group.calls.append(whole)
            case opening:
                if opening != "(":
                    group.calls.append(f"{opening})")
                groups.append(group)
                group = _Group(group)
    groups.append(group)
    unique = {id(one): one for one in groups}.values()
    return tuple(dict.fromkeys(call for one in unique if not _asked_once(one) for call in one.calls))


def _asked_once(group: _Group | None) -> bool:
    while group:
        if group.select:
            return not group.has_from
        group = group.outer
    return False
