"""One request on its way through the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from psycopg import pq, sql
from psycopg.pq.abc import PGresult

from haulback.gateway.answer import Answer, Refusal
from haulback.gateway.auditing import REFUSED
from haulback.gateway.auth.identity import Identity
from haulback.gateway.database.lane import Lane
from haulback.gateway.database.lanes import Lanes, Unavailable
from haulback.gateway.database.segment import Outcome, Step
from haulback.gateway.outcome import checked
from haulback.gateway.rest.compiled import bound
from haulback.gateway.rest.keeping import Kept
from haulback.gateway.rest.outcome import estimated, lines_of, row_of
from haulback.gateway.rest.payload import Payload
from haulback.gateway.rest.planned import Row
from haulback.gateway.rest.timing import Timing

_COMMIT = Step(None, b"COMMIT")
_ROLLBACK = Step(None, b"ROLLBACK")
_CONSTRAINTS = Step(None, b"SET CONSTRAINTS ALL IMMEDIATE")
_DATA_EXCEPTION = b"22"  # class of SQLSTATE
_LARGE = 65_536  # bytes of a body beyond which it goes alone: others would wait while it is sent and read


@dataclass(slots=True)
class Asking:
    """A planned request with its values.

    Attributes:
        kept: its plan.
        beginning: steps that set who asks, and run the function that is asked first.
        values: of the pairs of its query, in order.
        payload: that the statement is given, or its fields.
        respond: takes the answer.
        refused: told of a refusal by row-level security or privilege.
        minimal: whether a refusal is told by code and message alone.
        timing: whether, and what, is told of how long it took.
        shared: whether it went by the connection that many share.
        again: whether it runs once more, because one of its fields was wrong.
    """

    identity: Identity
    kept: Kept
    beginning: Sequence[Step]
    values: Sequence[str]
    payload: Payload
    respond: Callable[[Answer], None]
    refused: Callable[[str], None]
    minimal: bool = False
    timing: Timing | None = None
    shared: bool = False
    again: bool = False

    def run(self, lanes: Lanes) -> None:
        """As one segment: nothing has to be looked at before it commits."""
        self._send(lanes, quick=self.kept.quick and len(self.payload.body) <= _LARGE)

    async def converse(self, lanes: Lanes) -> None:
        """As a transaction of its own, which is committed only after its row was looked at."""
        try:
            async with lanes.alone() as lane:
                answer = await self._transaction(lane)
        except Refusal as refusal:
            answer = self._refusal(refusal)
        except Unavailable as gone:
            answer = self._answered(Outcome(lost=str(gone)))
        self.respond(answer)

    async def _transaction(self, lane: Lane) -> Answer:
        planned = self.kept.planned
        begin = sql.SQL("BEGIN ISOLATION LEVEL {}").format(sql.SQL(planned.isolation or "READ COMMITTED"))
        opening = Step(None, begin.as_bytes())
        outcome = await lane.ask([opening, *self.beginning, *self._steps()])
        results = checked(outcome, authenticated=self.identity.authenticated)[1 + len(self.beginning) :]
        row = self._row(results)
        if planned.accepts is not None:
            planned.accepts(row)
        ending = [_CONSTRAINTS, _ROLLBACK] if planned.rolled_back else [_COMMIT]
        checked(await lane.ask(ending), authenticated=self.identity.authenticated)
        return self._told(results, row)

    def _steps(self) -> list[Step]:
        kept, role = self.kept, self.identity.role
        planned = kept.planned
        if planned.whole is not None and (planned.needs_verdict or self.again):
            return [Step(None, planned.whole.sql.encode(), bound(planned.whole.binds, self.values, self.payload.body))]
        values = bound(planned.main.binds, self.values, self.payload.body, self.payload.fields)
        # Under row-level security a statement is planned for one role: each has its own.
        steps = [Step((kept.number, role), kept.main, values, planned.main.formats)]
        if kept.estimate is not None and planned.estimate is not None:
            binds = bound(planned.estimate.binds, self.values, self.payload.body)
            steps.append(Step(None, kept.estimate, binds))
        return steps

    def _send(self, lanes: Lanes, *, quick: bool) -> None:
        planned = self.kept.planned
        self.shared = lanes.run(
            [*self.beginning, *self._steps()],
            lambda outcome: self._ended(outcome, lanes),
            quick=quick,
            inserts=planned.only_inserts,
            reset=planned.resets,
        )

    def _ended(self, outcome: Outcome, lanes: Lanes) -> None:
        if self.kept.planned.whole is not None and not self.again and _has_bad_value(outcome):
            self.again = True
            self._send(lanes, quick=False)
            return
        if outcome.lost is None:
            self.kept.pace.saw(outcome.seconds, shared=self.shared)
        self.respond(self._answered(outcome))

    def _answered(self, outcome: Outcome) -> Answer:
        try:
            results = checked(outcome, authenticated=self.identity.authenticated)[len(self.beginning) :]
            return self._told(results, self._row(results))
        except Refusal as refusal:
            return self._refusal(refusal)

    def _told(self, results: Sequence[PGresult], row: Row) -> Answer:
        if self.timing is None:
            return self.kept.planned.answer(row, self._estimate(results), self.values)
        self.timing.ended("transaction")
        return self.timing.told(self.kept.planned.answer(row, self._estimate(results), self.values))

    def _refusal(self, refusal: Refusal) -> Answer:
        if refusal.code == REFUSED:
            self.refused(refusal.message)
        return refusal.answer(minimal=self.minimal)

    def _row(self, results: Sequence[PGresult]) -> Row:
        result = results[0]
        if self.kept.planned.is_explain:
            return Row(None, 0, (), lines_of(result), None, None, None)
        return row_of(result)

    def _estimate(self, results: Sequence[PGresult]) -> int | None:
        return estimated(results[1]) if len(results) > 1 else None


def _has_bad_value(outcome: Outcome) -> bool:
    state = outcome.error.error_field(pq.DiagnosticField.SQLSTATE) if outcome.error else None
    return state is not None and state.startswith(_DATA_EXCEPTION)
