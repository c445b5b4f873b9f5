"""Use case: recover the whole cluster of a target to a moment beside it, and put it in place, or back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from haulback.app import target as targets
from haulback.app.backing_up import key, shelf
from haulback.app.byte_rate import Rate
from haulback.app.recoveries import alone, archive_of, at_rest, operator_of, restores_of, server_of
from haulback.app.swapping_in import Recovered, require_swappable, serves, swapped
from haulback.backups import pitr_plan, recovery, shipping, wal
from haulback.backups.cluster_errors import (
    RecoveryBad,
    SwapNotPossible,
)
from haulback.backups.physical_proof import read_whole
from haulback.backups.pitr_plan import PitrPlan, Situation
from haulback.backups.restores import Restores, new_id
from haulback.clock import Clock, SystemClock
from haulback.deploy.progress import Progress
from haulback.errors import HaulbackError
from haulback.model.aim import Aim, AimKind
from haulback.model.cluster_restore import ClusterRestore, Phase
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.model.wal import lsn_text
from haulback.pg import control
from haulback.pg.postmaster import boot
from haulback.pg.private_server import PrivateServer
from haulback.pg.session import connect

_SHIP_SECONDS = 30.0
_STEP = "recover"
_UNSYNCED = frozenset({Phase.RECOVERED, Phase.PROVED})
_GONE_ON = frozenset({Phase.RECOVERED, Phase.PROVED, Phase.SWAPPING})


@dataclass(frozen=True)
class Request:
    """What is to be recovered, and what becomes of it.

    Attributes:
        chosen: id of the backup to begin with; empty for the newest that will do.
        timeline: to look on; 0 for the one that the server writes.
        keep_running: leave the recovered server running, for a look.
        swap: put it in the place of the embedded server.
    """

    aim: Aim
    chosen: str = ""
    timeline: int = 0
    keep_running: bool = False
    swap: bool = False


def situation(settings: Settings, target: Target, timeline: int, clock: Clock) -> Situation:
    """What there is to recover from; a server that runs is asked first to archive what it has.

    Raises:
        NoArchive, ArchiveUnreachable: there is nothing to read.
    """
    folder = archive_of(settings, target)
    system, current = _identity(settings, target, folder, clock)
    on = shelf(settings, target)
    return Situation(target.name, on, wal.read(folder, system), system, timeline or current, key(settings))


def plan(settings: Settings, target: Target, request: Request, clock: Clock) -> PitrPlan:
    """How the moment would be recovered; writes nothing but, on a server that runs, the end of a segment.

    Raises:
        HaulbackError: it cannot be reached, and why.
    """
    found = situation(settings, target, request.timeline, clock)
    return pitr_plan.plan(found, request.aim, request.chosen)


def recover(
    settings: Settings, target: Target, request: Request, progress: Progress, clock: Clock | None = None
) -> Recovered:
    """Recovers a moment aside and reads everything there; then does with it what was asked for.

    Killed at any moment, the same request goes on where that is sound, and else begins again.

    Raises:
        HaulbackError: refused before anything was touched, or failed; the running server is as it was.
    """
    clock = clock or SystemClock()
    if request.swap and not target.embedded:
        raise SwapNotPossible(
            target=target.name, reason="Haulback does not run it",
            way_out="Leave --swap out: stop the server yourself, and start it on the recovered folder.",
        )  # fmt: skip
    kept = restores_of(settings, target)
    with alone(kept, target):
        restore = _begun(settings, kept, target, request)
        if restore is not None and restore.phase is Phase.SWAPPED:  # killed before it could say so, or asked twice
            return Recovered(restore, server_of(kept, restore).data)
        if restore is None or restore.phase is Phase.RECOVERED:
            restore = _recovered(settings, target, request, kept, restore, progress, clock)
        server = server_of(kept, restore)
        if request.swap:
            return swapped(settings, kept, restore, progress, clock)
        return Recovered(restore, server.data, _kept_running(server) if request.keep_running else "")


def _begun(settings: Settings, kept: Restores, target: Target, request: Request) -> ClusterRestore | None:
    """The restore that the same request began; what of it cannot be gone on with is cleared away."""
    found = [
        one
        for one in kept.all()
        if one.target == target.name
        and (one.aim, one.chosen, one.wanted_timeline) == (str(request.aim), request.chosen, request.timeline)
    ]
    for one in found:
        # The newest moment is another one by now, and nothing was synced that the machine could have lost since.
        stale = (request.aim.kind is AimKind.LATEST or one.boot != boot()) and one.phase in _UNSYNCED
        # Another restore was swapped in since and took the number of its timeline.
        taken = one.phase is Phase.PROVED and (archive_of(settings, target) / f"{one.timeline:08X}.history").exists()
        if one.phase is Phase.BUILDING or stale or taken:
            if one.major:
                server_of(kept, one).stop("immediate")
            kept.discard(one)
    alive = [
        one
        for one in found
        if kept.place(one.id).exists()
        and (one.phase in _GONE_ON or (request.swap and one.phase is Phase.SWAPPED and serves(settings, one)))
    ]
    return alive[-1] if alive else None


def _recovered(
    settings: Settings, target: Target, request: Request, kept: Restores, begun: ClusterRestore | None,
    progress: Progress, clock: Clock,
) -> ClusterRestore:  # fmt: skip
    started = clock.monotonic()
    restore = begun
    if restore is None:
        progress.step_begun("plan", f"look for {request.aim} in the archive")
        found = plan(settings, target, request, clock)
        require_swappable(target.name, has_spaces=request.swap and found.chain.has_spaces)
        place = kept.place(new_id(clock.now()))
        recovery.require_recoverable(found, place)
        progress.step_done("plan", clock.monotonic() - started, _told(found))
        restore = kept.begin(_restore(target, request, found, place.name, clock))
        restore = _built(kept, restore, found, progress, clock)
    server = server_of(kept, restore)
    begun_at = clock.monotonic()
    progress.step_begun("read", "read everything that was recovered")
    if server.running() is None:  # we were killed in between; it has recovered, and starts as any server does
        server.start((server.folder,))
    seen = read_whole(
        server, lambda what, done, total: progress.part("read", what, done, total),
        checksums=control.read(server.binaries, server.data).checksums,
    )  # fmt: skip
    rows = sum(seen.rows.values())
    seconds = restore.seconds + clock.monotonic() - (begun_at if begun is None else started)
    if seen.problems:
        progress.step_failed("read", seen.problems[0])
        kept.note(restore, phase=Phase.BAD, rows=rows, problem="; ".join(seen.problems), seconds=seconds)
        raise RecoveryBad(reason="; ".join(seen.problems), folder=server.folder)
    progress.step_done("read", clock.monotonic() - begun_at, f"{seen.tables:,} tables, {rows:,} rows")
    return kept.note(restore, phase=Phase.PROVED, rows=rows, tables=seen.tables, seconds=seconds)


def _built(
    kept: Restores, restore: ClusterRestore, found: PitrPlan, progress: Progress, clock: Clock
) -> ClusterRestore:
    begun = clock.monotonic()
    server = recovery.server_of(found, kept.place(restore.id))
    rate = Rate(progress, clock)
    try:
        progress.step_begun("copy", f"copy the backup {found.backup.id}")
        recovery.build(found, server, rate.told("copy"))
        progress.step_done("copy", clock.monotonic() - begun, f"{found.chain.bytes:,} bytes")
        replayed = clock.monotonic()
        progress.step_begun(_STEP, f"replay the log to {found.aim}")
        timeline = recovery.run(found, server, rate.told(_STEP))
    except BaseException:
        server.stop("immediate")
        raise
    progress.step_done(_STEP, clock.monotonic() - replayed, f"stopped at {lsn_text(found.stop.lsn)}")
    seconds = clock.monotonic() - begun
    return kept.note(restore, phase=Phase.RECOVERED, timeline=timeline, seconds=seconds)


def _kept_running(server: PrivateServer) -> str:
    if server.running() is None:
        server.start((server.folder,))
    return server.conninfo("postgres")


def _restore(target: Target, request: Request, found: PitrPlan, id_: str, clock: Clock) -> ClusterRestore:
    return ClusterRestore(
        id=id_,
        target=target.name,
        aim=str(request.aim),
        phase=Phase.BUILDING,
        began_at=clock.now(),
        chosen=request.chosen,
        wanted_timeline=request.timeline,
        backup=found.backup.id,
        system=found.backup.system,
        superuser=found.chain.physical.superuser,
        major=found.backup.major,
        stop=f"{found.stop.setting} = {found.stop.value}",
        lsn=lsn_text(found.stop.lsn),
        at=found.stop.at,
        bytes=found.chain.bytes,
        boot=boot(),
    )


def _told(found: PitrPlan) -> str:
    proved = "" if found.proved else ", which was not proved yet"
    return f"{found.backup.id}{proved}, {len(found.segments)} segments, timeline {found.timeline}"


def _identity(settings: Settings, target: Target, archive: Path, clock: Clock) -> tuple[str, int]:
    """Identifier and timeline of the target's cluster, and what it has, shipped; nothing where it is gone."""
    if target.embedded:
        cluster = targets.cluster(settings)
        running = cluster.status().running
        if running is None:
            return at_rest(settings)
        with operator_of(running) as connection:
            return _shipped(connection, archive, clock)
    try:
        with connect(target, "haulback/recover") as connection:
            return _shipped(connection, archive, clock)
    except HaulbackError:
        return "", 0


def _shipped(connection: psycopg.Connection, archive: Path, clock: Clock) -> tuple[str, int]:
    try:
        found = shipping.identity(connection)
    except psycopg.Error:  # a standby, or a server that goes down just now
        return "", 0
    with suppress(psycopg.Error):  # a role that may not switch segments recovers what is there
        shipping.ship(connection, archive, clock, _SHIP_SECONDS, received=True)
    return found
