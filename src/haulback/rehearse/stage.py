"""Where a rehearsal plays: copies of one image on one shadow, and the pipeline wired to them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from psycopg.conninfo import conninfo_to_dict

from haulback.clock import Clock
from haulback.contract import held
from haulback.contract.graph_reading import EXTENSION, unused
from haulback.contract.reading import surface
from haulback.contract.replaying import answers
from haulback.deploy.context import Context, NoTraces, Traces
from haulback.deploy.extensions import preparing
from haulback.deploy.progress import Silent
from haulback.deploy.work import Work
from haulback.gateway.answer import Answer
from haulback.journal import history, lock
from haulback.journal.journal import Journal, application_name
from haulback.migrations import plan_file
from haulback.model.api import ApiSettings
from haulback.model.contract import Surface
from haulback.model.migration import Plan
from haulback.model.requests import RecordedRequest
from haulback.model.schema import ObjectKey, Schema
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.catalog.reader import read
from haulback.pg.cluster import Running
from haulback.pg.locks import LockBudget
from haulback.pg.session import connect
from haulback.rehearse import rows
from haulback.rehearse.shadow import Shadow
from haulback.verify.reach import Baseline, measure

_PATIENCE = 5.0  # seconds; nobody else is on the shadow


def asks_graphql(api: ApiSettings, target: Target, before: Schema) -> bool:
    """Whether anybody may ask GraphQL on a target of this schema."""
    return not unused(api, target, extension=ObjectKey("extension", EXTENSION) in before.objects)


@dataclass(frozen=True)
class Stage:
    """Everything that the runs of one rehearsal share."""

    shadow: Shadow
    running: Running
    image: str
    before: Schema
    settings: Settings
    target: Target
    plan: Plan
    clock: Clock

    def copy(self) -> Target:
        """A fresh copy of the image, as a target of its own."""
        return self.shadow.fresh(self.running, self.image, self.before, self.target)

    def schema(self, copy: Target) -> Schema:
        """The schema of a copy."""
        with self.shadow.superuser(self.running, copy) as connection:
            return read(connection)

    def rows(self, copy: Target) -> rows.Rows:
        """What the tables of a copy hold."""
        with self.shadow.superuser(self.running, copy) as connection:
            return rows.read(connection)

    def reach(self, copy: Target, before: Baseline | None = None) -> Baseline:
        """What the API's roles reach on a copy: anon, and users against each other's rows of the sample."""
        with self.shadow.superuser(self.running, copy) as connection:
            return measure(connection, before)

    def offered(self, copy: Target) -> tuple[Surface, tuple[str, ...]]:
        """What the API offers on a copy, and what of its settings there could not be read."""
        with self.shadow.superuser(self.running, copy) as connection:
            now = held.nearly(self.settings, connection)
            return surface(now, connection, graphql=self.asks_graphql), held.unread(now)

    @property
    def asks_graphql(self) -> bool:
        """Whether anybody may ask GraphQL on the target."""
        return asks_graphql(self.settings.api, self.target, self.before)

    def answers(self, copy: Target, requests: Sequence[RecordedRequest]) -> tuple[Answer, ...]:
        """What the API of a copy answers.

        Raises:
            NotAsked: it cannot be asked.
        """
        api = self.settings.api
        address = conninfo_to_dict(self.running.conninfo(api.login, copy.parameters["dbname"]))
        login = {name: str(value) for name, value in address.items() if value is not None}
        return answers(requests, login, self.settings.exposed, api)

    def context(
        self,
        stack: ExitStack,
        copy: Target,
        *,
        traces: Traces | None = None,
        before: Schema | None = None,
        expected: Schema | None = None,
        changes: tuple[str, ...] = (),
        emptied: tuple[str, ...] = (),
    ) -> Context:
        """Begins a deployment on a copy, exactly as one begins on a target."""
        keeper = stack.enter_context(connect(copy, "haulback/keeper"))
        lock.acquire(keeper, copy.name)
        journal = Journal(keeper)
        journal.install()
        history.prepare(keeper)
        document = plan_file.to_json(self.plan, statements=False)
        deployment = journal.begin(self.plan.hash, document, copy.name, self.plan.environment)
        connection = stack.enter_context(connect(copy, application_name(deployment.id)))
        progress = Silent()
        return Context(
            target=copy,
            settings=self.settings,
            plan=self.plan,
            deployment=deployment,
            journal=journal,
            work=Work(
                keeper,
                connection,
                copy.name,
                LockBudget(self.settings.lock_budget, _PATIENCE),
                progress,
                self.clock,
                may_hold=True,  # whom would it keep waiting there?
                marking=True,
            ),
            progress=progress,
            clock=self.clock,
            before=before,
            expected=expected,
            changes=changes,
            emptied=emptied,
            # What cannot be kept is told at the end, and refused by who asked.
            accept_loss=frozenset(migration.version for migration in self.plan.migrations),
            prepare=preparing(lambda: self.shadow.superuser(self.running, copy), progress),
            traces=traces or NoTraces(),
        )
