"""Hazards told to a program."""

from __future__ import annotations

from typing import Any

from haulback.errors import Exit
from haulback.model.hazard import Hazard, HazardKind
from haulback.report.hazard_pages import page
from haulback.report.plain import cleaned
from haulback.report.subjects import LintSubject


def linted(subject: LintSubject) -> dict[str, Any]:
    """The document of `haulback lint`."""
    ending = Exit.REFUSED if subject.blocking else Exit.DONE
    return cleaned({"ok": ending is Exit.DONE, "exit": int(ending), **fields(subject)})


def listed(kinds: tuple[HazardKind, ...]) -> dict[str, Any]:
    """The document of `haulback lint --list`."""
    return cleaned({"ok": True, "exit": 0, "kinds": [_kind(one) for one in kinds]})


def explained(kind: HazardKind) -> dict[str, Any]:
    """The document of `haulback lint --explain`."""
    return cleaned({"ok": True, "exit": 0, **_kind(kind), "page": page(kind.id) or None})


def fields(subject: LintSubject) -> dict[str, Any]:
    """What was found, without how it ended."""
    return {
        "files": subject.files,
        "statements": subject.statements,
        "silenced": subject.silenced,
        "hazards": [_hazard(one) for one in subject.hazards],
        "unknown": list(subject.problems),
    }


def _hazard(one: Hazard) -> dict[str, Any]:
    return {
        "id": one.id,
        "level": one.level.value,
        "file": str(one.file),
        "line": one.line,
        "column": one.column,
        "end_line": one.end_line,
        "told": one.told,
        "subject": one.subject or None,
        "advice": one.advice or None,
        "rewrite": one.rewrite or None,
        "source": one.source.value,
        "seconds": None if one.seconds is None else round(one.seconds, 3),
        "accepted": one.accepted,
        "cache_key": one.cache_key,
    }


def _kind(one: HazardKind) -> dict[str, Any]:
    return {"id": one.id, "level": one.level.value, "family": one.family, "title": one.title}
