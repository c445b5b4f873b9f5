"""Measures what migrations do on the shadow: times, locks, rewrites, scans, indexes built, rows written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

import psycopg

from haulback.model.migration import Statement
from haulback.model.rehearsal import StatementTrace, UnitTrace
from haulback.pg.queries import queries

_SQL = queries("haulback.rehearse", "tracing.sql")

# Most statements of most files; they take no lock that keeps others out, and asking after each would double their
# time. What a trigger or function behind one of them does is still seen when the unit ends.
_HARMLESS = frozenset({"insert", "update", "delete", "merge", "comment", "grant", "create function", "set"})
# These read tables for their own sake: a scan tells nothing about a lock.
_READERS = frozenset({"select", "do", "call", "create table as", *_HARMLESS})


@dataclass(frozen=True, slots=True)
class _Relation:
    """A relation with storage; `table` is the oid of the one that an index is for."""

    name: str
    node: int
    table: int | None


@dataclass(frozen=True, slots=True)
class _Held:
    name: str
    oid: int
    mode: str
    scans: int


class Tracer:
    """Listens to the statements and units of one run; holds what it saw."""

    def __init__(self) -> None:
        self.statements: list[StatementTrace] = []
        self.units: list[UnitTrace] = []
        self._begun = 0.0
        self._existing: Mapping[int, _Relation] = {}  # when the unit began
        self._now: Mapping[int, _Relation] = {}  # when the last statement ended
        self._held: Mapping[int, _Held] = {}
        self._counted: dict[str, tuple[int, int, int]] = {}
        self._in_unit = False

    def unit_begun(self, connection: psycopg.Connection) -> None:
        """Called inside the transaction, before its first statement."""
        self._existing = self._now = _relations(connection)
        self._held = {}
        # Counts of earlier transactions that the server has not flushed yet are in the view, too.
        self._counted = _written(connection)
        self._in_unit = True

    def before(self, _connection: psycopg.Connection, _statement: Statement) -> None:
        self._begun = perf_counter()

    def after(self, connection: psycopg.Connection, statement: Statement, label: str) -> None:
        milliseconds = round((perf_counter() - self._begun) * 1000, 3)
        trace = StatementTrace(label, statement.line, statement.kind, milliseconds)
        if self._in_unit and statement.kind not in _HARMLESS:
            trace = self._looked(connection, trace)
        self.statements.append(trace)

    def unit_ended(self, connection: psycopg.Connection, label: str) -> None:
        """Called inside the transaction, after its last statement: locks and counts are still to be seen."""
        held, now = self._locks(connection), _relations(connection)
        self.units.append(
            UnitTrace(
                migration=label,
                locks=tuple((one.name, one.mode) for one in held.values()),
                rewritten=_rewritten(self._existing, now),
                written=tuple(
                    one for name, counts in _written(connection).items() if any((one := self._since(name, counts))[1:])
                ),
                aimed_at=tuple(row[0] for row in connection.execute(_SQL["aimed_at"])),
            )
        )
        self._in_unit = False

    def _looked(self, connection: psycopg.Connection, trace: StatementTrace) -> StatementTrace:
        """The trace with what the statement did to relations that were there before its unit."""
        held = self._locks(connection)
        if not held:
            return trace
        locks = tuple(
            (one.name, one.mode)
            for oid, one in held.items()
            if oid not in self._held or one.mode != self._held[oid].mode
        )
        now = _relations(connection)
        scanned = tuple(
            one.name
            for one in held.values()
            if trace.kind not in _READERS and one.scans > (self._held[one.oid].scans if one.oid in self._held else 0)
        )
        built = {one.table for oid, one in now.items() if one.table in self._existing and oid not in self._now}
        rewritten = _rewritten({oid: one for oid, one in self._now.items() if oid in self._existing}, now)
        self._held, self._now = held, now
        return StatementTrace(
            trace.migration,
            trace.line,
            trace.kind,
            trace.milliseconds,
            locks=locks,
            rewritten=rewritten,
            scanned=tuple(name for name in scanned if name not in rewritten),
            built=tuple(sorted(self._existing[table].name for table in built if table is not None)),
        )

    def _locks(self, connection: psycopg.Connection) -> dict[int, _Held]:
        found = (_Held(*row) for row in connection.execute(_SQL["locks"]))
        return {one.oid: one for one in found if one.oid in self._existing}

    def _since(self, name: str, counts: tuple[int, int, int]) -> tuple[str, int, int, int]:
        inserted, updated, deleted = (
            now - was for now, was in zip(counts, self._counted.get(name, (0, 0, 0)), strict=True)
        )
        return name, inserted, updated, deleted


def _rewritten(before: Mapping[int, _Relation], now: Mapping[int, _Relation]) -> tuple[str, ...]:
    return tuple(sorted(one.name for oid, one in now.items() if oid in before and before[oid].node != one.node))


def _written(connection: psycopg.Connection) -> dict[str, tuple[int, int, int]]:
    return {
        name: (inserted, updated, deleted) for name, inserted, updated, deleted in connection.execute(_SQL["written"])
    }


def _relations(connection: psycopg.Connection) -> dict[int, _Relation]:
    return {oid: _Relation(name, node, table) for name, oid, node, table in connection.execute(_SQL["state"])}
