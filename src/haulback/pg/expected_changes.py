"""How many rows statements are expected to change, as the target's own planner estimates it; none of them runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import psycopg

from haulback.model.capture_cost import ExpectedChanges
from haulback.model.migration import Statement
from haulback.pg.queries import queries

_SQL = queries("haulback.pg", "extents.sql")
_PLANNED = frozenset({"insert", "update", "delete", "merge"})
# What may change rows that no plan of a statement tells of.
_OPAQUE = frozenset({"do", "call", "select", "execute", "prepare", "copy"})
_CTID = 6  # bytes that an updated row carries along, to be found again
_BOUNDS = (("lock_timeout", "100ms"), ("statement_timeout", "5s"))


def expected_changes(connection: psycopg.Connection, statements: Iterable[Statement]) -> dict[str, ExpectedChanges]:
    """What the statements are expected to do to tables that are there, by quoted identity.

    Nothing where a statement cannot be planned yet, since it names what the files make, and where a block or a
    function may change rows as well.

    Args:
        connection: in autocommit.
        statements: in the order in which they would run.
    """
    listed = list(statements)
    if any(one.kind in _OPAQUE for one in listed):
        return {}
    found: dict[tuple[str, str], list[ExpectedChanges]] = defaultdict(list)
    for one in listed:
        if one.kind not in _PLANNED:
            continue
        plan = _planned(connection, one.text)
        if plan is None:
            return {}
        for name, changes in _modified(plan):
            found[name].append(changes)
    names = {name: connection.execute(_SQL["quoted"], name).fetchall()[0][0] for name in found}
    return {names[name]: ExpectedChanges.of(changes) for name, changes in found.items()}


def _planned(connection: psycopg.Connection, text: str) -> Mapping[str, Any] | None:
    """The plan of a statement; None where there is none. Read-only, for planning evaluates stable functions."""
    try:
        with connection.transaction():
            connection.execute("set transaction read only")
            for name, value in _BOUNDS:
                connection.execute("select pg_catalog.set_config(%s, %s, true)", [name, value])
            explained = b"explain (format json, verbose) " + text.encode()
            ((plan,),) = connection.execute(explained).fetchall()
    except psycopg.Error as error:
        if connection.broken:
            raise
        del error
        return None
    return dict(plan[0]["Plan"])


def _modified(node: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], ExpectedChanges]]:
    """Every table that a plan changes."""
    below = node.get("Plans", ())
    if node["Node Type"] == "ModifyTable":
        name = (str(node["Schema"]), str(node["Relation Name"]))
        source = next((one for one in below if one.get("Parent Relationship") == "Outer"), None)
        rows = float(source["Plan Rows"]) if source else 0.0
        width = max(0.0, float(source["Plan Width"]) - _CTID) if source else 0.0
        match node["Operation"]:
            case "Update":
                yield name, ExpectedChanges(updated=rows, width=width)
            case "Delete":
                yield name, ExpectedChanges(removed=rows)
            case "Insert" if node.get("Conflict Resolution") == "UPDATE":
                yield name, ExpectedChanges(updated=rows, width=width, added=rows)
            case "Insert":
                yield name, ExpectedChanges(added=rows)
            case _:
                yield name, ExpectedChanges(updated=rows, width=width, removed=rows, added=rows)
    for one in below:
        yield from _modified(one)
