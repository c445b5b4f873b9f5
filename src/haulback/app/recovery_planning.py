"""Use case: say what to do when something is lost, for one target, from its backups and drills."""

from __future__ import annotations

import shlex

from haulback.app.backing_up import key, shelf
from haulback.app.drilling import HARDEST_FIRST, scenarios
from haulback.app.drills._scenario import Scenario, Scene
from haulback.backups import evidence
from haulback.backups.covering import newest_covering
from haulback.backups.loss import SKEW
from haulback.clock import Clock, SystemClock
from haulback.deploy.progress import Silent
from haulback.model.drill import Drill, DrillVerdict
from haulback.model.recovery_plan import Loss, RecoveryPlan
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.report.plain import lasting

_OLD = 90 * 86400.0  # seconds, after which a drill says little


def recovery_plan(settings: Settings, target: Target, clock: Clock | None = None) -> RecoveryPlan:
    """Reads the store; asks nothing of the target, which may be gone."""
    clock = clock or SystemClock()
    now, on = clock.now(), shelf(settings, target)
    scene = Scene(settings, target, on, key(settings), Silent(), clock, on.all())
    proved = [one.backup for one in reversed(scene.kept) if one.is_proved and one.backup]
    newest, lacking = newest_covering(proved, scene.tables)
    age = (now - newest.began_at).total_seconds() if newest else None
    known = scenarios()
    order = [*(one for one in HARDEST_FIRST if one in known), *(one for one in known if one not in HARDEST_FIRST)]
    losses = tuple(_loss(scene, known[one]) for one in order)
    return RecoveryPlan(
        target=target.name,
        environment=target.environment.value,
        at=now,
        store=on.store.address,
        newest=newest.id if newest else "",
        age=age,
        losses=losses,
        contacts=settings.objectives.contacts,
        loss_objective=settings.objectives.data_loss,
        gaps=(
            *_gaps(settings, age, lacking),
            *(gap for one in losses for gap in _of_loss(one, settings, now.timestamp())),
        ),
    )


def _loss(scene: Scene, scenario: Scenario) -> Loss:
    drills = evidence.earlier(scene.shelf.store, scenario.id)
    newest: Drill | None = drills[-1] if drills else None
    return Loss(
        scenario=scenario.id,
        title=scenario.title,
        objective=scenario.objective(scene.settings.objectives),
        commands=_commands(scene, scenario),
        verdict=newest.verdict if newest else None,
        measured=newest.measured.rto if newest else None,
        lost=newest.measured.rpo if newest else None,
        drilled_at=newest.at if newest else None,
        old=newest is not None and (scene.clock.now() - newest.at).total_seconds() > _OLD,
        problem=newest.problems[0] if newest and newest.problems else "",
        missing=scenario.missing(scene),
    )


def _commands(scene: Scene, scenario: Scenario) -> tuple[str, ...]:
    """What a person types for this very target; only the server that Haulback runs can be swapped."""
    name = shlex.quote(scene.target.name)
    named = "" if scene.target.name == scene.settings.default_target else f" --target {name}"
    possible = (one for one in scenario.commands if scene.target.embedded or "--swap" not in one)
    return tuple(f"{one.replace('--confirm TARGET', f'--confirm {name}')}{named}" for one in possible)


def _gaps(settings: Settings, age: float | None, lacking: tuple[str, ...]) -> list[str]:
    found = []
    if lacking:
        found.append(f"No proved backup holds {', '.join(lacking)}: nothing shows that it could be recovered.")
    elif age is None:
        found.append("No backup was proved: nothing shows that anything could be recovered.")
    elif age < -SKEW:
        found.append(f"The newest proved backup lies {lasting(-age)} ahead: a clock is wrong, and its age is unknown.")
    elif age > settings.objectives.backup_every:
        every = lasting(settings.objectives.backup_every)
        found.append(f"The newest proved backup is {lasting(age)} old, and one is wanted every {every}.")
    if not settings.objectives.contacts:
        found.append("Nobody is named in objectives.contacts.")
    return found


def _of_loss(loss: Loss, settings: Settings, now: float) -> list[str]:
    if loss.missing:
        return [f"{loss.scenario} cannot be recovered from today: {loss.missing}"]
    if loss.drilled_at is None:
        return [f"{loss.scenario} was never practised: haulback drill --scenario {loss.scenario}"]
    found = []
    if loss.verdict is DrillVerdict.UNKNOWN:
        found.append(f"Whether {loss.scenario} can be recovered from is unknown since the newest drill: {loss.problem}")
    elif loss.measured is None:
        found.append(f"{loss.scenario} could not be recovered from in the newest drill: {loss.problem}")
    if loss.measured is not None and loss.measured > loss.objective:
        found.append(f"{loss.scenario} did not meet its objective in the newest drill.")
    if loss.lost is not None and loss.lost > settings.objectives.data_loss:
        allowed = lasting(settings.objectives.data_loss)
        found.append(f"{loss.scenario} lost writes of {lasting(loss.lost)} in the newest drill, {allowed} are allowed.")
    if not found and loss.verdict is DrillVerdict.FAIL:  # of what it found, or by objectives that were others then
        found.append(f"{loss.scenario} failed in the newest drill: {loss.problem}")
    ago = now - loss.drilled_at.timestamp()
    if loss.old:
        again = f"haulback drill --scenario {loss.scenario}"
        found.append(f"{loss.scenario} was last practised {lasting(ago)} ago, which says little of today: {again}")
    elif ago < -SKEW:
        found.append(f"The newest drill of {loss.scenario} lies {lasting(-ago)} ahead: a clock is wrong.")
    return found
