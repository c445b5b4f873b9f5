"""Use case: look into the attic, bring rows back from it, clear it out."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from haulback.app.looking import NoSuchDeployment
from haulback.app.sessions import begin
from haulback.capture import attic, merging, registry, showing
from haulback.clock import SystemClock
from haulback.deploy.progress import Progress, Silent
from haulback.errors import Exit, HaulbackError
from haulback.journal.journal import Journal
from haulback.model.attic_view import AtticView
from haulback.model.capture import AtticEntry, Capture, CaptureKind, Keeps, Merged
from haulback.model.deployment import Deployment, Event, State
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.session import session

_LOOKED_AT = 1000  # deployments


class StillNeeded(HaulbackError):
    template = "capture {id} belongs to deployment {number}, which is {state}"
    hint_template = "It is what takes that deployment back. Pass --confirm {identity} to destroy it all the same."
    exit_code = Exit.REFUSED


class NotOver(HaulbackError):
    template = "deployment {number} is {state}: what it kept is what takes it back"
    hint_template = "Seal it first with `haulback seal {number}`, or purge one capture: haulback attic list."
    exit_code = Exit.REFUSED


class NowhereElse(HaulbackError):
    template = "rows of {identities} that deployment {number} kept are nowhere else"
    hint_template = (
        "Bring them back with `haulback attic restore ID`, or pass --confirm {number} to destroy them all the same."
    )
    exit_code = Exit.REFUSED


def entries(target: Target, *, verify: bool = False) -> tuple[AtticEntry, ...]:
    """What lies in the attic of a target; changes nothing."""
    with session(target, "haulback attic") as connection:
        journal = Journal(connection)
        if not journal.installed:
            return ()
        states = {one.number: one.state.value for one in journal.newest(_LOOKED_AT)}
        found = attic.entries(connection, verify=verify)
        return tuple(replace(one, standing=states.get(one.capture.number, "")) for one in found)


def view(target: Target, id_: int, *, most: int, verify: bool = False) -> AtticView:
    """One capture with where it came from and its first rows; changes nothing.

    Raises:
        NoSuchCapture: there is none of that id.
    """
    with session(target, "haulback attic") as connection:
        capture = registry.load(connection, id_)
        deployment = Journal(connection).load(capture.number)
        assert deployment is not None  # noqa: S101 - a foreign key holds it
        entry = attic.entry(connection, capture, verify=verify)
        return AtticView(
            replace(entry, standing=deployment.state.value),
            deployment,
            _files(deployment, capture),
            showing.columns(connection, capture),
            showing.rows(connection, capture, most),
            showing.noted(connection, capture, most),
        )


def restore(settings: Settings, target: Target, id_: int, progress: Progress | None = None) -> Merged:
    """Merges one capture back into the table of its name, under the deployment lock."""
    listener = progress or Silent()
    with ExitStack() as stack:
        command = begin(settings, target, listener, SystemClock(), stack)
        capture = registry.load(command.keeper, id_)
        return merging.merge(
            command.keeper,
            capture,
            lock_timeout_ms=int(settings.lock_budget * 500),
            progress=lambda one, rows: listener.part("merge", one.identity, rows, max(rows, one.rows or 0)),
        )


def purge(settings: Settings, target: Target, id_: int, confirm: str | None) -> Capture:
    """Destroys one capture for good.

    Raises:
        StillNeeded: its rows are not anywhere else, and nobody said its name.
    """
    with ExitStack() as stack:
        command = begin(settings, target, Silent(), SystemClock(), stack)
        capture = registry.load(command.keeper, id_)
        deployment = command.journal.load(capture.number)
        if not _may_go(capture, deployment) and confirm != capture.identity:
            state = deployment.state.value if deployment else "unknown"
            raise StillNeeded(id=id_, number=capture.number, state=state, identity=capture.identity)
        attic.purge(command.keeper, capture)
        return capture


def purge_all(settings: Settings, target: Target, number: int, confirm: int | None) -> tuple[Capture, ...]:
    """Destroys for good whatever a deployment kept that is sealed or rolled back.

    Raises:
        NoSuchDeployment: the journal has none of that number.
        NotOver: it stands, or is under way.
        NowhereElse: some rows are not anywhere else, and nobody said its number; nothing was destroyed.
    """
    with ExitStack() as stack:
        command = begin(settings, target, Silent(), SystemClock(), stack)
        deployment = command.journal.load(number)
        if deployment is None:
            raise NoSuchDeployment(number=number, target=target.name)
        if deployment.state not in {State.SEALED, State.ROLLED_BACK}:
            raise NotOver(number=number, state=deployment.state.value)
        kept = registry.captures(command.keeper, deployment.id)
        needed = [one.identity for one in kept if one.holds_rows and not _may_go(one, deployment)]
        if needed and confirm != number:
            raise NowhereElse(number=number, identities=", ".join(sorted(set(needed))))
        for capture in kept:
            attic.purge(command.keeper, capture)
        return kept


def _files(deployment: Deployment, capture: Capture) -> tuple[str, ...]:
    """The migration that a copy was finished in, or a table dropped by; for what is kept otherwise, all of them."""
    files = {str(one["version"]): str(one.get("file") or one["version"]) for one in deployment.plan["migrations"]}
    one_by_one = {CaptureKind.COPIED_TABLE, CaptureKind.COPIED_COLUMNS, CaptureKind.MOVED_TABLE}
    if capture.kind in one_by_one and capture.keeps is Keeps.BEFORE and capture.at:
        # These are registered in the transaction that ends with the line of its migration.
        done = [one for one in deployment.entries if one.step == "migration" and one.event is Event.DONE]
        later = [files[one.unit] for one in done if one.at >= capture.at and one.unit in files]
        return tuple(later[:1]) or tuple(files.values())
    return tuple(files.values())


def _may_go(capture: Capture, deployment: Deployment | None) -> bool:
    """Whether nothing is lost with it: it was given back, or was what a sealed deployment meant to destroy.

    What was kept when a deployment was taken back are rows that users wrote: they are nowhere else.
    """
    if attic.given_back(capture):
        return True
    return capture.keeps is Keeps.BEFORE and deployment is not None and deployment.state is State.SEALED
