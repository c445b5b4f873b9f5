"""What roles may do with a table, and could do with it otherwise before."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.contract.covering import covers
from haulback.contract.wording import added, difference, listed, named
from haulback.model.contract import Concerns, Difference, OfferedTable, Severity, Verb


def compared(path: tuple[str, ...], before: OfferedTable, after: OfferedTable) -> Iterator[Difference]:
    """A difference a verb, and one a column where only some of them are concerned."""
    for verb in Verb:
        lost = [role for role in before.may if _has(before, role, verb) and not _has(after, role, verb)]
        won = [role for role in after.may if _has(after, role, verb) and not _has(before, role, verb)]
        if lost:
            told = f"{listed(lost)} may {verb} {named(path)} no more"
            yield difference("verb-gone", Severity.BREAKING, Concerns.REQUESTS, path, told, lost)
        if won:
            yield added("verb-added", path, f"{listed(won)} may {verb} {named(path)}", won)
        yield from _columns(path, verb, before, after)


def _has(table: OfferedTable, role: str, verb: Verb) -> bool:
    return verb in table.may.get(role, {})


def _columns(path: tuple[str, ...], verb: Verb, before: OfferedTable, after: OfferedTable) -> Iterator[Difference]:
    for column in after.columns:
        if column not in before.columns:
            continue
        lost = [
            role
            for role in before.may
            if _has(after, role, verb)
            and covers(before.may[role].get(verb), column)
            and not covers(after.may[role].get(verb), column)
        ]
        if lost:
            told = f"{listed(lost)} may {verb} {named((*path, column))} no more"
            yield difference("verb-gone", Severity.BREAKING, Concerns.REQUESTS, (*path, column), told, lost)
