"""The session that a deployment works through: patient transactions, fenced by the deployment lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import psycopg

from haulback.clock import Clock
from haulback.deploy.progress import Progress
from haulback.journal.lock import require_held
from haulback.model.blocker import Blocker
from haulback.pg.blockers import BlockerEnder
from haulback.pg.lock_order import LockOrder
from haulback.pg.lock_watch import Watch
from haulback.pg.locks import LockBudget, patiently
from haulback.pg.session import IDLE_IN_TRANSACTION, backend, steady

T = TypeVar("T")


class Work:
    """Two sessions: `keeper` holds the deployment lock and watches, `connection` does the work.

    They are two because a migration may do anything to its own session (DISCARD ALL, a reset role), and the
    lock must survive that.

    Attributes:
        may_hold: whether others may be kept waiting past the budget; see `holding`.
        noting: the number of the deployment while what the session changes is noted, see `haulback.capture.changes`.
    """

    def __init__(
        self,
        keeper: psycopg.Connection,
        connection: psycopg.Connection,
        target: str,
        budget: LockBudget,
        progress: Progress,
        clock: Clock,
        *,
        record: Callable[[str], None] = lambda _text: None,
        may_hold: bool = False,
        marking: bool = False,
    ) -> None:
        """`record` writes into the journal what was done to sessions of others.

        `marking` is for a shadow: statements that meet no rows there leave a mark among the notes all the same.
        """
        self._marking = "on" if marking else ""
        self.keeper, self.connection, self.budget = keeper, connection, budget
        self.may_hold = may_hold
        self.noting = ""
        self._target, self._progress, self._clock, self._record = target, progress, clock, record
        self._lock_timeout_ms = budget.lock_timeout_ms
        self._ender = BlockerEnder(keeper, budget.cancel_older_than, self._tell) if budget.cancel_older_than else None
        self._keeper_backend, self._backend = backend(keeper), backend(connection)
        steady(keeper)
        self.reset()

    def transaction(self, what: str, act: Callable[[psycopg.Connection], T]) -> T:
        """Runs `act` and commits, tried again while locks are not to be had.

        The lock_timeout is local to the transaction, so nothing of ours is left in the session. What one try could
        not get is what the next one takes first.

        Raises:
            LockPatienceOver: no lock was to be had.
            HeldTooLong: it was ended, since it kept others waiting past the budget.
        """
        order = LockOrder()

        def attempt() -> T:
            with self.connection.transaction():
                self.keep_budget()
                order.take(self.connection)
                result = act(self.connection)
                require_held(self.connection, self._keeper_backend, self._target)
            return result

        return self.patiently(what, attempt, order)

    def outside(self, what: str, act: Callable[[psycopg.Connection], T]) -> T:
        """Runs `act` without a transaction block, for what allows none.

        Such statements wait for others without keeping anybody out (CREATE INDEX CONCURRENTLY waits for every
        older transaction), so they get the whole patience instead of half the budget. One that does keep others
        out (VACUUM FULL) is ended like any other, and tried again if it only waited itself.
        """

        def attempt() -> T:
            milliseconds = str(max(1, int(self.budget.patience * 1000)))
            self.connection.execute(
                "select pg_catalog.set_config('lock_timeout', %s, false),"
                " pg_catalog.set_config('haulback.noting', %s, false),"
                " pg_catalog.set_config('haulback.marking', %s, false)",
                [milliseconds, self.noting, self._marking],
            )
            try:
                return act(self.connection)
            finally:
                if not self.connection.closed:
                    self.connection.execute("reset lock_timeout")
                    self.connection.execute("reset haulback.noting")

        return self.patiently(what, attempt)

    def patiently(self, what: str, attempt: Callable[[], T], order: LockOrder | None = None) -> T:
        """Calls `attempt` until it gets its locks; see `haulback.pg.locks.patiently`.

        `order` learns from each try what the next one has to take first.
        """
        learned = order or LockOrder()

        def told(tries: int, blockers: tuple[Blocker, ...]) -> None:
            self._progress.waiting(what, tries, blockers)

        def working(phase: str, done: int, total: int) -> None:
            self._progress.working(what, phase, done, total)

        def watch(wait: float) -> Watch:
            usual = self.budget.lock_timeout_ms / 1000
            # Whoever waits longer than usual has said so, and others may then wait as much longer.
            allowed = None if self.may_hold else self.budget.budget + wait - usual
            made = Watch(
                self.keeper,
                self._backend,
                usual,
                allowed=allowed,
                meet=self._ender or (lambda _blockers: None),
                working=working,
            )
            return learned.watched(made)

        def tried(lock_timeout_ms: int) -> T:
            self._lock_timeout_ms = lock_timeout_ms
            try:
                return attempt()
            finally:
                self._lock_timeout_ms = self.budget.lock_timeout_ms

        return patiently(tried, watch, self.budget, what=what, told=told, note=self._progress.note, clock=self._clock)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Lets others wait past the budget: for what was accepted, and for what must not be ended half-way."""
        before, self.may_hold = self.may_hold, True
        try:
            yield
        finally:
            self.may_hold = before

    def keep_budget(self) -> None:
        """Sets our timeouts and the noting for this transaction, over whatever the migration set itself.

        An open transaction of ours whose process hangs is ended by the server. How long its statements may take is
        left to the migration.
        """
        self.connection.execute(
            "select pg_catalog.set_config('lock_timeout', %s, true),"
            " pg_catalog.set_config('idle_in_transaction_session_timeout', %s, true),"
            " pg_catalog.set_config('haulback.noting', %s, true), pg_catalog.set_config('haulback.marking', %s, true)",
            [str(self._lock_timeout_ms), IDLE_IN_TRANSACTION, self.noting, self._marking],
        )

    def reset(self) -> None:
        """Forgets all that a migration set: its SETs, role, temporary tables and prepared statements."""
        self.connection.execute("discard all")
        steady(self.connection)

    def _tell(self, text: str) -> None:
        self._record(text)
        self._progress.note(text)
