"""The sessions and the context of a command that changes a target."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import psycopg

from haulback.app import api_access
from haulback.app.target import operator
from haulback.clock import Clock
from haulback.deploy.context import Context
from haulback.deploy.extensions import preparing
from haulback.deploy.progress import Progress
from haulback.deploy.work import Work
from haulback.errors import HaulbackError
from haulback.journal import history, lock
from haulback.journal.journal import Journal, application_name
from haulback.migrations import plan_file
from haulback.migrations.folder import find
from haulback.migrations.parse import read_script
from haulback.model.deployment import Deployment, Event
from haulback.model.migration import Plan, Script
from haulback.model.schema import Schema
from haulback.model.schema_image import from_image
from haulback.model.settings import Settings
from haulback.model.target import Environment, Target
from haulback.pg.execution import ConnectionLost
from haulback.pg.locks import LockBudget
from haulback.pg.server_words import words
from haulback.pg.session import connect, require_direct, require_primary, steady
from haulback.verify.reach import Baseline

_KEEPER = "haulback/keeper"  # not tied to a deployment: the lock is taken before there is one


@dataclass
class Command:
    """One command at work on one target, with the deployment lock held until `stack` is closed.

    Attributes:
        may_hold: whether somebody accepted that others are kept waiting past the lock budget.
    """

    settings: Settings
    target: Target
    progress: Progress
    clock: Clock
    keeper: psycopg.Connection
    journal: Journal
    stack: ExitStack
    with_attic: bool = False
    skip: frozenset[str] = field(default_factory=frozenset)
    may_hold: bool = False

    def install(self) -> None:
        """Makes journal and history where they are missing: from here on the target is touched."""
        self.journal.install(tuple(self.target.approvers))
        history.prepare(self.keeper)

    def context(
        self,
        plan: Plan,
        deployment: Deployment,
        *,
        before: Schema | None = None,
        expected: Schema | None = None,
        reach: Baseline | None = None,
    ) -> Context:
        """Opens the work session of a deployment and gathers what its steps need."""
        connection = self.stack.enter_context(connect(self.target, application_name(deployment.id)))
        settings = self.settings
        budget = LockBudget(settings.lock_budget, settings.patience, settings.cancel_blockers_older_than)
        server_operator = operator(self.settings, self.target)
        return Context(
            target=self.target,
            settings=self.settings,
            plan=plan,
            deployment=deployment,
            journal=self.journal,
            work=Work(
                self.keeper,
                connection,
                self.target.name,
                budget,
                self.progress,
                self.clock,
                record=lambda text: self.journal.write(
                    deployment.id, "blockers", Event.DONE, "session", {"note": text}
                ),
                may_hold=self.may_hold or bool(deployment.plan.get("may_hold")),
            ),
            progress=self.progress,
            clock=self.clock,
            before=before,
            expected=expected,
            reach=reach,
            changes=tuple(deployment.plan.get("changes", ())),
            emptied=tuple(deployment.plan.get("emptied", ())),
            accept_loss=frozenset(deployment.plan.get("accept_loss", ())),
            operator=server_operator,
            prepare=preparing(server_operator, self.progress),
            with_attic=self.with_attic,
            seed=_seed(self.settings, self.target),
            api=api_access.of(self.settings, self.target),
        )

    def context_of(self, deployment: Deployment) -> Context:
        """The context of a deployment that the journal holds, with its files as they are now.

        An older Haulback may have begun it: the journal is brought up to date first.
        """
        self.journal.upgrade()
        plan = journaled_plan(self.settings, deployment) or plan_file.restored(dict(deployment.plan), ())
        return self.context(
            plan,
            deployment,
            before=self.image(deployment, "before"),
            expected=self.image(deployment, "expected"),
        )

    def image(self, deployment: Deployment, moment: str) -> Schema | None:
        """A schema that the journal keeps of a deployment."""
        kept = self.journal.image(deployment.id, moment)
        return from_image(kept[1]) if kept else None


def begin(
    settings: Settings, target: Target, progress: Progress, clock: Clock, stack: ExitStack, patience: float = 0.0
) -> Command:
    """Opens the session that holds the deployment lock; changes nothing on the target.

    Raises:
        ConnectionFailed, ReadOnlyTarget, PoolerInBetween: the target cannot be deployed to.
        TargetHeld: somebody else deploys.
    """
    keeper = stack.enter_context(connect(target, _KEEPER))
    require_primary(keeper, target)
    require_direct(keeper, target)
    steady(keeper)  # it stays idle for long, with the lock
    lock.acquire(keeper, target.name, patience)
    return Command(settings, target, progress, clock, keeper, Journal(keeper), stack)


@contextmanager
def converging(command: Command) -> Iterator[None]:
    """Around what changes the target: a session that breaks is told as that, with the way on.

    Raises:
        ConnectionLost: the journal says how far it came, and the same command goes on there.
    """
    try:
        yield
    except psycopg.Error as error:
        if not command.keeper.closed:
            raise
        raise ConnectionLost(target=command.target.name, reason=words(error)) from error


def journaled_plan(settings: Settings, deployment: Deployment) -> Plan | None:
    """The plan of a deployment with its files as they are now; None where the folder cannot be read."""
    try:
        folder = find(settings.migrations)
        return plan_file.restored(dict(deployment.plan), plan_file.migrations_of(dict(deployment.plan), folder))
    except HaulbackError:
        return None


def _seed(settings: Settings, target: Target) -> tuple[Script, ...]:
    if target.environment is not Environment.DEVELOPMENT:
        return ()
    return tuple(read_script(path) for path in settings.seed)
