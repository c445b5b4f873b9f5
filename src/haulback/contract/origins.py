"""Which statement of a plan a difference comes from, as well as the names in its text tell it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from haulback.model.contract import Difference, Origin
from haulback.model.migration import Plan

# They change rows, never what is offered, and may be megabytes long.
_ROWS = frozenset({"insert", "update", "delete", "merge", "copy", "select", "set"})
_WORD = re.compile(r"\w+")
_LONGEST = 1 << 16  # characters of a statement that are looked at


def attributed(differences: Iterable[Difference], plan: Plan) -> tuple[Difference, ...]:
    """The same, each with the last of the statements that name most of it; without one where none names it."""
    statements = list(_statements(plan))
    return tuple(one if one.origin else replace(one, origin=_origin(one, statements)) for one in differences)


def _statements(plan: Plan) -> Iterator[tuple[frozenset[str], Origin]]:
    for migration in plan.migrations:
        for one in migration.script.statements:
            if one.kind not in _ROWS:
                words = frozenset(_WORD.findall(one.text[:_LONGEST].lower()))
                yield words, Origin(migration.label, migration.script.path.name, one.line)


def _origin(difference: Difference, statements: list[tuple[frozenset[str], Origin]]) -> Origin | None:
    names = difference.path[1:]  # the schema is in most statements and tells nothing
    wanted = [frozenset(_WORD.findall(name.lower())) for name in names]
    instead = frozenset(word for text in difference.words for word in _WORD.findall(text.lower()))
    best, found = 0, None
    for words, origin in statements:
        # The last name counts most: `alter type … rename value` names no table.
        score = sum((2 if part is wanted[-1] else 1) for part in wanted if part and part <= words)
        score += len(words & instead)
        if score and score >= best:
            best, found = score, origin
    return found
