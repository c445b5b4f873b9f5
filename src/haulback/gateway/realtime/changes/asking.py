"""Asks PostgreSQL who may see a row: one statement for all who subscribed as one role, whatever their claims."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import LiteralString

import msgspec
from psycopg import pq, sql

from haulback.gateway.database.lane import Lane
from haulback.gateway.database.segment import Outcome, Step
from haulback.gateway.realtime.changes.tables import Table
from haulback.pg.queries import queries

_SQL = queries("haulback.gateway.realtime.changes", "asking.sql")
_TRANSACTION = _SQL["transaction"].encode()
_ANSWERS = Step("answers", _SQL["answers"].encode())
_COMMITTED = _SQL["committed"].encode()
_TIMEOUT = b"2s"
_SEES, _SEES_NOT = "t", "f"
_LONGEST_WAIT = 0.05

YES = "yes"
NO = "no"
TIMED_OUT = "57014"
RAISED = "\0"  # a text that no value has


class Lost(Exception):
    """The connection that asks is gone; str() says why."""


class Asking:
    """Asks over one connection.

    Args:
        lane: of a login that may take the roles of those who subscribe.
    """

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._questions: dict[int, tuple[Table, Step]] = {}

    async def committed(self, xid: int) -> None:
        """Waits until others see what a transaction did: its end is in the log before.

        Raises:
            Lost: the connection is gone.
        """
        wait = 0.0005
        while True:
            outcome = await self._segment([Step("committed", _COMMITTED, [str(xid).encode()])])
            if outcome.error is not None or outcome.results[0].get_value(0, 0) == b"t":
                return
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    async def sees(self, table: Table, role: str, key: Sequence[str], claims: Sequence[bytes]) -> list[str]:
        """Whether the row with a primary key is there for a role under each of some claims, as it is now.

        Args:
            table: with a primary key.
            role: that asks.
            key: texts of the row's values of the key.
            claims: as JSON.

        Returns:
            YES, NO, or the code of what a policy raised, in the order of the claims.

        Raises:
            Lost: the connection is gone.
        """
        outcome = await self._segment(
            [
                _transaction(role, key, claims),
                self._question(table),
                _ANSWERS,
            ]
        )
        if outcome.error is None:
            said = (outcome.results[2].get_value(0, 0) or b"").decode().split(",")[:-1]
            return [YES if one == _SEES else NO if one == _SEES_NOT else one for one in said]
        if len(claims) == 1 or not outcome.results:
            code = outcome.error.error_field(pq.DiagnosticField.SQLSTATE) or b"XX000"
            return [code.decode()] * len(claims)
        # What no block catches (a time that ran out) ended all of them: the halves find out whose it was.
        half = len(claims) // 2
        first = await self.sees(table, role, key, claims[:half])
        return first + await self.sees(table, role, key, claims[half:])

    async def claimed(self, role: str, expression: str, claims: Sequence[bytes]) -> list[str | None]:
        """The value of an expression for a role under each of some claims, as text; RAISED where there is none.

        Args:
            role: that asks.
            expression: in SQL, qualified, of nothing but the claims.
            claims: as JSON.

        Raises:
            Lost: the connection is gone.
        """
        body = sql.SQL(_SQL["claimed"]).format(expression=sql.SQL(expression))  # as PostgreSQL wrote it
        asked = Step(None, sql.SQL("DO {}").format(sql.Literal(body.as_string())).as_bytes())
        outcome = await self._segment([_transaction(role, (), claims), asked, _ANSWERS])
        if outcome.error is not None:
            return [RAISED] * len(claims)
        said: list[str] = msgspec.json.decode(outcome.results[2].get_value(0, 0) or b"[]")
        return [RAISED if one == "!" else None if one == "0" else one[1:] for one in said]

    def _question(self, table: Table) -> Step:
        known = self._questions.get(table.oid)
        if known is None or known[0] is not table:
            known = (table, Step(None, _do(_SQL["sees"], table)))
            self._questions[table.oid] = known
        return known[1]

    async def _segment(self, steps: Sequence[Step]) -> Outcome:
        ended: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def done(outcome: Outcome) -> None:
            if not ended.done():
                ended.set_result(outcome)

        self._lane.run(steps, done)
        outcome = await ended
        if outcome.lost is not None:
            raise Lost(outcome.lost)
        return outcome


def _transaction(role: str, key: Sequence[str], claims: Sequence[bytes]) -> Step:
    values = [_TIMEOUT, _array([one.decode() for one in claims]), _array(key), role.encode()]
    return Step("transaction", _TRANSACTION, values)


def _do(body: LiteralString, table: Table) -> bytes:
    # The key is read from the settings of the transaction, so that the text holds no value.
    parts = [
        sql.SQL("haulback_row.{} = (pg_catalog.current_setting('haulback.key')::text[])[{}]::{}").format(
            sql.Identifier(name),
            sql.Literal(number),
            sql.SQL(table.columns[name].sql_type),  # quoted by PostgreSQL
        )
        for number, name in enumerate(table.key, start=1)
    ]
    text = sql.SQL(body).format(table=sql.Identifier(table.schema, table.name), key=sql.SQL(" AND ").join(parts))
    # A literal rather than dollar quotes: a name may hold whatever would end those.
    return sql.SQL("DO {}").format(sql.Literal(text.as_string())).as_bytes()


def _array(values: Sequence[str]) -> bytes:
    """Texts as PostgreSQL reads an array of them."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return f"{{{','.join(f'{chr(34)}{value}{chr(34)}' for value in quoted)}}}".encode()
