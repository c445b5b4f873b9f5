"""Rows that were asked for without an order, put into one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any


def aligned(before: Any, again: Any, after: Any) -> tuple[Any, Any, Any]:
    """The same values, rows sorted by the columns that all have and that two readings agree about."""
    three = (before, again, after)
    if not all(isinstance(one, list) and one and all(isinstance(row, dict) for row in one) for one in three):
        return three
    common = set.intersection(*(set(one[0]) for one in three))
    steady = [name for name in sorted(common) if _values(before, name) == _values(again, name)]

    def key(row: dict[str, Any]) -> str:
        return json.dumps([row.get(name) for name in steady], sort_keys=True)

    return sorted(before, key=key), sorted(again, key=key), sorted(after, key=key)


def _values(rows: Iterable[dict[str, Any]], name: str) -> list[str]:
    return sorted(json.dumps(row.get(name), sort_keys=True) for row in rows)
