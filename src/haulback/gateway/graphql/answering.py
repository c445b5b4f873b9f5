"""One request on its way through the database, and the answer that it gets."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from psycopg.pq import DiagnosticField
from psycopg.pq.abc import PGresult

from haulback.gateway.answer import Answer, Refusal
from haulback.gateway.auditing import REFUSED
from haulback.gateway.auth.identity import Identity
from haulback.gateway.chosen import said
from haulback.gateway.database.lanes import Lanes, Unavailable
from haulback.gateway.database.segment import Outcome, Step
from haulback.gateway.graphql import extension
from haulback.gateway.graphql.binding import Filling, text_of
from haulback.gateway.graphql.planned import failed
from haulback.gateway.graphql.planning.mutations import TOO_MANY
from haulback.gateway.graphql.plans import Kept
from haulback.gateway.graphql.refused import Refused
from haulback.gateway.graphql.requested import Requested
from haulback.gateway.outcome import checked

_JSON = (("Content-Type", "application/json; charset=utf-8"),)
# What PL/pgSQL's WHEN OTHERS lets pass: a statement that was cancelled, and an assertion that failed.
_NOT_CAUGHT = frozenset({"57014", "P0004"})
_BEGIN, _ROLLBACK = Step(None, b"BEGIN"), Step(None, b"ROLLBACK")
_CONSTRAINTS = Step(None, b"SET CONSTRAINTS ALL IMMEDIATE")
_CHOSEN = Step(
    "chosen",
    b"SELECT nullif(current_setting('response.headers', true), ''),"
    b" nullif(current_setting('response.status', true), '')",
)
_TOO_MANY = re.compile(f"(?:update|delete) {TOO_MANY}")  # whatever language the rest of the message is in
_INVALID_TEXT = "22P02"


@dataclass(slots=True)
class Answering:
    """A request that is being answered.

    Attributes:
        beginning: steps that set who asks, and run the function that is asked first; what they fail by is answered as
            the REST API does.
        respond: takes the answer.
        refused: told of a refusal by row-level security or privilege.
        back: starts what is to be rolled back; None where it is committed.
    """

    identity: Identity
    beginning: Sequence[Step]
    respond: Callable[[Answer], None]
    refused: Callable[[str], None]
    back: Callable[[Coroutine[None, None, None]], None] | None = None

    def run(self, lanes: Lanes, kept: Kept, variables: Mapping[str, Any]) -> None:
        """Runs a plan, as one segment unless it is to be rolled back."""
        planned, role = kept.planned, self.identity.role
        try:
            # Under row-level security a statement is planned for one role: each has its own.
            filling = Filling(variables)
            steps = [
                Step((each.sql, role), each.sql, filling.values(each.binds) if each.binds else ())
                for each in planned.statements
            ]
        except Refused as wrong:
            message = wrong.message
            self._go(lanes, [], lambda _rows: failed((message,)), quick=True)
            return
        self._go(lanes, steps, planned.body, quick=kept.quick, reset=planned.calls, kept=kept)

    def run_nothing(self, lanes: Lanes) -> None:
        """Only begins, because that is going to fail."""
        self._go(lanes, [], lambda _rows: failed(("Unknown role",)), quick=True)

    def resolve(self, lanes: Lanes, asked: Requested) -> None:
        """Has the extension answer."""
        values = [
            None if asked.query is None else text_of(asked.query),
            msgspec.json.encode(asked.variables),
            None if asked.operation is None else text_of(asked.operation),
            None if asked.extensions is None else msgspec.json.encode(asked.extensions),
        ]
        step = Step(("graphql.resolve", self.identity.role), extension.RESOLVE, values)
        self._go(lanes, [step], lambda rows: rows[0][0] or b"null", quick=False, reset=True)

    def _go(
        self,
        lanes: Lanes,
        steps: Sequence[Step],
        body: Callable[[Sequence[Sequence[bytes | None]]], bytes],
        *,
        quick: bool,
        reset: bool = False,
        kept: Kept | None = None,
    ) -> None:
        shared = False

        def done(outcome: Outcome) -> None:
            if kept is not None and outcome.lost is None:
                kept.pace.saw(outcome.seconds, shared=shared)
            self.respond(self._answer(outcome, len(steps), body))

        # Nothing but a function sets what the answer shall be like.
        ending = [_CHOSEN] if reset or len(self.beginning) > 1 else []
        every = [*self.beginning, *steps, *ending]
        if self.back is not None:
            self.back(self._and_back(lanes, every, lambda outcome: self._answer(outcome, len(steps), body)))
        else:
            shared = lanes.run(every, done, quick=quick, reset=reset)

    async def _and_back(self, lanes: Lanes, steps: Sequence[Step], answer: Callable[[Outcome], Answer]) -> None:
        """Runs it as a transaction that is not committed, on a connection of its own."""
        try:
            async with lanes.alone() as lane:
                outcome = await lane.ask([_BEGIN, *steps])
                del outcome.results[:1]  # of BEGIN
                answered = answer(outcome)
                if outcome.error is None and outcome.lost is None:
                    ended = await lane.ask([_CONSTRAINTS, _ROLLBACK])
                    if ended.error is not None or ended.lost is not None:
                        answered = self._failure(ended, 0)
        except Unavailable as gone:
            answered = self._failure(Outcome(lost=str(gone)), 0)
        self.respond(answered)

    def _answer(
        self, outcome: Outcome, steps: int, body: Callable[[Sequence[Sequence[bytes | None]]], bytes]
    ) -> Answer:
        if outcome.error is not None or outcome.lost is not None:
            return self._failure(outcome, steps)
        rows = [_row(result) for result in outcome.results[len(self.beginning) :]]
        return _said(body(rows[:steps]), rows[steps:])

    def _failure(self, outcome: Outcome, steps: int) -> Answer:
        """What went wrong, as the extension says it where it would have caught it, else as the REST API does."""
        error = outcome.error
        if error is not None:
            state, message = _field(error, DiagnosticField.SQLSTATE), _field(error, DiagnosticField.MESSAGE_PRIMARY)
            if state == REFUSED:
                self.refused(message)
            # Behind the last statement it is the commit that failed, which the extension would not see.
            within = len(self.beginning) <= len(outcome.results) < len(self.beginning) + steps
            if within and state not in _NOT_CAUGHT:
                return Answer(200, _JSON, failed((told(state, message),)))
        try:
            checked(outcome, authenticated=self.identity.authenticated)
        except Refusal as refusal:
            return refusal.answer()
        return Answer(200, _JSON, failed(("internal error",)))


def _said(body: bytes, chosen: Sequence[Sequence[bytes | None]]) -> Answer:
    if not chosen:
        return Answer(200, _JSON, body)
    headers, status = (None if each is None else each.decode() for each in chosen[0])
    try:
        return said(headers, status, 200, _JSON, body)
    except Refusal as refusal:
        return refusal.answer()


def told(state: str, message: str) -> str:
    """An error of PostgreSQL as the answer says it."""
    too_many = _TOO_MANY.search(message) if state == _INVALID_TEXT else None
    return too_many[0] if too_many else message


def _row(result: PGresult) -> list[bytes | None]:
    if result.ntuples == 0:
        return [None] * result.nfields
    return [result.get_value(0, column) for column in range(result.nfields)]


def _field(error: PGresult, code: DiagnosticField) -> str:
    text = error.error_field(code)
    return text.decode("utf-8", "replace") if text is not None else ""
