"""The result of `haulback lint --rewrite`, told to a person on stderr and to a program as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from haulback.errors import Exit
from haulback.model.hazard import Hazard
from haulback.model.rewriting import Applied, RewrittenFile
from haulback.report.plain import clean, counted, plain


def told(files: Sequence[RewrittenFile], in_place: Sequence[Path]) -> list[str]:
    """A line for each rewrite, then for each hazard that is left."""
    lines: list[str] = []
    for one in files:
        name = plain(one.path)
        if one.problem:
            lines.append(plain(one.problem))
        lines += [
            f"{name}:{applied.line}: rewritten: {plain(applied.told)} [{applied.id}]" for applied in one.found.applied
        ]
        lines += [_left(name, hazard) for hazard in one.found.left]
        lines += [f"{name}: unknown: {plain(problem)}" for problem in one.found.problems]
    rewrites = sum(len(one.found.applied) for one in files)
    left = sum(len(one.found.left) for one in files)
    lines.append(f"{counted(rewrites, 'rewrite')}, {counted(left, 'hazard')} left in {counted(len(files), 'file')}")
    if in_place:
        lines.append(
            f"wrote {counted(len(in_place), 'file')}; a migration that is applied anywhere must not be edited: "
            "put its file back as it was, since `haulback deploy` refuses an edited one"
        )
    return lines


def document(files: Sequence[RewrittenFile], in_place: Sequence[Path]) -> dict[str, Any]:
    """The document of `haulback lint --rewrite --json`."""
    ended = ending(files)
    found = {
        "ok": ended is Exit.DONE,
        "exit": int(ended),
        "rewrites": [
            {
                "file": str(one.path),
                "problem": one.problem or None,
                "text": one.found.text,
                "written": one.path in in_place,
                "applied": [_applied(applied) for applied in one.found.applied],
                "left": [_hazard(hazard) for hazard in one.found.left],
                "unknown": list(one.found.problems),
            }
            for one in files
        ],
    }
    return {key: clean(value) for key, value in found.items()}


def ending(files: Sequence[RewrittenFile]) -> Exit:
    """Refused where something is left that blocks, or could not be read."""
    return Exit.REFUSED if any(one.blocks for one in files) else Exit.DONE


def _left(name: str, hazard: Hazard) -> str:
    advice = f": {plain(hazard.advice)}" if hazard.advice else ""
    return f"{name}:{hazard.line}: left: {hazard.level}: {plain(hazard.told)} [{hazard.id}]{advice}"


def _applied(one: Applied) -> dict[str, Any]:
    return {"id": one.id, "line": one.line, "told": one.told}


def _hazard(one: Hazard) -> dict[str, Any]:
    return {"id": one.id, "level": one.level.value, "line": one.line, "told": one.told, "advice": one.advice or None}
