"""A finding tells exactly which text its rewrite replaces: editors and code scanning put it there unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from haulback.hazards.levels import Levels
from haulback.hazards.linting import lint
from haulback.hazards.scanning import Text
from haulback.model.hazard import Hazard, Known


def found(text: str) -> list[Hazard]:
    return [one for one in lint([Text(Path("a.sql"), text)], Known(), Levels(), squawk=False).hazards if one.replaces]


def applied(text: str, hazard: Hazard) -> str:
    assert hazard.replaces is not None
    lines = text.splitlines(keepends=True)
    first, begin, last, end = hazard.replaces

    def offset(line: int, column: int) -> int:
        return sum(map(len, lines[: line - 1])) + column - 1

    return text[: offset(first, begin)] + hazard.rewrite.strip().removesuffix(";") + text[offset(last, end) :]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("select 'é'; ", " select 1;"),
        ("-- first\n\n  ", " -- behind\nselect 1;\n"),
        ("/* über\n mehr */ ", "\n"),
    ],
)
@pytest.mark.parametrize("statement", ["create index i on public.a (b);", "create index i\n  on public.a\n  (b);"])
def test_only_the_statement_goes(before, after, statement):
    text = before + statement + after
    (hazard,) = [one for one in found(text) if one.id == "index-not-concurrent"]
    assert applied(text, hazard) == before + hazard.rewrite.strip().removesuffix(";") + ";" + after
    assert "index-not-concurrent" not in {one.id for one in found(applied(text, hazard))}
