"""The statements that take a replayed file back, where nobody's rows are in the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import psycopg

from haulback.capture.taking_back import run_steps
from haulback.model.schema import Inverse, InverseStep, Schema
from haulback.pg.catalog.order import drop_order

_NAMED_AS_TABLES = frozenset({"view", "materialized_view", "foreign_table", "index", "sequence", "type"})


def blocking(before: Schema, now: Schema) -> list[str]:
    """Names of new tables under which something else stood: the server has one name for both."""
    other = {key.identity for key in before.objects if key.kind in _NAMED_AS_TABLES and key not in now.objects}
    found = (key for key in now.objects if key.kind == "table" and key.identity in other)
    return sorted(key.identity for key in found if key not in before.objects)


def apart(steps: Iterable[InverseStep]) -> tuple[list[InverseStep], list[InverseStep]]:
    """Parts what is made over the rows of two tables from the rest: one of them may have none meanwhile."""
    found: tuple[list[InverseStep], list[InverseStep]] = ([], [])
    for step in steps:
        found[step.key.kind == "constraint" and " FOREIGN KEY " in step.statement].append(step)
    return found


def drops(back: Inverse, now: Schema) -> Iterator[InverseStep]:
    """What the file created goes: on a shadow nobody's rows are in it."""
    going = (*back.data_bearing_created, *back.moved_along)
    tables = [key for key in going if key.kind == "table"]
    if tables:
        names = ", ".join(key.identity for key in tables)
        yield InverseStep(tables[0], f"DROP TABLE {names}")
    for member in drop_order(now.objects[key] for key in going if key.kind != "table"):
        if not (member.key.kind == "column" and member.facets.get("inherited")):
            yield from (InverseStep(member.key, statement) for statement in member.drop)


def run_at_once(connection: psycopg.Connection, steps: Sequence[InverseStep]) -> None:
    """One round trip for all; the server does not say which of many failed, so then one by one."""
    if not steps:
        return
    try:
        with connection.transaction():
            connection.execute(";\n".join(step.statement for step in steps).encode())
    except psycopg.OperationalError:
        raise
    except psycopg.Error:
        run_steps(connection, steps)
