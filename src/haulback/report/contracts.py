"""What the API offers and how that differs, told to a person and to a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from haulback.errors import Exit
from haulback.model.contract import ContractCheck, Difference, Severity
from haulback.report.plain import clean, plain


def snapshot(surface: Mapping[str, Any]) -> dict[str, Any]:
    """The document of `haulback contract snapshot`."""
    return {"ok": True, "exit": int(Exit.DONE), "contract": surface}


def checked(found: ContractCheck) -> dict[str, Any]:
    """The document of `haulback contract diff`."""
    return {
        "ok": ending(found) is Exit.DONE,
        "exit": int(ending(found)),
        "target": clean(found.target),
        "before": clean(found.before),
        "after": clean(found.after),
        "breaking": len(found.breaking),
        "differences": [_difference(one) for one in found.differences],
        "problems": clean(found.problems),
        "notes": clean(found.notes),
    }


def told(found: ContractCheck, *, everything: bool = False) -> str:
    """The text of `haulback contract diff`; what is compatible is only counted unless `everything` is wanted."""
    shown = [one for one in found.differences if everything or one.severity is not Severity.COMPATIBLE]
    lines = [f"{one.severity}: {plain(one.told)}{_place(one)} [{one.kind}]" for one in shown]
    lines += [f"unknown: {plain(one)}" for one in found.problems]
    lines += [f"not compared: {plain(one)}" for one in found.notes]
    counts = Counter(one.severity for one in found.differences)
    counted = ", ".join(f"{counts[severity]} {severity}" for severity in Severity)
    lines += [
        *([""] if lines else []),
        f"{counted}: {plain(found.target)}, {plain(found.before)} and {plain(found.after)}",
    ]
    return "\n".join(lines) + "\n"


def ending(found: ContractCheck) -> Exit:
    """What is unknown is no all-clear."""
    if found.breaking:
        return Exit.REFUSED
    return Exit.UNVERIFIED if found.problems else Exit.DONE


def _place(one: Difference) -> str:
    return f" ({plain(one.origin.file)}:{one.origin.line})" if one.origin else ""


def _difference(one: Difference) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "severity": one.severity.value,
        "concerns": one.concerns.value,
        "subject": clean(".".join(one.path)),
        "told": clean(one.told),
        "roles": list(one.roles),
        "migration": clean(one.origin.migration) if one.origin else None,
        "file": clean(one.origin.file) if one.origin else None,
        "line": one.origin.line if one.origin else None,
    }
