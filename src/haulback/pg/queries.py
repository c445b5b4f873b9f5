"""Loads named queries from the .sql files that stand beside the code that uses them."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import LiteralString

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def queries(package: str, file: str) -> dict[str, LiteralString]:
    """The queries of a file by the name in the `-- name:` line above each.

    The text comes from our own package, never from a user, so it may stand for a literal.
    """
    text = files(package).joinpath(file).read_text(encoding="utf-8")
    parts = _NAME.split(text)[1:]
    return {name: body.strip().rstrip(";") for name, body in zip(parts[::2], parts[1::2], strict=True)}


@cache
def script(package: str, file: str) -> LiteralString:
    """The whole text of a .sql file of ours."""
    return files(package).joinpath(file).read_text(encoding="utf-8")
