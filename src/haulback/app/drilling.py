"""Use case: do a recovery for practice, measure it, hold it against the objectives, and keep the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import psycopg

from haulback import registry
from haulback.app.backing_up import key, shelf
from haulback.app.drills._scenario import Scenario, Scene
from haulback.backups import evidence
from haulback.backups.drilling import forecast, judged, judged_failure
from haulback.backups.shelf import Shelf
from haulback.clock import Clock, SystemClock
from haulback.deploy.progress import Progress
from haulback.errors import Exit, HaulbackError
from haulback.model.drill import Drill, Measured
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.server_words import failure_words
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
    limit = chosen.objective(settings.objectives)
    try:
        measured = chosen.play(scene)
        verdict, problems = judged(measured, limit, settings.objectives.data_loss)
    except (HaulbackError, psycopg.Error, OSError) as failure:
        if isinstance(failure, HaulbackError) and failure.exit_code is Exit.HELD:
            raise  # somebody else has the private cluster: nothing was played
        said = failure_words(failure)
        progress.step_failed("drill", said)
        measured = Measured(None, None, steps=tuple(scene.steps), problems=(said,))
        verdict, problems = judged_failure(failure), (said,)
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
    return _filed(on, found, progress)


def _filed(on: Shelf, found: Drill, progress: Progress) -> Drill:
    """Keeps the evidence; where that cannot be done the verdict stands all the same, and says so."""
    try:
        evidence.keep(on.store, found, report.page(found))
    except (HaulbackError, OSError) as failure:
        said = failure_words(failure)
        progress.step_failed("drill", f"the evidence was not kept: {said}")
        return replace(found, unfiled=said)
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
