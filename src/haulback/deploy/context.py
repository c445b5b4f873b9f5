"""All that the steps of one deployment share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import psycopg

from haulback.clock import Clock
from haulback.deploy.progress import Progress
from haulback.deploy.work import Work
from haulback.journal.journal import Journal
from haulback.model.deployment import Deployment
from haulback.model.migration import Plan, Script, Statement
from haulback.model.schema import Schema
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.verify.api.access import Access
from haulback.verify.reach import Baseline


class Traces(Protocol):
    """Hooks around the units and statements of a migration; the rehearsal measures through them."""

    def unit_begun(self, connection: psycopg.Connection) -> None:
        """Inside the transaction, before its first statement."""

    def before(self, connection: psycopg.Connection, statement: Statement) -> None:
        """Just before a statement goes out."""

    def after(self, connection: psycopg.Connection, statement: Statement, label: str) -> None:
        """Just after a statement succeeded."""

    def unit_ended(self, connection: psycopg.Connection, label: str) -> None:
        """Inside the transaction, after its last statement."""


class NoTraces:
    """Measures nothing."""

    def unit_begun(self, connection: psycopg.Connection) -> None: ...

    def before(self, connection: psycopg.Connection, statement: Statement) -> None: ...

    def after(self, connection: psycopg.Connection, statement: Statement, label: str) -> None: ...

    def unit_ended(self, connection: psycopg.Connection, label: str) -> None: ...


@dataclass(frozen=True)
class Context:
    """One deployment's target, plan, sessions and record.

    Attributes:
        deployment: as the journal told it when this run began.
        before: the target's schema when the deployment began; None where the caller left captures out.
        expected: the schema that the rehearsal led to; None where nothing was rehearsed.
        reach: what each role could reach before the deployment; None after a crash.
        operator: opens a session of the server's operator, where the server is ours (embedded); for a restore
            point and a WAL switch that the deploying role may not ask for.
        prepare: what is done with a statement's text before it runs; on servers of ours it makes stand-ins for
            absent extensions.
        changes: identities of tables whose rows the rehearsal saw changed.
        emptied: identities of tables that it saw emptied at once.
        accept_loss: versions that may change what no capture holds.
        with_attic: whether rows kept from an earlier life of the tables are merged back.
        seed: SQL files to load in development.
        api: how the target's API is asked; None where it has none.
    """

    target: Target
    settings: Settings
    plan: Plan
    deployment: Deployment
    journal: Journal
    work: Work
    progress: Progress
    clock: Clock
    before: Schema | None = None
    expected: Schema | None = None
    reach: Baseline | None = None
    operator: Callable[[], psycopg.Connection] | None = None
    prepare: Callable[[str], str] = lambda text: text
    changes: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    accept_loss: frozenset[str] = frozenset()
    with_attic: bool = False
    seed: tuple[Script, ...] = ()
    api: Access | None = None
    traces: Traces = field(default_factory=NoTraces)
