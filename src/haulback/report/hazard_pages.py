"""The page of a hazard: docs/hazards/ID.md, which the wheel carries along as haulback/hazards/pages."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@cache
def page(id_: str) -> str:
    """Returns the page as Markdown; empty where there is none, as for a plug-in's hazard."""
    if not _ID.fullmatch(id_):
        return ""
    for folder in _folders():
        try:
            return (folder / f"{id_}.md").read_text(encoding="utf-8")
        except OSError:
            continue
    return ""


def _folders() -> tuple[Traversable, ...]:
    """Where an installed package has them, and where an editable one does: beside its `src`."""
    package = files("haulback")
    found: tuple[Traversable, ...] = (package / "hazards" / "pages",)
    if isinstance(package, Path):
        found += (package.parents[1] / "docs" / "hazards",)
    return found
