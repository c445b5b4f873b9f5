"""Use case: end what a crash left unfinished, forward or back, as the journal says."""

from __future__ import annotations

from haulback.app.sessions import Command, journaled_plan
from haulback.deploy import pipeline
from haulback.deploy.recovery import Course, course, end_orphans
from haulback.deploy.steps.order import chosen
from haulback.model.deployment import Deployment, State


def take_up(command: Command) -> Deployment | None:
    """Returns the deployment that was taken up and how it ended; None where nothing was unfinished.

    Raises:
        DeploymentFailed: going on failed, and it went back.
        RollbackIncomplete: it could not go back.
    """
    left = command.journal.load()
    if left is None or not (left.state.unfinished or left.state is State.INCOMPLETE):
        return None
    orphans = end_orphans(command.keeper, left)
    left = command.journal.again(left)
    if orphans:
        command.progress.note(f"ended {orphans} backend(s) of the interrupted deployment {left.number}")
    plan = journaled_plan(command.settings, left)
    way = course(left, plan.hash if plan else None)
    command.progress.note(f"deployment {left.number} was interrupted: {way.value}")
    context = command.context_of(left)
    steps = chosen(frozenset(left.plan.get("skip", ())))
    ended = pipeline.forward(context, steps) if way is Course.GO_ON else pipeline.back(context, steps)
    return ended.deployment
