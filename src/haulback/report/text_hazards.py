"""Hazards told to a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from haulback.model.hazard import Hazard, HazardKind, Level
from haulback.report.columns import aligned
from haulback.report.plain import counted, plain
from haulback.report.subjects import LintSubject

_MINUTES = 120  # seconds; from here on they are told in minutes


def linted(subject: LintSubject) -> str:
    """The whole report of `haulback lint`."""
    lines = hazards(subject.hazards)
    lines += [f"unknown: {plain(one)}" for one in subject.problems]
    lines += [*([""] if lines else []), summary(subject)]
    return "\n".join(lines) + "\n"


def listed(kinds: Sequence[HazardKind]) -> str:
    """The report of `haulback lint --list`: a line a hazard, by family, as each is in production."""
    families: dict[str, list[HazardKind]] = {}
    for one in kinds:
        families.setdefault(one.family, []).append(one)
    lines: list[str] = []
    for family, members in families.items():
        lines += [family, *aligned([(one.level.value, one.id, one.title) for one in members]), ""]
    return "\n".join([*lines, f"{len(kinds)} hazards; `haulback lint --explain ID` tells what to do about one"]) + "\n"


def hazards(found: tuple[Hazard, ...]) -> list[str]:
    """A line a hazard, with what to do about it below."""
    lines: list[str] = []
    for one in found:
        level = f"{one.level}, accepted" if one.accepted else one.level.value
        lines.append(f"{plain(one.file)}:{one.line}:{one.column}: {level}: {plain(one.told)} [{one.id}]")
        if one.seconds is not None:
            lines.append(f"    others would be kept out for about {duration(one.seconds)}")
        if one.advice:
            lines.append(f"    {plain(one.advice)}")
        if one.rewrite:
            lines += ["    in its place:", *(f"      {plain_line(line)}" for line in one.rewrite.splitlines())]
    return lines


def summary(subject: LintSubject) -> str:
    """One line of counts."""
    counts = Counter(one.level for one in subject.hazards)
    told = ", ".join(f"{counts[level]} {level}" for level in reversed(Level))
    silenced = f", {subject.silenced} silenced" if subject.silenced else ""
    read = f"{counted(subject.statements, 'statement')} in {counted(subject.files, 'file')}"
    return f"{told}{silenced}: {read}"


def duration(seconds: float) -> str:
    """`40 ms`, `2.5 s`, `3 min`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < _MINUTES else f"{seconds / 60:.0f} min"


def plain_line(line: str) -> str:
    """One line of SQL: its indentation stays."""
    text = line.lstrip()
    return " " * len(line[: len(line) - len(text)].expandtabs(4)) + plain(text)
