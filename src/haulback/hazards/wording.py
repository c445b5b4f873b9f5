"""Words for lists in what a finding tells."""

from __future__ import annotations

from collections.abc import Iterable

_MOST = 6


def listed(things: Iterable[str]) -> str:
    """`a, b and c`; of many the first ones and how many more there are."""
    known = list(dict.fromkeys(things))
    if len(known) > _MOST:
        return f"{', '.join(known[: _MOST - 1])} and {len(known) - _MOST + 1} more"
    return " and ".join(filter(None, (", ".join(known[:-1]), *known[-1:])))
