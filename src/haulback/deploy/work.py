"""The session that a deployment works through: patient transactions, fenced by the deployment lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import psycopg

from haulback.clock import Clock
from haulback.deploy.progress import Progress
from haulback.journal.lock import require_held
from haulback.pg.locks import Blocker, LockBudget, Watch, patiently
from haulback.pg.session import backend

T = TypeVar("T")


class Work:
    """Two sessions: `keeper` holds the deployment lock and watches, `connection` does the work.

    They are two because a migration may do anything to its own session (DISCARD ALL, a reset role), and the
    lock must survive that.
    """

    def __init__(
        self,
        keeper: psycopg.Connection,
        connection: psycopg.Connection,
        target: str,
        budget: LockBudget,
        progress: Progress,
        clock: Clock,
    ) -> None:
        self.keeper, self.connection, self.budget = keeper, connection, budget
        self._target, self._progress, self._clock = target, progress, clock
        self._keeper_backend, self._backend = backend(keeper), backend(connection)
        self.reset()

    def transaction(self, what: str, act: Callable[[psycopg.Connection], T]) -> T:
        """Runs `act` and commits, tried again while locks are not to be had.

        The lock_timeout is local to the transaction, so nothing of ours is left in the session.
        """

        def attempt() -> T:
            with self.connection.transaction():
                self.keep_budget()
                result = act(self.connection)
                require_held(self.connection, self._keeper_backend, self._target)
            return result

        return self.patiently(what, attempt)

    def outside(self, what: str, act: Callable[[psycopg.Connection], T]) -> T:
        """Runs `act` without a transaction block, for what allows none.

        Such statements wait for others without keeping anybody out (CREATE INDEX CONCURRENTLY waits for every
        older transaction), so they get the whole patience instead of half the budget.
        """

        def attempt() -> T:
            milliseconds = str(max(1, int(self.budget.patience * 1000)))
            self.connection.execute(
                "select pg_catalog.set_config('lock_timeout', %s, false),"
                " pg_catalog.set_config('statement_timeout', '0', false)",
                [milliseconds],
            )
            try:
                return act(self.connection)
            finally:
                if not self.connection.closed:
                    self.connection.execute("reset lock_timeout")
                    self.connection.execute("reset statement_timeout")

        return self.patiently(what, attempt)

    def patiently(self, what: str, attempt: Callable[[], T]) -> T:
        def told(tries: int, blockers: tuple[Blocker, ...]) -> None:
            self._progress.waiting(what, tries, blockers)

        def watch() -> Watch:
            return Watch(self.keeper, self._backend, self.budget.lock_timeout_ms / 1000)

        return patiently(attempt, watch, self.budget, told=told, clock=self._clock)

    def keep_budget(self) -> None:
        """Sets our lock_timeout for this transaction, over whatever the migration set itself.

        A role's own statement_timeout is meant for its API requests: a migration may take longer.
        """
        self.connection.execute(
            "select pg_catalog.set_config('lock_timeout', %s, true),"
            " pg_catalog.set_config('statement_timeout', '0', true)",
            [str(self.budget.lock_timeout_ms)],
        )

    def reset(self) -> None:
        """Forgets all that a migration set: its SETs, role, temporary tables and prepared statements."""
        self.connection.execute("discard all")
