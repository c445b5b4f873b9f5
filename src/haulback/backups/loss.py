"""What would be lost with a server: from the newest commit that is in its archive. Pure."""

from __future__ import annotations

from datetime import datetime

from haulback.model.archiving import DataLoss
from haulback.model.wal import Record

RECEIVER, ARCHIVER = "receiver", "archive command"
SKEW = 300.0  # seconds that the server's clock and ours may differ by


def seconds_lost(since: datetime, at: datetime) -> float | None:
    """Seconds from a moment by the server's clock to one by ours; None where that lies ahead, and so says nothing."""
    seconds = (at - since).total_seconds()
    return max(0.0, seconds) if seconds >= -SKEW else None


def told(
    full: Record | None, archived: Record | None, following: int | None, beat: datetime | None, now: datetime
) -> DataLoss:
    """What would be lost now.

    Args:
        full: the newest commit that is in the archive in any way.
        archived: the newest that the archive command brought.
        following: number that the next transaction gets; None where nobody could be asked.
        beat: when the heartbeat was written last; None where nobody could be asked.
        now: by our clock.
    """
    newest = full.at if full else None
    by = ""
    if full:
        by = RECEIVER if archived is None or archived.lsn < full.lsn else ARCHIVER
    is_in = beat is not None and newest is not None and beat <= newest
    return DataLoss(
        seconds=lost(full, following, now),
        newest=newest,
        by=by,
        archived_seconds=lost(archived, following, now),
        heartbeat=beat,
        heartbeat_seconds=seconds_lost(beat, now) if beat and is_in else None,
    )


def is_all_in(newest: Record | None, next_transaction: int | None) -> bool:
    """Whether no transaction was begun after the newest one in the archive.

    Args:
        newest: commit in the archive; None where there is none.
        next_transaction: number that the next one gets, without its epoch; None where nobody could be asked.
    """
    return newest is not None and next_transaction is not None and next_transaction <= newest.xid + 1


def lost(newest: Record | None, next_transaction: int | None, at: datetime) -> float | None:
    """Seconds of writes that are lost at most if the server is gone at a moment; None where nobody can tell."""
    if is_all_in(newest, next_transaction):
        return 0.0
    return seconds_lost(newest.at, at) if newest and newest.at else None
