"""Files of PostgreSQL's regression tests: statements, and what psql printed for each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TOKEN = re.compile(
    r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"[^\"]*\"|\$([A-Za-z_0-9]*)\$.*?\$\1\$|\bbegin\s+atomic\b.*?\bend\b|;|[^;]",
    re.DOTALL | re.IGNORECASE,
)
_COUNT = re.compile(r"\(\d+ rows?\)")


@dataclass(frozen=True)
class Statement:
    """One statement with the lines that psql printed for it."""

    text: str
    printed: tuple[str, ...]

    def rows(self) -> list[list[str]]:
        """Cells of the table that was printed; a cell of several lines is one text."""
        if len(self.printed) < 2 or set(self.printed[1]) - {"-", "+"}:
            return []
        ends = [place for place, sign in enumerate(self.printed[1]) if sign == "+"]
        begins = [0, *[end + 1 for end in ends]]
        found: list[list[str]] = []
        goes_on = False
        for line in self.printed[2:]:
            if _COUNT.fullmatch(line):
                break
            cells = [line[a:b] for a, b in zip(begins, [*ends, None], strict=True)]
            texts = [cell.rstrip().removesuffix("+").strip() for cell in cells]
            if goes_on:
                found[-1] = [f"{old}\n{new}".rstrip() for old, new in zip(found[-1], texts, strict=True)]
            else:
                found.append(texts)
            goes_on = any(cell.rstrip().endswith("+") for cell in cells)
        return found


def statements(sql: Path, out: Path) -> Iterator[Statement]:
    """Each statement of a file, in order."""
    source, printed = sql.read_text(), out.read_text().splitlines()
    lines = source.splitlines()
    output = _outputs(lines, printed)
    text = ""
    for match in _TOKEN.finditer(source):
        text += match[0]
        if match[0] == ";":
            line = source.count("\n", 0, match.end() - 1)
            yield Statement(text.rstrip().removesuffix(";").strip(), tuple(output.pop(line, [])))
            text = ""


def _outputs(lines: list[str], printed: list[str]) -> dict[int, list[str]]:
    """What was printed after each line of the source; psql leaves some of its blank lines out."""
    found: dict[int, list[str]] = {}
    at = 0
    for line in printed:
        here = at
        while here < len(lines) and line != lines[here] and not lines[here].strip():
            here += 1
        if here < len(lines) and line == lines[here]:
            at = here + 1
        else:
            found.setdefault(at - 1, []).append(line)
    return found


def same(expected: str, got: str) -> bool:
    """Whether two cells are the same: as JSON where they are JSON, else but for blanks."""
    try:
        return bool(_parsed(expected) == _parsed(got))
    except ValueError:
        return "".join(expected.split()) == "".join(got.split())


def _parsed(text: str) -> Any:
    return json.loads(text)
