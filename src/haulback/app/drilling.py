"""Use case: do a recovery for practice, measure it, hold it against the objectives, and keep the evidence."""

from __future__ import annotations

from collections.abc import Mapping

from haulback import registry
from haulback.app.backing_up import key, shelf
from haulback.app.drills._scenario import Scenario, Scene
from haulback.backups import evidence
from haulback.backups.drilling import forecast, judged
from haulback.clock import Clock, SystemClock
from haulback.deploy.progress import Progress
from haulback.errors import Exit, HaulbackError
from haulback.model.drill import Drill, DrillVerdict, Measured
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.report import drills as report

# Without a word the hardest that can be played: what was lost whole teaches more than what was lost in part.
HARDEST_FIRST = ("database-lost", "table-lost", "bad-migration", "corrupt-page", "wal-gap")


class UnknownScenario(HaulbackError):
    template = "there is no scenario {id}"
    hint_template = "The scenarios are {known}."
    exit_code = Exit.USAGE


class NothingToDrill(HaulbackError):
    template = "no drill can be played on {target}: {reasons}"
    hint_template = "`haulback dr plan` tells what is missing for each loss."
    exit_code = Exit.UNVERIFIED


def scenarios() -> Mapping[str, Scenario]:
    """All scenarios by id."""
    return registry.find("haulback.app.drills", "drills", "SCENARIO")


def drill(
    settings: Settings, target: Target, scenario: str | None, progress: Progress, clock: Clock | None = None
) -> Drill:
    """Plays one scenario aside; changes nothing on the target.

    Raises:
        UnknownScenario, NothingToDrill: nothing was played.
        HaulbackError: nothing was, since somebody else holds what it takes.
    """
    clock = clock or SystemClock()
    on = shelf(settings, target)
    scene = Scene(settings, target, on, key(settings), progress, clock, on.all())
    chosen = _chosen(scene, scenario)
    at = clock.now()
    before = evidence.earlier(on.store, chosen.id)
    tried = True
    try:
        measured = chosen.play(scene)
    except HaulbackError as failure:
        if failure.exit_code is Exit.HELD:  # somebody else has the private cluster: nothing was played
            raise
        tried = (
            failure.exit_code is not Exit.UNVERIFIED
        )  # such as a key that is not here: that says nothing of the backup
        progress.step_failed("drill", failure.message)
        measured = Measured(None, None, steps=tuple(scene.steps), problems=(failure.message,))
    limit = chosen.objective(settings.objectives)
    verdict, problems = judged(measured, limit, settings.objectives.data_loss)
    verdict = verdict if tried else DrillVerdict.UNKNOWN
    found = Drill(
        id=evidence.new_id(at, chosen.id),
        scenario=chosen.id,
        target=target.name,
        at=at,
        verdict=verdict,
        measured=measured,
        objective=limit,
        loss_objective=settings.objectives.data_loss,
        problems=problems,
        forecast=forecast(before, measured, limit),
        trend=tuple(one.measured.rto for one in before if one.measured.rto is not None),
    )
    evidence.keep(on.store, found, report.page(found))
    return found


def _chosen(scene: Scene, id_: str | None) -> Scenario:
    known = scenarios()
    if id_ is not None and id_ not in known:
        raise UnknownScenario(id=id_, known=", ".join(known))
    wanted = [id_] if id_ else [one for one in HARDEST_FIRST if one in known]
    reasons = []
    for one in wanted:
        reason = known[one].missing(scene)
        if not reason:
            return known[one]
        reasons.append(f"{one}: {reason}")
    raise NothingToDrill(target=scene.target.name, reasons="; ".join(reasons))
