"""Where a recovery is to stop, as a person says it and as the log has it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from haulback.backups.aiming import aim_of, moment, stop_at
from haulback.backups.cluster_errors import (
    AmbiguousName,
    AmbiguousTime,
    NoAim,
    NoMoment,
    TimeWithoutZone,
    TooLate,
    TwoAims,
)
from haulback.model.aim import Aim, AimKind
from haulback.model.wal import Record, RecordKind

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
CONSISTENT = 100


def commit(lsn: int, xid: int, seconds: float, kind: RecordKind = RecordKind.COMMIT) -> Record:
    return Record(1, lsn, kind, xid, NOON + timedelta(seconds=seconds))


def point(lsn: int, name: str) -> Record:
    return Record(1, lsn, RecordKind.RESTORE_POINT, name=name)


LOG = [
    commit(110, 750, 1),
    commit(120, 751, 2),
    commit(130, 752, 3, RecordKind.ABORT),
    point(140, "here"),
    commit(150, 753, 4),
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-01-31T12:00:00Z", NOON),
        ("2026-01-31 13:00+01:00", NOON),
        ("2026-01-31 13:00:00 Europe/Berlin", NOON),
        ("2026-01-31 12:00 UTC", NOON),
        ("2026-01-31T12:00:00.000001Z", NOON + timedelta(microseconds=1)),
    ],
)
def test_times(text: str, found: datetime) -> None:
    assert moment(text) == found


@pytest.mark.parametrize("text", ["2026-01-31 12:00", "2026-01-31", "2026-01-31T12:00:00.5"])
def test_a_time_without_a_zone_is_a_guess(text: str) -> None:
    with pytest.raises(TimeWithoutZone):
        moment(text)


@pytest.mark.parametrize("text", ["2026-10-25 02:30 Europe/Berlin", "2026-03-29 02:30 Europe/Berlin"])
def test_a_time_that_clocks_showed_twice_or_never(text: str) -> None:
    with pytest.raises(AmbiguousTime):
        moment(text)


def test_the_same_time_with_its_offset_is_a_moment() -> None:
    assert moment("2026-10-25T02:30:00+02:00") != moment("2026-10-25T02:30:00+01:00")


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "",
        "2026-13-01T00:00Z",
        "12:00 Mars/Olympus",
        "2026-01-31 12:00 Mars/Base",
        "2026-01-31 12:00 Europe",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01 00:00 Asia/Tokyo",
    ],
)
def test_no_time(text: str) -> None:
    with pytest.raises(NoMoment):
        moment(text)


def test_exactly_one_aim() -> None:
    with pytest.raises(NoAim):
        aim_of(None, None, None, None)
    with pytest.raises(TwoAims, match="--to and --xid"):
        aim_of("2026-01-31T12:00:00Z", None, "751", None)


def test_aims() -> None:
    assert aim_of("latest", None, None, None).kind is AimKind.LATEST
    assert aim_of(None, "0/64", None, None) == Aim(AimKind.LSN, lsn=100)
    assert aim_of(None, None, str((3 << 32) + 751), None) == Aim(AimKind.XID, xid=751)
    assert aim_of(None, None, None, "here") == Aim(AimKind.NAME, name="here")


@pytest.mark.parametrize("given", [(None, "here", None, None), (None, None, "0", None), (None, None, "-4", None),
                                   (None, None, "x", None), (None, None, "9" * 5000, None),
                                   (None, None, None, ""), (None, None, None, "n" * 64)])  # fmt: skip
def test_no_aims(given: tuple[str | None, ...]) -> None:
    with pytest.raises(NoMoment):
        aim_of(*given)


def test_a_time_ends_before_the_first_that_is_later() -> None:
    stop = stop_at(Aim(AimKind.TIME, at=NOON + timedelta(seconds=2)), LOG, CONSISTENT)
    assert stop is not None
    assert (stop.setting, stop.value, stop.inclusive) == ("recovery_target_time", "2026-01-31 12:00:02.000000+00", True)
    assert (stop.lsn, stop.at) == (130, NOON + timedelta(seconds=2))
    assert stop.says == "recovery stopping before abort of transaction 752,"


def test_the_time_of_the_newest_commit_is_in_reach_by_its_position() -> None:
    stop = stop_at(Aim(AimKind.TIME, at=NOON + timedelta(seconds=4)), LOG, CONSISTENT)
    assert stop is not None
    assert (stop.setting, stop.value, stop.inclusive) == ("recovery_target_lsn", "0/96", True)


def test_a_time_after_everything_is_too_late() -> None:
    with pytest.raises(TooLate, match="12:00:04"):
        stop_at(Aim(AimKind.TIME, at=NOON + timedelta(seconds=4, microseconds=1)), LOG, CONSISTENT)


def test_a_transaction() -> None:
    stop = stop_at(Aim(AimKind.XID, xid=751), LOG, CONSISTENT)
    assert stop is not None
    assert (stop.setting, stop.value, stop.lsn) == ("recovery_target_xid", "751", 120)
    assert stop_at(Aim(AimKind.XID, xid=999), LOG, CONSISTENT) is None
    assert stop_at(Aim(AimKind.XID, xid=750), LOG, 115) is None


def test_a_restore_point() -> None:
    stop = stop_at(Aim(AimKind.NAME, name="here"), LOG, CONSISTENT)
    assert stop is not None
    assert (stop.setting, stop.value, stop.lsn) == ("recovery_target_name", "here", 140)
    assert stop_at(Aim(AimKind.NAME, name="there"), LOG, CONSISTENT) is None
    assert stop_at(Aim(AimKind.NAME, name="here"), LOG, 145) is None


def test_a_name_that_two_restore_points_bear() -> None:
    with pytest.raises(AmbiguousName, match="0/8C, 0/C8"):
        stop_at(Aim(AimKind.NAME, name="here"), [*LOG, point(200, "here")], CONSISTENT)


def test_the_latest_is_the_newest_commit() -> None:
    stop = stop_at(Aim(AimKind.LATEST), LOG, CONSISTENT)
    assert stop is not None
    assert (stop.lsn, stop.inclusive) == (150, True)
    assert stop_at(Aim(AimKind.LATEST), [], CONSISTENT) is None
