"""Measures what migrations do on the shadow: times, locks, rewrites, rows written."""

from __future__ import annotations

from time import perf_counter

import psycopg

from haulback.model.migration import Statement
from haulback.model.rehearsal import StatementTime, UnitTrace
from haulback.pg.queries import queries

_SQL = queries("haulback.rehearse", "tracing.sql")


class Tracer:
    """Listens to the statements and units of one run; holds what it saw."""

    def __init__(self) -> None:
        self.times: list[StatementTime] = []
        self.units: list[UnitTrace] = []
        self._begun = 0.0
        self._nodes: dict[int, tuple[str, int]] = {}
        self._counted: dict[str, tuple[int, int, int]] = {}

    def unit_begun(self, connection: psycopg.Connection) -> None:
        """Called inside the transaction, before its first statement."""
        self._nodes = _nodes(connection)
        # Counts of earlier transactions that the server has not flushed yet are in the view, too.
        self._counted = _written(connection)

    def before(self, _connection: psycopg.Connection, _statement: Statement) -> None:
        self._begun = perf_counter()

    def after(self, _connection: psycopg.Connection, statement: Statement, label: str) -> None:
        milliseconds = (perf_counter() - self._begun) * 1000
        self.times.append(StatementTime(label, statement.line, statement.kind, round(milliseconds, 3)))

    def _since(self, name: str, counts: tuple[int, int, int]) -> tuple[str, int, int, int]:
        inserted, updated, deleted = (
            now - was for now, was in zip(counts, self._counted.get(name, (0, 0, 0)), strict=True)
        )
        return name, inserted, updated, deleted

    def unit_ended(self, connection: psycopg.Connection, label: str) -> None:
        """Called inside the transaction, after its last statement: locks and counts are still to be seen."""
        now = _nodes(connection)
        strongest: dict[str, str] = {}
        for name, oid, mode in connection.execute(_SQL["locks"]):
            if oid in self._nodes:
                strongest.setdefault(name, mode)
        self.units.append(
            UnitTrace(
                migration=label,
                locks=tuple(strongest.items()),
                rewritten=tuple(
                    sorted(
                        name for oid, (name, node) in now.items() if oid in self._nodes and self._nodes[oid][1] != node
                    )
                ),
                written=tuple(
                    one for name, counts in _written(connection).items() if any((one := self._since(name, counts))[1:])
                ),
            )
        )


def _written(connection: psycopg.Connection) -> dict[str, tuple[int, int, int]]:
    return {
        name: (inserted, updated, deleted) for name, inserted, updated, deleted in connection.execute(_SQL["written"])
    }


def _nodes(connection: psycopg.Connection) -> dict[int, tuple[str, int]]:
    return {oid: (name, node) for name, oid, node in connection.execute(_SQL["state"])}
