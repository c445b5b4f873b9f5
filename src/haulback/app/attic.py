"""Use case: look into the attic, bring rows back from it, clear it out."""

from __future__ import annotations

from contextlib import ExitStack

from haulback.app.sessions import begin
from haulback.capture import attic, merging, registry
from haulback.clock import SystemClock
from haulback.deploy.progress import Progress, Silent
from haulback.errors import Exit, HaulbackError
from haulback.journal.journal import Journal
from haulback.model.capture import AtticEntry, Capture, Keeps, Merged
from haulback.model.deployment import Deployment, State
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.session import session


class StillNeeded(HaulbackError):
    template = "capture {id} belongs to deployment {number}, which is {state}"
    hint_template = "It is what takes that deployment back. Pass --confirm {identity} to destroy it all the same."
    exit_code = Exit.REFUSED


def entries(target: Target, *, verify: bool = False) -> tuple[AtticEntry, ...]:
    """What lies in the attic of a target; changes nothing."""
    with session(target, "haulback attic") as connection:
        return attic.entries(connection, verify=verify) if Journal(connection).installed else ()


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


def _may_go(capture: Capture, deployment: Deployment | None) -> bool:
    """Whether nothing is lost with it: it was given back, or was what a sealed deployment meant to destroy.

    What was kept when a deployment was taken back are rows that users wrote: they are nowhere else.
    """
    if capture.progress.get("merge", {}).get("over") or capture.progress.get("fill", {}).get("over"):
        return True
    return capture.keeps is Keeps.BEFORE and deployment is not None and deployment.state is State.SEALED
