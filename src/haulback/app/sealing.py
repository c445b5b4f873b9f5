"""Use case: end the window of deployments, so that what they kept may go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime

import psycopg

from haulback.app.looking import NoSuchDeployment
from haulback.app.sessions import Command, begin
from haulback.capture import attic, registry
from haulback.clock import SystemClock
from haulback.deploy.progress import Silent
from haulback.errors import Exit, HaulbackError
from haulback.journal.journal import write
from haulback.model.capture import Capture, Keeps
from haulback.model.deployment import Deployment, Event, State
from haulback.model.sealing import Sealed, Sealing
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.report.plain import lasting

_LOOKED_AT = 1000  # deployments


class CannotSeal(HaulbackError):
    template = "deployment {number} is {state}"
    hint_template = "Only a deployment that stands deployed can be sealed."
    exit_code = Exit.REFUSED


class NothingToSeal(HaulbackError):
    template = "there is no deployment to seal on {target}"
    hint_template = "`haulback log` lists the deployments."
    exit_code = Exit.REFUSED


class TooYoungToSeal(HaulbackError):
    template = "deployment {number} stands for {age} only, and can be taken back for {window} (deploy.seal_after)"
    hint_template = "Wait, or give up taking it back now: haulback seal {number} --yes --force."
    exit_code = Exit.REFUSED


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be sealed.

    Attributes:
        number: one deployment; with neither this nor `older_than`, the newest that stands deployed.
        older_than: seconds: all that stand deployed for longer.
        force: whether one that is younger than the policy asks is sealed too.
        purge: whether the captures of what was before are destroyed at once.
    """

    number: int | None = None
    older_than: float | None = None
    force: bool = False
    purge: bool = False


def seal(settings: Settings, target: Target, request: Request) -> Sealing:
    """Seals deployments, oldest first; each in a transaction of its own, so that a rerun goes on where a crash was.

    Raises:
        NoSuchDeployment, NothingToSeal, CannotSeal, TooYoungToSeal: nothing was sealed.
    """
    with ExitStack() as stack:
        command = begin(settings, target, Silent(), SystemClock(), stack)
        command.journal.upgrade()
        known = command.journal.newest(_LOOKED_AT)
        now = _now(command.keeper)
        chosen = _chosen(command, request, known, now)
        for one in chosen:
            if not request.force and one.state is not State.SEALED and _age(one, now) < settings.seal_after:
                age, window = lasting(_age(one, now)), lasting(settings.seal_after)
                raise TooYoungToSeal(number=one.number, age=age, window=window)
        sealed = tuple(_sealed(command, one, now, settings.seal_after, purge=request.purge) for one in chosen)
        done = {one.number for one in chosen}
        above = max(done, default=0)
        standing = (one.number for one in known if one.state is State.DEPLOYED)
        below = tuple(sorted(number for number in standing if number < above and number not in done))
        return Sealing(target.name, sealed, below)


def _chosen(command: Command, request: Request, known: Iterable[Deployment], now: datetime) -> tuple[Deployment, ...]:
    """The deployments that are meant, oldest first.

    With `purge` those that are sealed already count as well: a crash may have come between the two.
    """
    takes = {State.DEPLOYED, State.SEALED} if request.purge else {State.DEPLOYED}
    if request.older_than is not None:
        old = (one for one in known if one.state in takes and _age(one, now) >= request.older_than)
        wanted = (one for one in old if one.state is State.DEPLOYED or _before(command.keeper, one))
        return tuple(sorted(wanted, key=lambda one: one.number))
    if request.number is None:
        standing = [one for one in known if one.state is State.DEPLOYED]
        if not standing:
            raise NothingToSeal(target=command.target.name)
        return (max(standing, key=lambda one: one.number),)
    named = command.journal.load(request.number)
    if named is None:
        raise NoSuchDeployment(number=request.number, target=command.target.name)
    if named.state not in takes:
        raise CannotSeal(number=named.number, state=named.state.value)
    return (named,)


def _sealed(command: Command, deployment: Deployment, now: datetime, window: float, *, purge: bool) -> Sealed:
    age = _age(deployment, now)
    forced = age < window
    if deployment.state is not State.SEALED:
        with command.keeper.transaction():
            detail = {"state": State.SEALED, "stood": round(age), "forced": forced}
            write(command.keeper, deployment.id, "deployment", Event.STATE, detail=detail)
    kept = _before(command.keeper, deployment)
    purged = tuple(_purged(command.keeper, kept)) if purge else ()
    left = tuple(one for one in kept if one not in purged)
    size = sum(attic.size(command.keeper, one) for one in left)
    return Sealed(command.journal.again(deployment), age, forced, left, size, purged)


def _before(connection: psycopg.Connection, deployment: Deployment) -> list[Capture]:
    """What is kept of before a deployment."""
    return [one for one in registry.captures(connection, deployment.id) if one.keeps is Keeps.BEFORE]


def _purged(connection: psycopg.Connection, captures: Sequence[Capture]) -> Iterable[Capture]:
    """Those that went; one that is in use stays, and is told as still kept: the deployment is sealed by now."""
    for capture in captures:
        with suppress(attic.CaptureBusy):
            attic.purge(connection, capture)
            yield capture


def _age(deployment: Deployment, now: datetime) -> float:
    return (now - (deployment.deployed_at or deployment.begun_at)).total_seconds()


def _now(connection: psycopg.Connection) -> datetime:
    """The server's clock: the journal's times are its own."""
    row = connection.execute("select pg_catalog.clock_timestamp()").fetchone()
    assert row is not None  # noqa: S101 - a select without from has one row
    found: datetime = row[0]
    return found
