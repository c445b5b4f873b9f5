"""Cursors and node identifiers: JSON arrays in base64.

They are read in Python when a request comes; their values go to PostgreSQL as parameters.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import msgspec

from haulback.gateway.graphql.refused import Refused
from haulback.gateway.remembered import remembered

_NODE = "Invalid value passed to nodeId argument."
_HEAD = 2  # of a node identifier: schema and table


@dataclass(frozen=True, slots=True)
class About:
    """What a plan must know of one.

    Attributes:
        count: of its values.
        table: schema and name, of a node identifier.
        wrong: why it cannot be read.
    """

    count: int = 0
    table: tuple[str, str] | None = None
    wrong: str | None = None


@remembered
def _read(text: str) -> Any:
    """The JSON in it; an int that says where reading ended: 1 base64, 2 UTF-8, 3 JSON."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return 1
    try:
        decoded = raw.decode()
    except UnicodeDecodeError:
        return 2
    try:
        found = msgspec.json.decode(decoded)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return 3
    return found if isinstance(found, list) else 4


def about_cursor(text: Any) -> About:
    found = _read(text)
    if isinstance(found, int):
        return About(wrong=f"Failed to decode cursor, error {found}")
    return About(len(found))


def about_node(text: Any) -> About:
    found = _read(text) if isinstance(text, str) else 0
    if isinstance(found, int):
        number = {0: ", Error 1", 1: " Error 2", 2: " Error 3", 3: " Error 4", 4: " Error 10"}[found]
        return About(wrong=f"{_NODE[:-1]}{number}" if found == 0 else f"{_NODE}{number}")
    if len(found) <= _HEAD:
        return About(wrong=f"{_NODE} Error 5")
    schema, table, *values = found
    if not isinstance(schema, str) or not isinstance(table, str):
        return About(wrong=f"{_NODE} Error {6 if not isinstance(schema, str) else 7}")
    return About(len(values), (schema, table))


def cursor_value(text: Any, place: int) -> Any:
    """One value of a cursor that can be read."""
    return _read(text)[place]


def node_value(text: Any, place: int) -> Any:
    """One value of the key in a node identifier that can be read."""
    return _read(text)[_HEAD + place]


def checked(about: About) -> About:
    """The same.

    Raises:
        Refused: it could not be read.
    """
    if about.wrong is not None:
        raise Refused(about.wrong)
    return about
