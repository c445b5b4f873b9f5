"""Puts a recovered data folder in the place of the one that runs, and keeps that one.

The intent is noted before anything moves, and which folder is which can be read from the folders themselves: the
recovered one writes a timeline of its own. So a rerun after a crash at any instant knows what is left to do.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from haulback.backups.cluster_errors import SwapNotPossible
from haulback.model.cluster_restore import ClusterRestore
from haulback.model.wal import segment_number
from haulback.pg import archive_segment, control, exchange, postmaster
from haulback.pg.binaries import Binaries
from haulback.pg.cluster_folder import ClusterFolder, sync_folder
from haulback.pg.control import Control
from haulback.pg.os_user import server_user

_STOP_SECONDS = 120.0
_AUTO = "postgresql.auto.conf"
_SEGMENT = re.compile(r"^[0-9A-F]{24}$")


def reserve(archive: Path, recovered: Path, restore: ClusterRestore) -> None:
    """Archives the history of the recovered timeline, which so has its number for itself.

    It began while archiving was off, and the server never asks again for it: without it nothing behind the swap could
    be recovered.

    Raises:
        SwapNotPossible: another restore took the number since.
    """
    name = f"{restore.timeline:08X}.history"
    try:
        archive_segment.archive(recovered / "pg_wal" / name, archive / name)
    except FileExistsError:
        reason = f"timeline {restore.timeline} is taken by another restore"
        raise SwapNotPossible(
            target=restore.target, reason=reason, way_out=f"Discard it and recover again: --discard {restore.id}."
        ) from None
    server_user().own(archive / name)


def put_in_place(folder: ClusterFolder, binaries: Binaries, recovered: Path, restore: ClusterRestore) -> None:
    """Stops the server and exchanges its data folder for the recovered one; the old one lies there afterwards.

    Args:
        folder: of the cluster; nobody else starts or stops it while this runs.
        binaries: of its version.
        recovered: the data folder that a restore made; its server is stopped.
        restore: with the timeline that it writes.
    """
    with folder.locked():
        exchange.settle(folder.data, recovered)
        if control.read(binaries, folder.data).timeline == restore.timeline:
            return
        _stop(folder)
        _carry_settings(folder.data, recovered)
        _announce_log(recovered, control.read(binaries, recovered))
        exchange.exchange(folder.data, recovered)


def put_back(folder: ClusterFolder, binaries: Binaries, kept: Path, restore: ClusterRestore) -> None:
    """The reverse: the data folder that ran before runs again, the recovered one is kept."""
    with folder.locked():
        exchange.settle(folder.data, kept)
        if control.read(binaries, folder.data).timeline != restore.timeline:
            return
        _stop(folder)
        exchange.exchange(folder.data, kept)


def _stop(folder: ClusterFolder) -> None:
    server = postmaster.read(folder.data)
    if server is not None:
        # A fast stop archives the last segment: nothing that was committed is missing from the archive.
        postmaster.stop(server, folder.data, "fast", _STOP_SECONDS)
    postmaster.clear_remains(folder.data)


def _carry_settings(old: Path, recovered: Path) -> None:
    """What ALTER SYSTEM set holds on: a recovery begins without any of it."""
    if (old / _AUTO).exists():
        shutil.copyfile(old / _AUTO, recovered / _AUTO)
        server_user().own(recovered / _AUTO)


def _announce_log(recovered: Path, found: Control) -> None:
    """Asks for the archiving of the segments that were filled while archiving was off.

    Files of segments that are yet to come lie there as well, under their future names, with whatever they held before:
    only what is behind the checkpoint of the shutdown was written.
    """
    log = recovered / "pg_wal"
    status = log / "archive_status"
    status.mkdir(exist_ok=True, mode=0o700)
    server_user().own(status)
    for path in sorted(log.iterdir()):
        if not _SEGMENT.match(path.name) or int(path.name[:8], 16) != found.timeline:
            continue
        written = segment_number(path.name, found.segment_size) < found.checkpoint // found.segment_size
        if written and not (status / f"{path.name}.done").exists():
            ready = status / f"{path.name}.ready"
            ready.touch(mode=0o600)
            server_user().own(ready)
    sync_folder(status)
