"""Use case: the API's contract with its clients, as it is and as a plan would leave it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from haulback.app import rehearsing
from haulback.app.planning import planned
from haulback.clock import Clock, SystemClock
from haulback.contract import clients, document
from haulback.contract.comparing import compare
from haulback.contract.graph_reading import EXTENSION, unused
from haulback.contract.held import held
from haulback.contract.needs import unmet
from haulback.contract.origins import attributed
from haulback.contract.reading import surface
from haulback.deploy.progress import Progress, Silent
from haulback.model.contract import ContractCheck, Difference, Surface
from haulback.model.migration import Plan
from haulback.model.rehearsal import Rehearsal
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.catalog.reader import read as read_schema
from haulback.pg.session import session


@dataclass(frozen=True)
class Request:
    """What the caller asks of a comparison.

    Attributes:
        against: a saved snapshot, that the target as it is now is held against; None for the pending plan.
        requests: recorded ones, in the place of the project's.
        out_of_order: whether a pending file may stand before an applied one.
    """

    against: Path | None = None
    requests: Path | None = None
    out_of_order: bool = False


def snapshot(settings: Settings, target: Target) -> Surface:
    """What the API of a target offers now; reads only."""
    with session(target, "haulback contract") as connection:
        return _read(settings, target, connection)


def _read(settings: Settings, target: Target, connection: psycopg.Connection) -> Surface:
    return surface(held(settings, connection), connection, graphql=not _unused(settings, target, connection))


def _unused(settings: Settings, target: Target, connection: psycopg.Connection) -> str:
    """Why nobody asks GraphQL there; empty where somebody may."""
    query = "select exists (select from pg_catalog.pg_extension where extname = %s)"
    row = connection.execute(query, (EXTENSION,)).fetchone()
    return unused(settings.api, target, extension=bool(row and row[0]))


def check(
    settings: Settings, target: Target, request: Request, progress: Progress | None = None, clock: Clock | None = None
) -> ContractCheck:
    """How the contract differs, after what is pending or since a snapshot; changes nothing on the target.

    Raises:
        HaulbackError: there is no plan, it does not run on the shadow, or a file is not what it should be.
    """
    progress, clock = progress or Silent(), clock or SystemClock()
    if request.requests is not None:
        settings = replace(settings, requests=request.requests)
    if request.against is not None:
        before = document.load(request.against)
        with session(target, "haulback contract") as connection:
            after, unused_ = _read(settings, target, connection), _unused(settings, target, connection)
        found = (*compare(before, after), *_unmet(settings, before, after))
        return ContractCheck(target.name, str(request.against), "now", found, notes=tuple(_not_read(before, unused_)))
    with session(target, "haulback contract") as connection:
        plan = planned(settings, target, connection, clock, out_of_order=request.out_of_order).plan
        if not plan.migrations:
            now = _read(settings, target, connection)
            return ContractCheck(target.name, "now", "now: nothing is pending", _unmet(settings, None, now))
        progress.step_begun("rehearse", "rehearse on a shadow")
        rehearsal = rehearsing.rehearsed(settings, connection, target, plan, read_schema(connection), clock)
        progress.step_done("rehearse", rehearsal.seconds, f"{len(rehearsal.statements)} statements")
        unused_ = _unused(settings, target, connection)
    after_ = f"after {len(plan.migrations)} pending"
    found = differences(settings, plan, rehearsal)
    problems = (rehearsal.unasked,) if rehearsal.unasked else ()
    return ContractCheck(target.name, "now", after_, found, problems, (unused_,) if unused_ else ())


def _not_read(before: Surface, unused_: str) -> Iterator[str]:
    """What cannot be compared with a snapshot."""
    if unused_:
        yield unused_
    elif before.graphql is None:
        yield "GraphQL: the snapshot does not hold it"
    if before.sent is None:
        yield "Realtime: the snapshot does not hold it"


def differences(settings: Settings, plan: Plan, rehearsal: Rehearsal | None) -> tuple[Difference, ...]:
    """How the contract differs after a plan, with the statements that it comes from.

    Nothing where it was not rehearsed: that is then unknown.

    Raises:
        ClientsUnreadable: the file of clients is not written as it should be.
    """
    if rehearsal is None or rehearsal.api is None:
        return ()
    before, after = rehearsal.api
    found = (*compare(before, after), *_unmet(settings, before, after), *rehearsal.answers)
    return attributed(found, plan)


def _unmet(settings: Settings, before: Surface | None, after: Surface) -> tuple[Difference, ...]:
    known = clients.load(settings.clients) if settings.clients else ()
    return unmet(known, before, after)
