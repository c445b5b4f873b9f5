"""Loads named queries from the .sql files that stand beside the code that uses them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, LiteralString

from psycopg import sql

_PLACE = re.compile(r"%\((\w+)\)s")
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


def bound(query: sql.Composable, parameters: Mapping[str, Any]) -> sql.Composed:
    """A composed query with its parameters put in as literals; to be run without parameters.

    The driver takes every percent sign of a text that comes with parameters for one of them, those in quoted names
    as well: a column "100%" would end the query. Here only our own text is looked at, never a name or a literal.
    """
    if isinstance(query, sql.Composed):
        return sql.Composed([bound(part, parameters) for part in query])
    if not isinstance(query, sql.SQL):
        return sql.Composed([query])
    pieces = _PLACE.split(query.as_string())
    return sql.Composed(
        [sql.Literal(parameters[one]) if number % 2 else sql.SQL(one) for number, one in enumerate(pieces)]
    )
