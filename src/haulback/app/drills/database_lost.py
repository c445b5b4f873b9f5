"""The server is gone with its disk: the cluster comes back from its newest backup and the archive."""

from __future__ import annotations

from haulback.app.drills import _cluster
from haulback.app.drills._scenario import Scenario, Scene
from haulback.model.drill import Measured


def _play(scene: Scene) -> Measured:
    loss = _cluster.lose(scene)
    with scene.step("look for the newest moment in the archive", grows=False):
        plan = _cluster.planned(scene)
    with _cluster.place(scene) as folder:
        seen = _cluster.recovered(scene, plan, folder)
    seconds, how = _cluster.lost_seconds(loss, plan, _cluster.newest_transaction(plan))
    return Measured(
        rto=scene.seconds,
        rpo=seconds,
        rows=sum(seen.rows.values()),
        size=plan.chain.bytes + plan.log_bytes,
        backup=plan.backup.id,
        steps=tuple(scene.steps),
        problems=tuple(seen.problems),
        facts=(how,),
    )


SCENARIO = Scenario(
    "database-lost",
    "the whole database is gone",
    lambda goals: goals.database_lost,
    _cluster.missing,
    _play,
    (
        "haulback pitr status",
        "haulback restore pitr --to latest --keep-running",
        "haulback restore pitr --to latest --swap --confirm TARGET",
    ),
)
