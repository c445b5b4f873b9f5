"""Recovers a moment beside the running server: a new data folder, its own server, nothing of the old one's settings."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg

from haulback.backups.chain import remove_made
from haulback.backups.cluster_errors import RecoveryMissed
from haulback.backups.copying import require_room
from haulback.backups.engines._engine import Progress, nobody
from haulback.backups.errors import BackupDamaged
from haulback.backups.pitr_plan import PitrPlan
from haulback.backups.wal_records import lay_out
from haulback.model.aim import Stop
from haulback.model.wal import FileKind, lsn_text
from haulback.pg import processes
from haulback.pg.cluster_folder import sync_folder
from haulback.pg.os_user import server_user
from haulback.pg.postmaster import ClusterDidNotStart
from haulback.pg.private_server import PrivateServer

_RESTORED = re.compile(rb'restored log file "')
_LOG_SPARE = 2 * 1024**3  # max_wal_size: so much of the log a recovery keeps at most
_SPARE = 256 * 1024**2


def server_of(plan: PitrPlan, folder: Path) -> PrivateServer:
    """The server that recovers it, in a folder of its own."""
    return PrivateServer(folder, plan.chain.binaries, plan.chain.physical.superuser)


def require_recoverable(plan: PitrPlan, folder: Path) -> None:
    """Refuses what would fail later, before anything is written.

    Raises:
        NoRoom: it would not fit beside the rest.
        BackupDamaged: a file of the backup is not what was written; of a packed one that is seen while it is unpacked.
    """
    require_room(folder, plan.chain.room + min(plan.log_bytes, _LOG_SPARE) + _SPARE)
    problems = plan.chain.problems()
    if problems:
        raise BackupDamaged(id=plan.backup.id, reason="; ".join(problems))


def build(plan: PitrPlan, server: PrivateServer, progress: Progress = nobody) -> None:
    """Makes the data folder. It gets its name only when it is whole, with all settings of its recovery in it."""
    owner = server_user()
    server.folder.chmod(0o711 if owner.switch else 0o700)
    making = server.folder / "data.making"
    for left in (making, server.data):
        remove_made(left)
    total = plan.chain.room
    plan.chain.make(making, owner, lambda done: progress("bytes of the backup written", done, max(done, total)))
    log = _log_folder(plan, server.folder)
    server.configure(making, _settings(plan.stop, plan.timeline, log), recover=True)
    making.rename(server.data)
    sync_folder(server.folder)


def run(plan: PitrPlan, server: PrivateServer, progress: Progress = nobody) -> int:
    """Starts the server and waits until it has recovered; the timeline that it writes now.

    The server accepts nobody before its recovery is over, and ends where the stop is never reached: one that answers,
    says that it recovers no more, still lives after that, and wrote into its log where it stopped, has done it.

    Raises:
        RecoveryMissed: it ended, or stopped elsewhere.
    """
    begun = server.log.stat().st_size if server.log.exists() else 0
    try:
        running = server.start((server.folder, plan.archive.folder, *plan.chain.places), _watch(plan, server, progress))
    except ClusterDidNotStart as failure:
        raise RecoveryMissed(aim=plan.aim, reason=failure.fields["reason"], folder=server.folder) from failure
    try:
        with server.session("template1") as connection:
            row = connection.execute(
                "select pg_catalog.pg_is_in_recovery(),"
                " pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8)"
            ).fetchone()
    except psycopg.Error as failure:
        reason = str(failure).splitlines()[0]
        raise RecoveryMissed(aim=plan.aim, reason=reason, folder=server.folder) from failure
    with server.log.open("rb") as stream:
        stream.seek(begun)
        told = stream.read().decode(errors="replace")
    if row is None or row[0] or not processes.is_alive(running.pid):
        raise RecoveryMissed(aim=plan.aim, reason="the server recovers still, or died", folder=server.folder)
    if plan.stop.says not in told:
        said = [line for line in told.splitlines() if "recovery stopping" in line]
        reason = f"its log says {said[0].partition('LOG:')[2].strip() if said else 'nothing of a stop'}"
        raise RecoveryMissed(aim=plan.aim, reason=reason, folder=server.folder)
    return int(row[1], 16)


def _settings(stop: Stop, timeline: int, log: Path) -> dict[str, str]:
    return {
        # The folder holds links to just those files of the archive that were found sound.
        "restore_command": f"cp {_literal(log)}/%f %p",
        stop.setting: stop.value,
        "recovery_target_inclusive": "on" if stop.inclusive else "off",
        # Never `latest`: whatever another server put into the archive would be followed.
        "recovery_target_timeline": str(timeline),
        "recovery_target_action": "promote",
        # What a crash of the machine takes is begun again; before it serves anybody it is synced whole.
        "fsync": "off",
    }


def _literal(path: Path) -> str:
    return shlex.quote(str(path)).replace("%", "%%")


def _log_folder(plan: PitrPlan, folder: Path) -> Path:
    """The segments of the plan, by links, and every history: from those the server counts its new timeline."""
    log = folder / "wal"
    shutil.rmtree(log, ignore_errors=True)
    log.mkdir(mode=0o755)
    for name in plan.segments:
        lay_out(plan.archive, name, log / name)
    for timeline, place in plan.archive.places.items():
        (log / f"{timeline:08X}.{FileKind.HISTORY.value}").symlink_to(plan.archive.folder.absolute() / place)
    return log


def _watch(plan: PitrPlan, server: PrivateServer, progress: Progress) -> Callable[[], None]:
    """Counts the segments that the server says it has taken from the archive."""
    seen = -1

    def look() -> None:
        nonlocal seen
        try:
            count = len(_RESTORED.findall(server.log.read_bytes()))
        except FileNotFoundError:
            return
        if count != seen and count:
            seen = count
            size = plan.archive.segment_size
            what = f"bytes of the log replayed, up to {lsn_text(plan.stop.lsn)}"
            progress(what, min(count * size, plan.log_bytes), plan.log_bytes)

    return look
