"""The named queries of this room."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def text(name: str) -> bytes:
    """The text of one query of `queries.sql`.

    Raises:
        KeyError: there is none of that name.
    """
    return _queries()[name].encode()


@cache
def _queries() -> dict[str, str]:
    parts = _NAME.split((resources.files(__package__) / "queries.sql").read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))
