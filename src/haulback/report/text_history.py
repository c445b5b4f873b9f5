"""A replayed history for a person."""

from __future__ import annotations

from haulback.model.history_replay import HistoryReplay, ReplayedFile, Reversal
from haulback.report.plain import counted, plain


def line(one: ReplayedFile) -> str:
    """One file, as it is told while the replay runs."""
    reason = f": {one.reason}" if one.reason else ""
    return plain(f"{one.label}  {one.reversal.value}{reason}  ({one.seconds:.3f} s)")


def replayed(subject: HistoryReplay) -> str:
    """What came out, with every file that was not taken back."""
    exact, order = subject.of(Reversal.EXACT), subject.of(Reversal.COLUMN_ORDER)
    lines = [
        f"{counted(len(subject.files), 'file')}, {subject.applied} applied, {subject.changed} change the schema",
        f"{len(exact)} reversed exactly, {len(order)} but for the order of columns, judged by {subject.judge}",
    ]
    for title, kind in (("not reversed", Reversal.IRREVERSIBLE), ("failed", Reversal.FAILED)):
        found = subject.of(kind)
        if found:
            lines += ["", f"{len(found)} {title}:", *(f"  {plain(one.label)}: {plain(one.reason)}" for one in found)]
    if subject.files:
        each = subject.seconds / len(subject.files) * 1000
        lines += ["", f"{subject.seconds:.1f} s, {each:.0f} ms a file, on PostgreSQL {subject.major}"]
    return "\n".join(lines)
