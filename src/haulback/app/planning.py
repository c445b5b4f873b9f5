"""Use case: the plan for a target."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from haulback.clock import Clock
from haulback.journal import history
from haulback.journal.journal import Journal, with_hashes
from haulback.migrations.folder import Folder, find
from haulback.migrations.planning import make_plan
from haulback.model.migration import Applied, Plan
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.session import server


@dataclass(frozen=True)
class Planned:
    """A plan with the folder it came from."""

    plan: Plan
    folder: Folder


def planned(
    settings: Settings, target: Target, connection: psycopg.Connection, clock: Clock, *, out_of_order: bool = False
) -> Planned:
    """Reads the folder and the target's history, and plans; writes nothing."""
    folder = find(settings.migrations)
    plan = make_plan(
        folder,
        applied(connection),
        target=target.name,
        environment=target.environment.value,
        made_at=clock.now(),
        made_by=server(connection).user,
        out_of_order=out_of_order,
    )
    return Planned(plan, folder)


def applied(connection: psycopg.Connection) -> tuple[Applied, ...]:
    """The target's history, with the file hashes that the journal knows."""
    journal = Journal(connection)
    hashes = journal.file_hashes() if journal.installed else {}
    return with_hashes(history.read(connection), hashes)
