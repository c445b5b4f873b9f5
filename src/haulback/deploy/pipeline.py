"""Takes a deployment forward through its steps, or back through the same steps.

Intent is journaled, then the step acts, then the outcome is journaled (with the act, where it is transactional).
Whatever this process meets, a rerun that reads the journal goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter

import psycopg

from haulback.deploy.context import Context
from haulback.deploy.decisions import Action, decide
from haulback.deploy.errors import DeploymentFailed, Interrupted, RollbackIncomplete
from haulback.deploy.steps.step import Step
from haulback.errors import HaulbackError
from haulback.model.deployment import Event, State
from haulback.pg.execution import ConnectionLost
from haulback.redact import redact


def forward(context: Context, steps: Sequence[Step]) -> Context:
    """Runs what is not done yet; on a failure decides, and goes back by itself.

    Raises:
        DeploymentFailed: failed, and taken back clean.
        RollbackIncomplete: failed, and could not be taken back.
        Interrupted, ConnectionLost, LockLost: stopped where it was; a rerun converges.
    """
    try:
        for step in steps:
            if not context.deployment.is_done(step.id):
                context = _run(context, step)
    except (Exception, KeyboardInterrupt) as failure:  # noqa: BLE001 - the target comes first, whatever it was
        return _failed(context, steps, failure)
    return _state(context, State.DEPLOYED)


def back(context: Context, steps: Sequence[Step]) -> Context:
    """Undoes in reverse order what was begun, and ends in `rolled back`.

    Raises:
        RollbackIncomplete: a step could not be undone; what was undone stays undone, and a rerun goes on.
        Interrupted, ConnectionLost, LockLost: stopped where it was; a rerun converges.
    """
    if context.deployment.state is not State.GOING_BACK:
        context = _state(context, State.GOING_BACK)
    # What a migration in parts set, such as a role, would still hold; and whoever goes back is not ended half-way.
    context.work.reset()
    with context.work.holding():
        for step in reversed(steps):
            if _needs_undo(context, step):
                context = _undo(context, step)
    return _state(context, State.ROLLED_BACK)


def _run(context: Context, step: Step) -> Context:
    context.journal.write(context.deployment.id, step.id, Event.BEGUN)
    context.progress.step_begun(step.id, step.title)
    begun = perf_counter()
    detail = dict(step.run(context))
    seconds = perf_counter() - begun
    context.journal.write(context.deployment.id, step.id, Event.DONE, detail=detail | {"seconds": round(seconds, 3)})
    context.progress.step_done(step.id, seconds, summary(detail))
    return _again(context)


def _undo(context: Context, step: Step) -> Context:
    context.journal.write(context.deployment.id, step.id, Event.UNDO_BEGUN)
    context.progress.step_begun(step.id, f"undo: {step.title}")
    begun = perf_counter()
    try:
        detail = dict(step.undo(context))
    except KeyboardInterrupt as interrupt:
        raise Interrupted(number=context.deployment.number) from interrupt
    except (HaulbackError, psycopg.Error) as failure:
        _stop_if_told(context, failure)
        problem = redact(str(failure)).strip()
        context.journal.write(context.deployment.id, step.id, Event.FAILED, detail={"problem": problem})
        _state(context, State.INCOMPLETE)
        context.progress.step_failed(step.id, problem)
        advice = failure.hint if isinstance(failure, HaulbackError) else "Mend what is named."
        raise RollbackIncomplete(number=context.deployment.number, problem=problem, advice=advice) from failure
    seconds = perf_counter() - begun
    context.journal.write(context.deployment.id, step.id, Event.UNDONE, detail=detail)
    context.progress.step_done(step.id, seconds, summary(detail))
    return _again(context)


def _needs_undo(context: Context, step: Step) -> bool:
    """Begun or done, and not undone since."""
    told = [e.event for e in context.deployment.entries if e.step == step.id and not e.unit]
    return bool(told) and told[-1] is not Event.UNDONE


def _failed(context: Context, steps: Sequence[Step], failure: BaseException) -> Context:
    decision = decide(failure)
    problem = redact(str(failure)).strip() or type(failure).__name__
    context.progress.step_failed(decision.issue, problem)
    if decision.action is Action.STOP:
        if isinstance(failure, KeyboardInterrupt):
            raise Interrupted(number=context.deployment.number) from failure
        _stop_if_told(context, failure)
        raise failure
    context = _again(context)
    running = next((e.step for e in reversed(context.deployment.entries) if e.event is Event.BEGUN and not e.unit), "")
    context.journal.write(
        context.deployment.id,
        running or "deployment",
        Event.FAILED,
        detail={"problem": problem, "issue": decision.issue, "severity": decision.severity},
    )
    back(_again(context), steps)
    if not isinstance(failure, HaulbackError | psycopg.Error):
        raise failure
    advice = failure.hint if isinstance(failure, HaulbackError) else "Mend it, then run the same command again."
    raise DeploymentFailed(number=context.deployment.number, problem=problem, advice=advice) from failure


def _stop_if_told(context: Context, failure: BaseException) -> None:
    """Turns a broken connection into its own error; raises nothing for any other failure."""
    broken = context.work.connection.closed or context.work.keeper.closed
    if isinstance(failure, psycopg.Error) and broken:
        reason = redact(str(failure)).strip().splitlines()[0]
        raise ConnectionLost(target=context.target.name, reason=reason) from failure
    if decide(failure).action is Action.STOP and isinstance(failure, HaulbackError):
        raise failure


def _state(context: Context, state: State) -> Context:
    context.journal.write(context.deployment.id, "deployment", Event.STATE, detail={"state": state.value})
    return _again(context)


def _again(context: Context) -> Context:
    return replace(context, deployment=context.journal.again(context.deployment))


def summary(detail: dict[str, object]) -> str:
    """One line of what a step noted."""
    told = ((key, value) for key, value in detail.items() if key != "existing" and value not in ({}, [], "", None))
    return ", ".join(f"{key} {_shown(value)}" for key, value in told)


def _shown(value: object) -> str:
    if not isinstance(value, list):
        return str(value)
    return " ".join(str(one.get("identity", one)) if isinstance(one, dict) else str(one) for one in value)
