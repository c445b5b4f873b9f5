"""What the lints of a live database found, told to a program."""

from __future__ import annotations

from typing import Any

from haulback.errors import Exit
from haulback.model.advice import Advice, AdviceReport
from haulback.report.plain import cleaned


def advised(report: AdviceReport) -> dict[str, Any]:
    """The document of `haulback advise`."""
    return cleaned(
        {
            "ok": report.ending is Exit.DONE,
            "exit": int(report.ending),
            "target": report.target,
            "exposed_schemas": list(report.exposed),
            "findings": [_advice(one) for one in report.findings],
            "ignored": [_advice(one) for one in report.ignored],
            "unmatched": list(report.unmatched),
            "lints": [
                {
                    "name": one.name,
                    "title": one.title,
                    "level": one.level.value,
                    "looked": one.looked.value,
                    "reason": one.reason or None,
                    "found": len(one.found),
                }
                for one in report.answers
            ],
            "notes": list(report.notes),
        }
    )


def _advice(one: Advice) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "level": one.level.value,
        "facing": one.facing.value,
        "categories": [category.value for category in one.categories],
        "description": one.description,
        "detail": one.detail,
        "remediation": one.remediation,
        "metadata": dict(one.metadata),
        "cache_key": one.cache_key,
    }
