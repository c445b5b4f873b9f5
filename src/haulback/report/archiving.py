"""The archive of WAL, told to a person and to a program."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from haulback.errors import Exit
from haulback.model.archiving import Archiving, DataLoss, ReceiverSlot, Window
from haulback.report.plain import clean, plain


def exit_of(found: Archiving) -> Exit:
    """3 where the newest moments cannot be recovered."""
    return Exit.DONE if found.reaches_now else Exit.REFUSED


def document(found: Archiving) -> dict[str, Any]:
    """The document of `haulback pitr status`."""
    code = exit_of(found)
    return {
        "ok": code is Exit.DONE,
        "exit": int(code),
        "target": clean(found.target),
        "archive": clean(found.folder),
        "system": found.system or None,
        "timeline": found.timeline,
        "segments": found.segments,
        "windows": [_window(one) for one in found.windows],
        "strange": [{"file": clean(name), "problem": clean(problem)} for name, problem in found.strange],
        "warnings": clean(list(found.warnings)),
        "rpo": _loss(found.loss),
        "receiver": _receiver(found.archiver.receiver if found.archiver else None),
    }


def told(found: Archiving) -> str:
    lines = [f"archive {plain(found.folder)}: {found.segments:,} segments, timeline {found.timeline}"]
    if not found.windows:
        lines.append("  nothing can be recovered: take a backup with haulback backup run --kind physical")
    for one in found.windows:
        last = one.last.isoformat() if one.last else "the end of its backup"
        lines.append(f"  from {one.first.isoformat()} to {last} (log up to {one.last_lsn})")
        if one.reason:
            lines.append(f"    then a hole: {one.ended_by}, {plain(one.reason)}")
    lines += _told_loss(found)
    lines += [f"  {plain(name)}: {plain(problem)}" for name, problem in found.strange]
    lines += [f"  warning: {plain(one)}" for one in found.warnings]
    return "\n".join(lines) + "\n"


def _told_loss(found: Archiving) -> list[str]:
    loss, slot = found.loss, found.archiver.receiver if found.archiver else None
    lines = []
    if loss.newest is not None:
        seconds = f"at most {loss.seconds:.1f} s" if loss.seconds is not None else "nobody knows how much"
        alone = "unknown" if loss.archived_seconds is None else f"{loss.archived_seconds:.1f} s"
        lines.append(f"  lost with the server now: {seconds}, by the {loss.by} (without a receiver: {alone})")
    if loss.heartbeat is not None:
        is_in = "not in the archive yet" if loss.heartbeat_seconds is None else "in the archive"
        lines.append(f"  heartbeat of {loss.heartbeat.isoformat()}: {is_in}")
    if slot is not None:
        bound = "without a bound" if slot.bound is None else f"of {slot.bound / 1e9:.1f} GB"
        used = "in use" if slot.active else "unused"
        lines.append(f"  slot {slot.name}, {used}: holds back {slot.held / 1e9:.2f} GB {bound}")
    return lines


def _loss(loss: DataLoss) -> dict[str, Any]:
    return {
        "seconds": _rounded(loss.seconds),
        "by": loss.by or None,
        "newest": loss.newest.isoformat() if loss.newest else None,
        "archive_command_seconds": _rounded(loss.archived_seconds),
        "heartbeat": loss.heartbeat.isoformat() if loss.heartbeat else None,
        "heartbeat_seconds": _rounded(loss.heartbeat_seconds),
    }


def _receiver(slot: ReceiverSlot | None) -> dict[str, Any] | None:
    return asdict(slot) if slot else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def set_up(target: str, folder: str, segment: str) -> dict[str, Any]:
    """The document of `haulback pitr setup`."""
    return {"ok": True, "exit": 0, "target": clean(target), "archive": clean(folder), "segment": segment}


def received(target: str, slot: str, *, archive: str = "", streams: int = 0, dropped: bool = False) -> dict[str, Any]:
    """The document of `haulback pitr receive`."""
    return {
        "ok": True,
        "exit": 0,
        "target": clean(target),
        "archive": clean(archive) or None,
        "slot": slot,
        "streams": streams,
        "dropped": dropped,
    }


def beaten(target: str, at: datetime) -> dict[str, Any]:
    """The document of `haulback pitr heartbeat`."""
    return {"ok": True, "exit": 0, "target": clean(target), "at": at.isoformat()}


def _window(one: Window) -> dict[str, Any]:
    return {
        "backups": list(one.backups),
        "first": one.first.isoformat(),
        "last": one.last.isoformat() if one.last else None,
        "last_lsn": one.last_lsn,
        "ended_by": one.ended_by,
        "reason": clean(one.reason) or None,
    }
