"""The server is gone with its disk: the cluster comes back from its newest backup and the archive."""

from __future__ import annotations

from haulback.app.drills import _cluster
from haulback.app.drills._scenario import Scenario, Scene
from haulback.model.drill import Measured


def _play(scene: Scene) -> Measured:
    return _cluster.newest_recovered(scene, _cluster.lose(scene))


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
