"""Tells under which of many claims a row may be seen, in one statement: a policy with the claims taken out of it.

It only leaves out those who do not see the row for certain. It runs without row security, which leaves tables that a
policy reads whole; what it lets pass is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from psycopg import sql

from haulback.gateway.database.segment import Step
from haulback.gateway.realtime.changes.asking import array
from haulback.gateway.realtime.changes.forms import Claim, Pieces
from haulback.gateway.realtime.changes.rendering import Change, key
from haulback.gateway.realtime.changes.segments import Lost, Segments
from haulback.gateway.realtime.changes.tables import Table
from haulback.pg.queries import queries

_SQL = queries("haulback.gateway.realtime.changes", "sifting.sql")
_PAUSE = 5.0  # seconds after which a statement that failed is tried again
_SETTINGS = Step("sieves", _SQL["settings"].encode())


@dataclass(slots=True)
class Sieve:
    """A statement for one table.

    Attributes:
        statement: with an array of the values of each claim, then the key.
        expressions: the claims, in the order of the arrays.
        not_before: when it may be run again after it failed.
    """

    statement: bytes
    expressions: tuple[str, ...]
    not_before: float = 0.0


def sieve_for(table: Table, pieces: Pieces) -> Sieve | None:
    """The statement for a condition; None where it depends on no claim."""
    claims = {piece.expression: piece for piece in pieces if isinstance(piece, Claim)}
    if not claims:
        return None
    places = {expression: number for number, expression in enumerate(claims, start=1)}
    condition = "".join(
        piece if isinstance(piece, str) else f"haulback_claims.haulback_value_{places[piece.expression]}"
        for piece in pieces
    )
    arrays = [f"pg_catalog.unnest(${places[one.expression]}::text[]::{one.type}[])" for one in claims.values()]
    names = [f"haulback_value_{number}" for number in places.values()] + ["haulback_number"]
    columns = enumerate((table.columns[name] for name in table.key), start=len(places) + 1)
    wanted = sql.SQL(" AND ").join(
        sql.SQL("{} = {}::{}").format(
            sql.Identifier(table.name, column.name), sql.SQL(f"${number}"), sql.SQL(column.sql_type)
        )
        for number, column in columns
    )
    statement = sql.SQL(_SQL["sift"]).format(
        claims=sql.SQL(", ".join(arrays)),
        names=sql.SQL(", ".join(names)),
        sieve=sql.SQL(condition),
        only=sql.SQL("" if table.partitioned else "ONLY"),
        table=sql.Identifier(table.schema, table.name),
        name=sql.Identifier(table.name),
        key=wanted,
    )
    return Sieve(statement.as_bytes(), tuple(places))


class Sifting:
    """Runs sieves over a connection of its own.

    Args:
        segments: of a login that row security does not apply to; where it does, statements fail.
        clock: seconds.
    """

    def __init__(self, segments: Segments, clock: Callable[[], float]) -> None:
        self._segments = segments
        self._clock = clock

    async def passing(
        self, sieve: Sieve, table: Table, change: Change, values: Sequence[Sequence[str | None]]
    ) -> frozenset[int] | None:
        """The places of those claims under which a row may be seen; None where that cannot be told.

        Args:
            sieve: that is run.
            table: that it is for.
            change: of the row.
            values: for each of those who want to know, the values of the claims.
        """
        if self._clock() < sieve.not_before:
            return None
        arrays = [array(column) for column in zip(*values, strict=True)]
        step = Step(sieve.statement, sieve.statement, [*arrays, *(one.encode() for one in key(change, table))])
        try:
            outcome = await self._segments.run([_SETTINGS, step])
        except Lost:
            outcome = None
        if outcome is None or outcome.error is not None:
            sieve.not_before = self._clock() + _PAUSE
            return None
        found = outcome.results[1]
        if found.ntuples != 1:
            return None
        return frozenset(int(number) - 1 for number in (found.get_value(0, 0) or b"").split())
