"""Use case: put a recovered cluster in the place of the embedded one, put that back, or remove what is not needed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from haulback.app import target as targets
from haulback.app.recoveries import alone, binaries_of, operator_of, restores_of, server_of
from haulback.backups import shipping, swapping
from haulback.backups.cluster_errors import NotThatPhase, SwapNotPossible, SwapNotProved
from haulback.backups.copying import sync_whole
from haulback.backups.data_folder import spaces_of
from haulback.backups.restores import Restores
from haulback.clock import Clock, SystemClock
from haulback.deploy.progress import Progress
from haulback.model.cluster_restore import ClusterRestore, Phase
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg import control

_PROVE_SECONDS = 90.0


@dataclass(frozen=True)
class Recovered:
    """What came of it.

    Attributes:
        folder: where the recovered data folder lies; after a swap the one that ran before.
        conninfo: of the recovered server, where it was left running; else empty.
    """

    restore: ClusterRestore
    folder: Path
    conninfo: str = ""


def undo(settings: Settings, target: Target, id_: str, progress: Progress) -> Recovered:
    """Puts the data folder that ran before a swap back in its place; the recovered one is kept.

    Raises:
        NotThatPhase: it was not swapped.
    """
    kept = restores_of(settings, target)
    with alone(kept, target):
        restore = kept.one(id_)
        if restore.phase not in {Phase.SWAPPED, Phase.SWAPPING, Phase.UNDOING}:
            raise NotThatPhase(id=restore.id, phase=restore.phase.value, wanted="swapped", done="undone")
        cluster = targets.cluster(settings)
        if restore.phase is Phase.SWAPPED and not serves(settings, restore):
            reason = "another recovery was swapped in since"
            raise SwapNotPossible(target=target.name, reason=reason, way_out="Undo that one first.")
        restore = kept.note(restore, phase=Phase.UNDOING)
        begun = SystemClock().monotonic()
        progress.step_begun("undo", "put the former data folder back")
        swapping.put_back(cluster.folder, binaries_of(restore), server_of(kept, restore).data, restore)
        cluster.start()
        restore = kept.note(restore, phase=Phase.UNDONE)
        progress.step_done("undo", SystemClock().monotonic() - begun, "the former data folder serves again")
        return Recovered(restore, server_of(kept, restore).data)


def discard(settings: Settings, target: Target, id_: str) -> ClusterRestore:
    """Removes what a restore made; of one that was swapped, the data folder that ran before.

    Raises:
        NotThatPhase: an exchange is not over.
    """
    kept = restores_of(settings, target)
    with alone(kept, target):
        restore = kept.one(id_)
        if restore.phase in {Phase.SWAPPING, Phase.UNDOING}:
            raise NotThatPhase(id=restore.id, phase=restore.phase.value, wanted="at rest", done="discarded")
        if restore.major:
            server_of(kept, restore).stop("immediate")
        kept.discard(restore)
        return restore


def serves(settings: Settings, restore: ClusterRestore) -> bool:
    """Whether the cluster that a restore made is the one in place: each writes a timeline of its own."""
    cluster = targets.cluster(settings)
    return control.read(binaries_of(restore), cluster.folder.data).timeline == restore.timeline


def require_swappable(target: str, *, has_spaces: bool) -> None:
    """Refuses what would run on folders that are removed with the restore.

    Raises:
        SwapNotPossible: its tablespaces lie beside it.
    """
    if has_spaces:
        raise SwapNotPossible(
            target=target, reason="its tablespaces lie in the folder of the restore",
            way_out="Leave --swap out: move them, set the links in pg_tblspc, and start the server on the folder.",
        )  # fmt: skip


def swapped(settings: Settings, kept: Restores, restore: ClusterRestore, progress: Progress, clock: Clock) -> Recovered:
    cluster = targets.cluster(settings)
    server = server_of(kept, restore)
    require_swappable(restore.target, has_spaces=spaces_of(server.data).exists())
    begun = clock.monotonic()
    progress.step_begun("swap", "put the recovered data folder in place")
    server.stop()
    if restore.phase is not Phase.SWAPPING:
        sync_whole(server.data)
        swapping.reserve(cluster.folder.archive, server.data, restore)
        restore = kept.note(restore, phase=Phase.SWAPPING)
    swapping.put_in_place(cluster.folder, server.binaries, server.data, restore)
    running = cluster.start()
    archive = cluster.folder.archive
    with operator_of(running) as connection:
        name = shipping.ship(connection, archive, clock, _PROVE_SECONDS)
    restore = kept.note(restore, phase=Phase.SWAPPED)
    if not name:
        raise SwapNotProved(timeline=restore.timeline, archive=archive, seconds=_PROVE_SECONDS)
    progress.step_done("swap", clock.monotonic() - begun, f"timeline {restore.timeline} is in the archive")
    return Recovered(restore, server.data)
