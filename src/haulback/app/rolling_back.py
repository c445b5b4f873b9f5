"""Use case: take back a deployment that stands."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from time import perf_counter

from haulback.app.sessions import begin
from haulback.clock import Clock, SystemClock
from haulback.deploy import pipeline
from haulback.deploy.errors import BelowSealed, CannotRollBack, KeptNothing, NothingToRollBack, NotTheNewest
from haulback.deploy.going_back import standing_parts
from haulback.deploy.progress import Progress, Silent
from haulback.deploy.recovery import end_orphans
from haulback.deploy.steps.maintenance import Begin
from haulback.deploy.steps.order import chosen
from haulback.journal.journal import Journal
from haulback.model.deployment import Deployment, State
from haulback.model.outcome import Outcome
from haulback.model.settings import Settings
from haulback.model.target import Target

_STANDS = (State.RUNNING, State.PLANNED, State.DEPLOYED, State.GOING_BACK, State.INCOMPLETE)
_LOOKED_AT = 1000  # deployments


def roll_back(
    settings: Settings,
    target: Target,
    number: int | None,
    progress: Progress | None = None,
    clock: Clock | None = None,
) -> Outcome:
    """Takes back deployment `number`, or the newest that stands.

    Raises:
        NothingToRollBack, CannotRollBack, NotTheNewest, BelowSealed: there is nothing to do, and nothing was done.
        RollbackIncomplete: a person is needed.
    """
    begun = perf_counter()
    with ExitStack() as stack:
        command = begin(settings, target, progress or Silent(), clock or SystemClock(), stack)
        deployment = chosen_deployment(command.journal, target, number)
        if deployment.state.unfinished:
            end_orphans(command.keeper, deployment)
            deployment = command.journal.again(deployment)
        context = command.context_of(deployment)
        skipped = frozenset(deployment.plan.get("skip", ()))
        if deployment.state is State.DEPLOYED:
            if context.before is None and standing_parts(command.keeper, deployment):
                raise KeptNothing(number=deployment.number)  # before anything is begun that could not be ended
            if Begin.id not in skipped:
                Begin().run(context)  # users are told before anything changes; undoing this step ends it
        ended = pipeline.back(context, chosen(skipped))
        return Outcome(ended.deployment, seconds=perf_counter() - begun)


def chosen_deployment(journal: Journal, target: Target, number: int | None) -> Deployment:
    """The deployment that is meant, refused unless it is the newest that stands."""
    newest = journal.newest(_LOOKED_AT)
    standing = [one for one in newest if one.state in _STANDS]
    if number is None:
        if not standing:
            raise NothingToRollBack(target=target.name)
        return _above_all_sealed(standing[0], newest)
    named = journal.load(number)
    if named is None:
        raise NothingToRollBack(target=target.name)
    if named.state not in _STANDS:
        raise CannotRollBack(number=number, state=named.state.value)
    _above_all_sealed(named, newest)
    if standing[0].number != number:
        raise NotTheNewest(number=number, newest=standing[0].number)
    return named


def _above_all_sealed(deployment: Deployment, newest: Iterable[Deployment]) -> Deployment:
    """Refuses one that a sealed deployment was built on: taking it back would take away what was made final."""
    sealed = [one.number for one in newest if one.state is State.SEALED and one.number > deployment.number]
    if sealed:
        raise BelowSealed(number=deployment.number, sealed=min(sealed))
    return deployment
