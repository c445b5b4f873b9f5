"""What would be lost with a server, told from what is in its archive."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from haulback.backups import loss
from haulback.backups.reach import warnings
from haulback.model.archiving import Archiver, DataLoss, ReceiverSlot
from haulback.model.wal import Record, RecordKind

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
GB = 1024**3
SLOT = ReceiverSlot("haulback_local", active=True, held=0, status="reserved", bound=4 * GB)
HEALTHY = Archiver("logical", "on", "copy %p", 60, receiver=SLOT)


def commit(seconds_ago: float, xid: int) -> Record:
    return Record(1, xid * 100, RecordKind.COMMIT, xid, NOW - timedelta(seconds=seconds_ago))


def test_nothing_where_everything_is_in() -> None:
    found = loss.told(commit(500, 20), commit(900, 10), 21, None, NOW)
    assert (found.seconds, found.by, found.archived_seconds) == (0.0, "receiver", 900.0)


def test_the_time_since_the_newest_commit_where_something_is_not() -> None:
    found = loss.told(commit(2, 20), commit(40, 10), 25, None, NOW)
    assert (found.seconds, found.archived_seconds, found.newest) == (2.0, 40.0, NOW - timedelta(seconds=2))


def test_what_the_archive_command_brought_too_counts_as_its() -> None:
    assert loss.told(commit(40, 10), commit(40, 10), 25, None, NOW).by == "archive command"


def test_a_server_that_is_gone_may_have_written_until_now() -> None:
    assert loss.told(commit(3, 20), None, None, None, NOW).seconds == 3.0


def test_nobody_can_tell() -> None:
    assert loss.told(None, None, 5, None, NOW) == DataLoss()
    assert loss.told(commit(-4000, 20), None, 25, None, NOW).seconds is None, "of a commit in the future"


@pytest.mark.parametrize(("beaten", "seconds"), [(30, 30.0), (10, 10.0), (9, None)])
def test_the_heartbeat_counts_once_it_is_in_the_archive(beaten: float, seconds: float | None) -> None:
    at = NOW - timedelta(seconds=beaten)
    found = loss.told(commit(10, 20), None, 21, at, NOW)
    assert (found.heartbeat, found.heartbeat_seconds) == (at, seconds)


@pytest.mark.parametrize(
    ("slot", "told"),
    [
        (None, "nobody receives the log"),
        (replace(SLOT, active=False), "nobody receives the log"),
        (replace(SLOT, status="lost"), "gave up the slot haulback_local"),
        (replace(SLOT, bound=None), "nothing bounds what the slot haulback_local holds back"),
        (replace(SLOT, held=3 * GB), "holds back 3.2 GB of WAL, and the server gives it up at 4.3 GB"),
    ],
)
def test_what_is_told_of_the_slot(slot: ReceiverSlot | None, told: str) -> None:
    (only,) = warnings(replace(HEALTHY, receiver=slot), 0, receive=True)
    assert told in only


def test_a_slot_that_nobody_wants_any_more() -> None:
    assert warnings(HEALTHY, 0) == warnings(replace(HEALTHY, receiver=None), 0) == ()
    (only,) = warnings(replace(HEALTHY, receiver=replace(SLOT, active=False)), 0)
    assert "--drop" in only


def test_a_log_that_is_only_received_is_archived_enough() -> None:
    alone = replace(HEALTHY, mode="off", timeout=0)
    assert warnings(alone, 0, receive=True) == ()
    (only,) = warnings(replace(alone, receiver=None), 0)
    assert "archive_mode is off" in only
