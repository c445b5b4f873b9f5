"""What goes and what stays of the backups, told to a person and to a program."""

from __future__ import annotations

from typing import Any

from haulback.model.backup import KeptBackup
from haulback.model.recovery import BackupSettings
from haulback.model.retention import Retention, Why
from haulback.model.wal_retention import WalRetention
from haulback.report.backups import sized
from haulback.report.columns import aligned
from haulback.report.plain import clean, counted, lasting, plain

_REASONS = {
    Why.HELD: "held",
    Why.FUTURE: "its moment is still to come: a clock was wrong",
    Why.NEWEST: "the newest that was proved",
    Why.COUNTED: "one of the last {keep_proved} that were proved",
    Why.BASE: "the recovery window begins with it",
    Why.WINDOW: "a recovery within the window can start from it",
    Why.YOUNG: "younger than {keep}",
    Why.UNREPLACED: "no proved one is newer by {keep}",
    Why.UNDERWAY: "may still be in the making",
    Why.PARENT: "another that stays builds on it",
    Why.AGED: "older than {keep}",
    Why.BAD: "bad, and older than {keep}",
    Why.UNFINISHED: "never finished",
}


def document(retention: Retention, wal: WalRetention, *, dry_run: bool) -> dict[str, Any]:
    """The document of `haulback backup prune`."""
    return {
        "ok": True,
        "exit": 0,
        "dry_run": dry_run,
        "removed": [] if dry_run else [one.backup for one in retention.going],
        "bytes": sum(one.size for one in retention.going),
        "backups": [{"id": one.backup, "goes": one.why.goes, "why": one.why.value} for one in retention.fates],
        "wal_from": retention.wal_from or None,
        "wal": _wal(wal) if wal.archive else None,
    }


def told(retention: Retention, wal: WalRetention, settings: BackupSettings, *, dry_run: bool) -> str:
    """One line a backup with its one reason, and what came of it."""
    words = {"keep": lasting(settings.keep), "keep_proved": settings.keep_proved}
    rows = [
        (one.backup, "goes" if one.why.goes else "stays", _REASONS[one.why].format(**words)) for one in retention.fates
    ]
    size = sum(one.size for one in retention.going)
    ending = f"{'would free' if dry_run else 'freed'} {sized(size)}" if retention.going else "nothing goes"
    number = counted(len(retention.going), "backup")
    last = f"{number} {'would go' if dry_run else 'removed'}, {ending}" if retention.going else ending
    return "\n".join([*aligned(rows, indent=""), last, *_told_wal(wal, dry_run=dry_run)]) + "\n"


def _told_wal(wal: WalRetention, *, dry_run: bool) -> list[str]:
    if not wal.archive:
        return []
    if wal.reason:
        return [f"WAL: nothing goes: {plain(wal.reason)}"]
    if not wal.going:
        return [f"WAL: nothing goes, {counted(wal.staying, 'segment')} stay"]
    what = f"{counted(len(wal.going), 'segment')} {'would go' if dry_run else 'removed'} ({sized(wal.bytes)})"
    return [f"WAL: {what}, {wal.staying:,} stay: all from {wal.wal_from} on"]


def _wal(wal: WalRetention) -> dict[str, Any]:
    return {
        "archive": clean(wal.archive),
        "segments": list(wal.going),
        "bytes": wal.bytes,
        "staying": wal.staying,
        "from": wal.wal_from or None,
        "reason": clean(wal.reason) or None,
    }


def held(one: KeptBackup) -> dict[str, Any]:
    """The document of `haulback backup hold` and `release`."""
    return {"ok": True, "exit": 0, "id": one.id, "held": one.held}


def told_held(one: KeptBackup) -> str:
    word = "is held: it stays until `haulback backup release`" if one.held else "goes when it is time"
    return f"backup {one.id} {word}\n"
