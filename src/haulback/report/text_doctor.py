"""What `haulback doctor` found, told to a person."""

from __future__ import annotations

from itertools import groupby

from haulback.model.check import Outcome
from haulback.report.columns import aligned
from haulback.report.plain import plain
from haulback.report.subjects import Finding


def examined(findings: tuple[Finding, ...]) -> str:
    """One block an area; a finding that is well has no word before it."""
    lines: list[str] = []
    for area, found in groupby(findings, key=lambda one: one.area):
        block = tuple(found)
        rows = aligned([(one.name, "" if one.outcome is Outcome.PASS else one.outcome, one.told) for one in block])
        lines += ["", area] if lines else [area]
        for row, one in zip(rows, block, strict=True):
            lines += [row, *([f"      {plain(one.hint)}"] if one.hint and one.outcome is not Outcome.PASS else [])]
    broken = [one.name for one in findings if one.breaks]
    ending = f"missing: {', '.join(map(plain, broken))}" if broken else "everything that is needed is there"
    return "\n".join([*lines, "", ending]) + "\n"
