"""A replay of the history told to a program."""

from __future__ import annotations

from typing import Any

from haulback.errors import Exit
from haulback.model.history_replay import HistoryReplay, Reversal
from haulback.report.plain import cleaned


def replayed(subject: HistoryReplay) -> dict[str, Any]:
    """The document of `haulback rehearse --history`."""
    ending = Exit.DONE if subject.ok else Exit.REFUSED
    return cleaned(
        {
            "ok": subject.ok,
            "exit": int(ending),
            "files": len(subject.files),
            "applied": subject.applied,
            "changed_schema": subject.changed,
            "reversed_exactly": len(subject.of(Reversal.EXACT)),
            "reversed_except_column_order": len(subject.of(Reversal.COLUMN_ORDER)),
            "irreversible": [
                {"version": one.version, "reason": one.reason} for one in subject.of(Reversal.IRREVERSIBLE)
            ],
            "failed": [{"version": one.version, "error": one.reason} for one in subject.of(Reversal.FAILED)],
            "seconds": round(subject.seconds, 3),
            "judge": subject.judge,
            "major": subject.major,
            "platform": subject.platform,
        }
    )
