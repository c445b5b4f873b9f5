"""What the scenarios share that recover a whole cluster from its backups and its archive, as if it were gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from haulback.app import recoveries
from haulback.app.drills._scenario import Scene
from haulback.backups import loss as losses
from haulback.backups import pitr_plan, reach, recovery, shipping, wal
from haulback.backups.cluster_errors import ArchiveUnreachable, NoArchive
from haulback.backups.inspection import Inspection
from haulback.backups.physical_proof import read_whole
from haulback.backups.pitr_plan import PitrPlan, Situation
from haulback.backups.scratch import scratch
from haulback.backups.wal import Archive
from haulback.errors import HaulbackError
from haulback.journal import heartbeat
from haulback.model.aim import Aim, AimKind
from haulback.model.drill import Measured
from haulback.model.wal import Record, lsn_text
from haulback.pg.private_server import PrivateServer
from haulback.pg.session import connect

NEWEST = Aim(AimKind.LATEST)


@dataclass(frozen=True)
class Loss:
    """The moment at which the server is taken for gone.

    Attributes:
        at: by our clock.
        next_transaction: number that the next writing transaction would have got; None where nobody could be asked.
    """

    at: datetime
    next_transaction: int | None


def missing(scene: Scene) -> str:
    """Why nothing of the kind can be played; empty where it can."""
    if not pitr_plan.whole_backups(scene.shelf):
        return "there is no backup of the whole cluster: haulback backup run --kind physical"
    try:
        wal.read(recoveries.archive_of(scene.settings, scene.target))
    except (NoArchive, ArchiveUnreachable) as failure:
        return failure.message
    return ""


def lose(scene: Scene) -> Loss:
    """Takes the server for gone from now on: nothing more is asked of it, and nothing more is shipped."""
    try:
        with connect(scene.target, "haulback/drill") as connection:
            following = shipping.next_transaction(connection)
    except (HaulbackError, psycopg.Error):
        return Loss(scene.clock.now(), None)
    return Loss(scene.clock.now(), following)


def planned(scene: Scene, archive: Archive | None = None) -> PitrPlan:
    """How the newest moment would be recovered from what lies in the archive, and nothing else.

    Raises:
        HaulbackError: it cannot be.
    """
    newest = pitr_plan.whole_backups(scene.shelf)[-1].backup
    system = newest.system if newest else ""
    found = archive or wal.read(recoveries.archive_of(scene.settings, scene.target), system)
    situation = Situation(scene.target.name, scene.shelf, found, system, found.newest_timeline, scene.key)
    return pitr_plan.plan(situation, NEWEST)


def newest_recovered(
    scene: Scene, loss: Loss, archive: Archive | None = None, problems: Sequence[str] = ()
) -> Measured:
    """Recovers the newest moment aside, and says what that took and lost.

    Args:
        scene: with the steps that came before.
        loss: the moment at which the server was gone.
        archive: what is left of it; None for all that lies there.
        problems: what the steps before showed.

    Raises:
        HaulbackError: it did not come to its end.
    """
    with scene.step("look for the newest moment in the archive", grows=False):
        plan = planned(scene, archive)
    with place(scene) as folder:
        seen, beat = _recovered(scene, plan, folder)
    seconds, how = _lost(loss, plan)
    return Measured(
        rto=scene.seconds,
        rpo=seconds,
        rows=sum(seen.rows.values()),
        size=plan.chain.bytes + plan.log_bytes,
        backup=plan.backup.id,
        steps=tuple(scene.steps),
        problems=(*problems, *seen.problems),
        facts=(how,),
        heartbeat=losses.seconds_lost(beat, loss.at) if beat else None,
    )


@contextmanager
def place(scene: Scene) -> Iterator[Path]:
    """A folder for a private server; everything of it is gone after the block."""
    with scratch(scene.settings.home.absolute() / "drills") as folder:
        yield folder


def _recovered(scene: Scene, plan: PitrPlan, folder: Path) -> tuple[Inspection, datetime | None]:
    """Recovers the cluster aside, and reads everything in it; with the heartbeat that came back, where there is one.

    Raises:
        HaulbackError: it did not come to its end.
    """
    server = recovery.server_of(plan, folder)
    try:
        with scene.step("check the files of the backup"):
            recovery.require_recoverable(plan, folder)
        with scene.step(f"copy the backup {plan.backup.id}"):
            recovery.build(plan, server)
        with scene.step(f"replay {len(plan.segments)} segments of the log, to {lsn_text(plan.stop.lsn)}"):
            recovery.run(plan, server)
        with server.session(plan.backup.database) as connection:
            beat = heartbeat.read(connection)
        with scene.step("read everything that was recovered"):
            checksums = plan.chain.physical.checksums
            return read_whole(server, lambda _what, _done, _all: None, checksums=checksums), beat
    finally:
        stop(server)


def stop(server: PrivateServer) -> None:
    """Ends a private server, whatever it does."""
    server.stop("immediate")


def _lost(loss: Loss, plan: PitrPlan) -> tuple[float | None, str]:
    """Seconds of writes that are not in the archive, None where clocks contradict each other, and what that goes by.

    Where no transaction was begun after the newest that is in, nothing is lost, however long ago that was. Else it is
    at most the time since then.
    """
    if losses.is_all_in(_newest_commit(plan), loss.next_transaction):
        return 0.0, "Nothing was written after the newest transaction in the archive."
    if plan.stop.at is None:  # the backup is whole from its end on, and the log behind it tells of no commit
        seconds = losses.seconds_lost(plan.backup.ended_at, loss.at)
        return seconds, "At most so much is lost: the time since the end of the backup."
    seconds = losses.seconds_lost(plan.stop.at, loss.at)
    return seconds, "At most so much is lost: the time since the newest transaction in the archive."


def _newest_commit(plan: PitrPlan) -> Record | None:
    """The newest commit that the archive holds; None without one."""
    since = plan.chain.physical.stop
    run = wal.run_from(plan.archive, plan.timeline, since)
    return reach.newest_commit(plan.archive, plan.chain.binaries, plan.timeline, run, since)
