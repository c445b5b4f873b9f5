"""One connection to PostgreSQL that many requests share, each in a segment of its own.

A segment is a run of statements that ends with a Sync: one implicit transaction, committed by the Sync. The segments of
several requests are under way at once (libpq's pipeline mode), so that a request costs no round trip of its own. What
makes that safe, as measured and tested:

- the statement that reads is bound only after the one that set role and claims was executed, in the same segment;
- an error ends its segment and no other: the server skips to the Sync;
- an answer is given only after the Sync came back, because a deferred constraint fails there;
- settings are local to the transaction, so they end with the segment.

What requests send in one turn of the loop leaves in one piece at its end.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence

import psycopg
from psycopg import pq
from psycopg.pq.abc import PGconn, PGresult

from haulback.gateway.database.pipelining import sync
from haulback.gateway.database.segment import Outcome, Step

Done = Callable[[Outcome], None]
Blocked = Callable[[Sequence[Step], Done], None]

_PREPARED = 512  # statements kept on one connection; a plan takes tens of kilobytes in the server
_OK = frozenset({pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK, pq.ExecStatus.EMPTY_QUERY})


# Where the server finds out that a statement which an earlier segment was to prepare is not there, and that a change of
# the schema made a plan void: the segment was rolled back whole, so it is sent again, once.
_AGAIN = frozenset({b"FetchPreparedStatement", b"RevalidateCachedQuery"})
_LOCK_NOT_AVAILABLE = b"55P03"
# Where the server gives up: what a function or NOWAIT raises by the same code is its answer, however often it is asked.
_GIVES_UP = b"ProcessInterrupts"


def lock_was_taken(error: PGresult | None) -> bool:
    """Whether a segment did not get a lock in the time that it had."""
    return (
        error is not None
        and error.error_field(pq.DiagnosticField.SQLSTATE) == _LOCK_NOT_AVAILABLE
        and error.error_field(pq.DiagnosticField.SOURCE_FUNCTION) == _GIVES_UP
    )


class _UnderWay:
    __slots__ = ("again", "done", "expected", "outcome", "sent", "steps")

    def __init__(self, steps: Sequence[Step], done: Done, sent: float, *, again: bool) -> None:
        self.steps = steps
        self.done = done
        self.expected: list[object] = []  # for each result to come: the key it prepares, _STEP, or _ASIDE
        self.outcome = Outcome()
        self.sent = sent
        self.again = again


_STEP = object()
_ASIDE = object()


class Lane:
    """A connection in pipeline mode.

    Args:
        connection: open, autocommit; the lane owns it from now on.
        loop: that it lives in.
        lost: is called once when the connection is gone.
        blocked: is called instead of `done` for a segment that did not get a lock in the time that the connection
            gives it. It was rolled back whole.
    """

    def __init__(
        self,
        connection: psycopg.AsyncConnection,
        loop: asyncio.AbstractEventLoop,
        lost: Callable[[Lane], None],
        blocked: Blocked | None = None,
    ) -> None:
        self._connection = connection
        self._pg: PGconn = connection.pgconn
        self._loop = loop
        self._lost = lost
        self._blocked = blocked
        self._under_way: deque[_UnderWay] = deque()
        self._names: OrderedDict[object, bytes] = OrderedDict()
        self._superfluous: list[bytes] = []
        self._count = 0
        self._flush_is_due = False
        self._writing = False
        self.alive = True
        self.last_done = 0.0
        self._pg.nonblocking = 1
        self._pg.enter_pipeline_mode()
        self._socket = self._pg.socket
        loop.add_reader(self._socket, self._readable)

    @property
    def waiting(self) -> int:
        """How many segments are under way."""
        return len(self._under_way)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, or may be: something is still under way."""
        return self.alive and self._pg.transaction_status != pq.TransactionStatus.IDLE

    def held_up(self, now: float) -> float:
        """Seconds since the server last ended a segment while it has one to end; 0 where it has none."""
        if not self._under_way:
            return 0.0
        return now - max(self._under_way[0].sent, self.last_done)

    def run(self, steps: Sequence[Step], done: Done, *, whole: bool = True) -> None:
        """Sends one segment; `done` is called with its outcome from the loop, in the order of the calls.

        `whole`: whether the segment is a transaction, rather than a part of one.
        """
        if not self.alive:
            done(Outcome(lost="the connection is gone"))
            return
        self._begin(steps, done, again=not whole)

    async def ask(self, steps: Sequence[Step]) -> Outcome:
        """Runs steps of a transaction that the caller ends."""
        got: asyncio.Future[Outcome] = self._loop.create_future()

        def take(outcome: Outcome) -> None:
            if not got.cancelled():
                got.set_result(outcome)

        self.run(steps, take, whole=False)
        return await got

    def _begin(self, steps: Sequence[Step], done: Done, *, again: bool) -> None:
        under_way = _UnderWay(steps, done, self._loop.time(), again=again)
        self._under_way.append(under_way)
        try:
            if not again:
                self._drop(under_way.expected)
            for step in steps:
                self._send(step, under_way.expected)
            sync(self._pg)
        except psycopg.Error as broken:
            self._break(str(broken))
            return
        if not self._flush_is_due:
            self._flush_is_due = True
            self._loop.call_soon(self._flush)

    def look(self) -> None:
        """Reads what has come; called every now and then.

        uvloop calls a reader once for a socket that reports an error, and never again. A server that dies before it has
        read all that it was sent leaves such a socket, and what that one call finds may be its last words instead of
        the end.
        """
        if self.alive:
            self._readable()

    def forget(self) -> None:
        """Drops every prepared statement: the schema has changed."""
        if self.alive and self._names:
            self._names.clear()
            self._superfluous.clear()
            self.run([Step(None, b"DEALLOCATE ALL")], lambda _outcome: None)

    async def close(self) -> None:
        if self.alive:
            self.alive = False
            self._loop.remove_reader(self._socket)
            if self._writing:
                self._loop.remove_writer(self._socket)
        await self._connection.close()

    def _send(self, step: Step, expected: list[object]) -> None:
        if step.anew:
            # Of prepared statements, and of those in functions, which no setting and no other name would reach.
            self._pg.send_query_params(b"DISCARD PLANS", None)
            expected.append(_ASIDE)
        if step.key is None:
            self._pg.send_query_params(step.sql, step.values, param_formats=step.formats)
            expected.append(_STEP)
            return
        name = self._names.get(step.key)
        if name is None:
            name = self._prepare(step, expected)
        else:
            self._names.move_to_end(step.key)
        self._pg.send_query_prepared(name, step.values, param_formats=step.formats)
        expected.append(_STEP)

    def _drop(self, expected: list[object]) -> None:
        # At the beginning of a segment, where nothing can have failed yet: what is skipped would stay in the server.
        for name in self._superfluous:
            self._pg.send_query_params(b"DEALLOCATE " + name, None)
            expected.append(_ASIDE)
        self._superfluous.clear()

    def _prepare(self, step: Step, expected: list[object]) -> bytes:
        if len(self._names) >= _PREPARED:
            _, oldest = self._names.popitem(last=False)
            self._superfluous.append(oldest)
        self._count += 1
        name = b"h%d" % self._count
        self._pg.send_prepare(name, step.sql)
        self._names[step.key] = name
        expected.append(step.key)
        return name

    def _flush(self) -> None:
        self._flush_is_due = False
        if not self.alive:
            return
        try:
            unsent = self._pg.flush()
        except psycopg.Error as broken:
            self._break(str(broken))
            return
        if unsent and not self._writing:
            self._writing = True
            self._loop.add_writer(self._socket, self._writable)

    def _writable(self) -> None:
        try:
            if not self._pg.flush():
                self._writing = False
                self._loop.remove_writer(self._socket)
        except psycopg.Error as broken:
            self._break(str(broken))

    def _readable(self) -> None:
        pg = self._pg
        try:
            pg.consume_input()
            while self._under_way and not pg.is_busy():
                result = pg.get_result()
                if result is not None:
                    self._take(result)
        except psycopg.Error as broken:
            self._break(str(broken))

    def _take(self, result: PGresult) -> None:
        under_way = self._under_way[0]
        status = result.status
        if status == pq.ExecStatus.PIPELINE_SYNC:
            self._under_way.popleft()
            now = self._loop.time()
            under_way.outcome.seconds = now - max(under_way.sent, self.last_done)
            self.last_done = now
            # What was never reached was never prepared.
            for key in under_way.expected:
                if key is not _STEP and key is not _ASIDE:
                    self._names.pop(key, None)
            self._finish(under_way)
            return
        if status in _OK:
            kind = under_way.expected.pop(0)
            if kind is _STEP:
                under_way.outcome.results.append(result)
        elif status != pq.ExecStatus.PIPELINE_ABORTED and under_way.outcome.error is None:
            under_way.outcome.error = result

    def _finish(self, under_way: _UnderWay) -> None:
        error = under_way.outcome.error
        if (
            error is not None
            and not under_way.again
            and error.error_field(pq.DiagnosticField.SOURCE_FUNCTION) in _AGAIN
        ):
            for step in under_way.steps:
                self._names.pop(step.key, None)
            self._begin(under_way.steps, under_way.done, again=True)
            return
        if self._blocked is not None and lock_was_taken(error):
            self._blocked(under_way.steps, under_way.done)
            return
        under_way.done(under_way.outcome)

    def _break(self, why: str) -> None:
        if not self.alive:
            return
        self.alive = False
        self._loop.remove_reader(self._socket)
        if self._writing:
            self._loop.remove_writer(self._socket)
        self._lost(self)
        while self._under_way:
            under_way = self._under_way.popleft()
            under_way.outcome.lost = why
            under_way.done(under_way.outcome)
        self._connection.pgconn.finish()
