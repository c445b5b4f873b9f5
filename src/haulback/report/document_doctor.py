"""What the doctor found, told to a program."""

from __future__ import annotations

from typing import Any

from haulback.errors import Exit
from haulback.report.plain import cleaned
from haulback.report.subjects import Finding


def examined(findings: tuple[Finding, ...]) -> dict[str, Any]:
    """The document of `haulback doctor`."""
    ending = Exit.ERROR if any(one.breaks for one in findings) else Exit.DONE
    return cleaned(
        {
            "ok": ending is Exit.DONE,
            "exit": int(ending),
            "findings": [
                {
                    "area": one.area,
                    "name": one.name,
                    "outcome": one.outcome.value,
                    "told": one.told,
                    "hint": one.hint,
                    "essential": one.essential,
                }
                for one in findings
            ],
        }
    )
