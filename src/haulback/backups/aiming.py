"""Reads what a person aims at, and finds in the log where a recovery would stop for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from haulback.backups.cluster_errors import (
    AmbiguousName,
    AmbiguousTime,
    NoAim,
    NoMoment,
    TimeWithoutZone,
    TooLate,
    TwoAims,
)
from haulback.model.aim import Aim, AimKind, Stop
from haulback.model.wal import Record, RecordKind, lsn_of, lsn_text

_ZONE = re.compile(r"^(.*\d)\s+([A-Za-z]+(?:/[A-Za-z_+\-0-9]+)*)$")
_LATEST = "latest"
_XID = 1 << 32  # what the server shows as 64 bits counts its rounds in the upper half; the log holds the lower
_LONGEST_NAME = 63


def aim_of(time: str | None, lsn: str | None, xid: str | None, name: str | None) -> Aim:
    """What is aimed at.

    Raises:
        NoAim, TwoAims: not exactly one was given.
        TimeWithoutZone, AmbiguousTime, NoMoment: it names no moment.
    """
    given = [option for option, value in zip(("--to", "--lsn", "--xid", "--name"), (time, lsn, xid, name), strict=True)
             if value is not None]  # fmt: skip
    if not given:
        raise NoAim
    if len(given) > 1:
        raise TwoAims(given=" and ".join(given))
    if time is not None:
        return Aim(AimKind.LATEST) if time == _LATEST else Aim(AimKind.TIME, at=moment(time))
    if lsn is not None:
        try:
            return Aim(AimKind.LSN, lsn=lsn_of(lsn))
        except ValueError as error:
            raise NoMoment(given=lsn, reason="a position looks like 0/3000148") from error
    if xid is not None:
        if not re.fullmatch("[0-9]{1,20}", xid) or int(xid) % _XID < 3:  # noqa: PLR2004 - the first of the users'
            raise NoMoment(given=xid, reason="a transaction is a number from 3 on")
        return Aim(AimKind.XID, xid=int(xid) % _XID)
    if not name or len(name.encode()) > _LONGEST_NAME:
        raise NoMoment(given=name, reason=f"a restore point has a name of 1 to {_LONGEST_NAME} bytes")
    return Aim(AimKind.NAME, name=name)


def moment(text: str) -> datetime:
    """A time with its zone: an offset, `Z`, or a name such as Europe/Berlin.

    Raises:
        TimeWithoutZone: it has none, and whose clock it is would be a guess.
        AmbiguousTime: clocks of that zone showed it twice, or never.
        NoMoment: it is no time.
    """
    named = _ZONE.match(text.strip())
    try:
        if named is None:
            found = datetime.fromisoformat(text.strip())
        else:
            found = datetime.fromisoformat(named[1]).replace(tzinfo=ZoneInfo(named[2]))
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise NoMoment(given=text, reason="a time looks like 2026-01-31T14:05:00+01:00") from error
    if found.tzinfo is None:
        raise TimeWithoutZone(given=text)
    try:
        if named is not None and found.replace(fold=0).utcoffset() != found.replace(fold=1).utcoffset():
            raise AmbiguousTime(given=text, zone=named[2])
        return found.astimezone(UTC)
    except OverflowError as error:  # in the first hours of the year 1, or the last of 9999
        raise NoMoment(given=text, reason="it is out of range") from error


def stop_at(aim: Aim, records: Iterable[Record], consistent: int) -> Stop | None:
    """Where recovery stops for a time, a transaction or a restore point, as the log says; None where it never does.

    Args:
        aim: of kind time, transaction or restore point, or latest.
        records: from the start of a backup on, in order.
        consistent: position before which the backup is no consistent cluster; what lies before is not found.

    Raises:
        AmbiguousName: several restore points bear the name.
        TooLate: everything that the log holds was committed before the time.
    """
    ends = [RecordKind.COMMIT, RecordKind.ABORT]
    if aim.kind is AimKind.NAME:
        return _named(aim, [one for one in records if one.name == aim.name and one.kind is RecordKind.RESTORE_POINT],
                      consistent)  # fmt: skip
    last: Record | None = None
    for one in records:
        if one.kind not in ends or one.lsn < consistent:
            last = one if one.kind is RecordKind.COMMIT else last
            continue
        if aim.kind is AimKind.XID and one.xid == aim.xid:
            return _after_transaction(one)
        if aim.kind is AimKind.TIME and aim.at and one.at and one.at > aim.at:
            return _before_time(aim.at, one, last)
        last = one if one.kind is RecordKind.COMMIT else last
    if aim.kind is AimKind.XID or last is None:
        return None
    if aim.kind is AimKind.TIME and aim.at != last.at:
        newest = last.at.isoformat() if last.at else ""
        raise TooLate(aim=aim, newest=f"{newest}, at {lsn_text(last.lsn)}")
    return _after_record(last)


def before_record(position: int, record: int, timeline: int) -> Stop:
    """Everything written before a position, and nothing of the record that begins there or next."""
    said = f'recovery stopping before WAL location (LSN) "{lsn_text(record)}"'
    return Stop(
        "recovery_target_lsn", lsn_text(position), inclusive=False, timeline=timeline, lsn=record, at=None, says=said
    )  # fmt: skip


def _before_time(wanted: datetime, ends: Record, last: Record | None) -> Stop:
    said = f"recovery stopping before {ends.kind.value} of transaction {ends.xid},"
    value = f"{wanted.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00"
    # Inclusive: what was committed at this very microsecond is in.
    return Stop(
        "recovery_target_time", value, inclusive=True, timeline=ends.timeline, lsn=ends.lsn,
        at=last.at if last else None, says=said,
    )  # fmt: skip


def _after_transaction(one: Record) -> Stop:
    said = f"recovery stopping after {one.kind.value} of transaction {one.xid},"
    return Stop("recovery_target_xid", str(one.xid), inclusive=True, timeline=one.timeline, lsn=one.lsn, at=one.at,
                says=said)  # fmt: skip


def _after_record(one: Record) -> Stop:
    """The newest commit: a time would not do, since the server stops only when it sees something later."""
    text = lsn_text(one.lsn)
    said = f'recovery stopping after WAL location (LSN) "{text}"'
    return Stop("recovery_target_lsn", text, inclusive=True, timeline=one.timeline, lsn=one.lsn, at=one.at, says=said)


def _named(aim: Aim, found: list[Record], consistent: int) -> Stop | None:
    if len(found) > 1:
        raise AmbiguousName(name=aim.name, places=", ".join(lsn_text(one.lsn) for one in found[:5]))
    if not found or found[0].lsn < consistent:
        return None
    said = f'recovery stopping at restore point "{aim.name}"'
    return Stop("recovery_target_name", aim.name, inclusive=True, timeline=found[0].timeline, lsn=found[0].lsn,
                at=None, says=said)  # fmt: skip
