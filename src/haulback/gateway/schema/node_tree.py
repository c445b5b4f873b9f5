"""Reads from a view's stored rule which column of which table each of its columns is.

The rule is a pg_node_tree, PostgreSQL's own text form of a query: nodes in braces, fields as `:name value`; whatever
else of these signs occurs in a name is behind a backslash (outToken in src/backend/nodes/outfuncs.c). So nesting can be
counted without understanding any node, and only the target entries right below the outermost query are looked at.
PostgreSQL has traced these through subqueries, joins and CTEs already, up to the next table or view.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# Rules of some hundred views are megabytes, so nothing is matched that is not needed.
_PIECE = re.compile(r"\\.|\{(?:TARGETENTRY\b)?|\}| :res(?:no|origtbl|origcol|junk) \w+", re.DOTALL)
_ENTRY = "{TARGETENTRY"
_ENTRY_DEPTH = 2

Origin = tuple[int, int]


def origins(rule: str) -> dict[int, Origin]:
    """Oid of the table and number of the column that each column of the view shows, by the view's column number.

    Left out are expressions, columns of a UNION, and what is only sorted by.
    """
    found: dict[int, Origin] = {}
    for entry in _entries(rule):
        table = int(entry[":resorigtbl"])
        if table and entry[":resjunk"] == "false":
            found[int(entry[":resno"])] = (table, int(entry[":resorigcol"]))
    return found


def _entries(rule: str) -> Iterator[dict[str, str]]:
    """The fields of each entry of the outermost target list: of a SELECT no other list has any."""
    depth = 0
    entry: dict[str, str] | None = None
    for piece in _PIECE.findall(rule):
        if piece[0] == "{":
            depth += 1
            if depth == _ENTRY_DEPTH and piece == _ENTRY:
                entry = {}
        elif piece == "}":
            if depth == _ENTRY_DEPTH and entry is not None:
                yield entry
                entry = None
            depth -= 1
        elif entry is not None and depth == _ENTRY_DEPTH and piece[0] == " ":
            name, _, value = piece[1:].partition(" ")
            entry[name] = value
