"""The archive of WAL, told to a person and to a program."""

from __future__ import annotations

from typing import Any

from haulback.errors import Exit
from haulback.model.archiving import Archiving, Window
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
    lines += [f"  {plain(name)}: {plain(problem)}" for name, problem in found.strange]
    lines += [f"  warning: {plain(one)}" for one in found.warnings]
    return "\n".join(lines) + "\n"


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


def _window(one: Window) -> dict[str, Any]:
    return {
        "backups": list(one.backups),
        "first": one.first.isoformat(),
        "last": one.last.isoformat() if one.last else None,
        "last_lsn": one.last_lsn,
        "ended_by": one.ended_by,
        "reason": clean(one.reason) or None,
    }
