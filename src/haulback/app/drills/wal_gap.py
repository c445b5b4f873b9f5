"""A segment of the log is gone from the archive: that is noticed beforehand, and all before it is saved.

The archive itself is left alone: what is read is what lies there, less the newest but one segment.
"""

from __future__ import annotations

from dataclasses import replace

from haulback.app import recoveries
from haulback.app.drills import _cluster
from haulback.app.drills._scenario import Scenario, Scene
from haulback.backups import pitr_plan, wal
from haulback.backups.cluster_errors import LogBroken, LogDamaged
from haulback.backups.wal import Archive, Run
from haulback.model.drill import Measured
from haulback.model.physical import Physical

_NEEDED = 3  # segments after the backup: one to keep, one to lose, one behind the hole


def _behind(scene: Scene) -> tuple[Archive, Run]:
    """The archive, and the log behind the newest backup."""
    kept = pitr_plan.whole_backups(scene.shelf)[-1].backup
    assert kept is not None  # noqa: S101 - those without a manifest are not among them
    archive = wal.read(recoveries.archive_of(scene.settings, scene.target), kept.system)
    return archive, wal.run_from(archive, archive.newest_timeline, Physical.of(kept).stop)


def _missing(scene: Scene) -> str:
    if reason := _cluster.missing(scene):
        return reason
    _, run = _behind(scene)
    if len(run.names) < _NEEDED:
        return f"the archive holds {len(run.names)} segments behind the newest backup, and {_NEEDED} are needed"
    return ""


def _play(scene: Scene) -> Measured:
    archive, run = _behind(scene)
    lost = run.names[-2]
    holed = replace(archive, segments={key: one for key, one in archive.segments.items() if one.name != lost})
    loss = _cluster.lose(scene)
    problems = []
    with scene.step(f"notice that {lost} is missing", grows=False):
        try:
            _cluster.planned(scene, holed)
            problems.append(f"nobody noticed that {lost} is missing")
        except (LogBroken, LogDamaged):
            pass
    kept = {key: one for key, one in archive.segments.items() if one.name < lost}
    before = replace(archive, segments=kept, partials={})
    return _cluster.newest_recovered(scene, loss, before, problems)


SCENARIO = Scenario(
    "wal-gap",
    "a part of the log is gone",
    lambda goals: goals.database_lost,
    _missing,
    _play,
    (
        "haulback pitr status",
        "haulback restore pitr --to MOMENT --keep-running",
        "haulback backup run --kind physical",
    ),
)
