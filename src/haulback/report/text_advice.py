"""What is wrong with a target, told to a person."""

from __future__ import annotations

from collections import Counter

from haulback.model.advice import Advice, AdviceLevel, AdviceReport, Looked
from haulback.report.plain import counted, plain


def advised(report: AdviceReport) -> str:
    """The whole report of `haulback advise`."""
    lines = [line for one in report.findings for line in _finding(one)]
    lines += [f"unknown: {one.name}: {plain(one.reason)}" for one in report.answers if one.looked is Looked.UNKNOWN]
    lines += [f"note: {plain(one)}" for one in report.notes]
    lines += [f"note: the ignored key {plain(one)} matches nothing" for one in report.unmatched]
    return "\n".join([*lines, *([""] if lines else []), summary(report)]) + "\n"


def _finding(one: Advice) -> list[str]:
    return [
        f"{one.level}: {plain(one.detail)} [{one.name}]",
        f"    {plain(one.remediation)}",
        f"    to ignore it: {plain(one.cache_key)}",
    ]


def summary(report: AdviceReport) -> str:
    """One line of counts."""
    counts = Counter(one.level for one in report.findings)
    told = ", ".join(f"{counts[level]} {level}" for level in reversed(AdviceLevel))
    ignored = f", {len(report.ignored)} ignored" if report.ignored else ""
    left = [f"{number} {word}" for word in (Looked.UNKNOWN, Looked.NOT_APPLICABLE) if (number := report.counted(word))]
    return f"{told}{ignored}: {', '.join([counted(report.counted(Looked.RAN), 'lint') + ' ran', *left])}"
