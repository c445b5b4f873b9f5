"""Reads from a view's stored rule which column of which table each of its columns is.

The rule is a pg_node_tree, PostgreSQL's own text form of a query: nodes in braces, lists in parentheses, fields as
`:name value`; whatever else of these signs occurs in a name is behind a backslash (outToken in
src/backend/nodes/outfuncs.c). So nesting can be counted without understanding any node, and only the entries of the
outermost target list are looked at. PostgreSQL has traced these through subqueries, joins and CTEs already, up to the
next table or view.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"\\.|[({]|[)}]| :(?P<field>targetList|resno|resorigtbl|resorigcol|resjunk) (?P<value>\w+)?", re.DOTALL
)

# A rule is a list of queries: its fields are behind `({`, a target entry's behind `({QUERY :targetList ({`.
_QUERY = 2
_ENTRY = 4

Origin = tuple[int, int]


def origins(rule: str) -> dict[int, Origin]:
    """Oid of the table and number of the column that each column of the view shows, by the view's column number.

    Left out are expressions, columns of a UNION, and what is only sorted by.
    """
    found: dict[int, Origin] = {}
    for entry in _entries(rule):
        table = int(entry.get("resorigtbl", 0))
        if table and entry.get("resjunk") != "true":
            found[int(entry["resno"])] = (table, int(entry["resorigcol"]))
    return found


def _entries(rule: str) -> Iterator[dict[str, str]]:
    """The fields of each entry of the outermost target list."""
    depth = 0
    within = False
    entry: dict[str, str] = {}
    for token in _TOKEN.finditer(rule):
        sign = token.group()
        if sign in "({":
            depth += 1
            if within and depth == _ENTRY:
                entry = {}
        elif sign in ")}":
            depth -= 1
            if within and depth == _ENTRY - 1:
                yield entry
            elif within and depth == _QUERY:
                return
        elif token["field"] == "targetList":
            # An empty list is `<>`, and the lists behind it are of other things.
            within = within or (depth == _QUERY and rule.startswith("(", token.end()))
        elif token["field"] and within and depth == _ENTRY:
            entry[token["field"]] = token["value"]
