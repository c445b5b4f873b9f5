"""Asks PostgreSQL which conditions of filters hold for a row, where nobody else can tell."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import psycopg

from haulback.gateway.realtime.changes.asking import TIMED_OUT
from haulback.gateway.realtime.changes.conditions import Condition, question
from haulback.gateway.realtime.changes.tables import Catalog, gone
from haulback.gateway.realtime.members import Member

_BYTEA = 17
_AT_ONCE = 200  # conditions of one statement; a row has room for 1,664 columns


async def ask(
    catalog: Catalog,
    row: Mapping[str, bytes | None],
    open_: dict[Condition, bool],
    wanted: Mapping[Condition, Collection[Member]],
) -> dict[Condition, str]:
    """Finds out which conditions hold.

    All conditions of a member count as too slow once one was: however many it brings, it is waited for once.

    Args:
        catalog: that is asked.
        row: that the conditions are about.
        open_: the conditions; whether each holds is put there.
        wanted: the members that each is a condition of.

    Returns:
        Those that raised, with the code of what they did.

    Raises:
        psycopg.OperationalError: the connection is gone.
    """
    broken: dict[Condition, str] = {}
    slow: set[Member] = set()
    asked = list(open_)
    for at in range(0, len(asked), _AT_ONCE):
        portion = [one for one in asked[at : at + _AT_ONCE] if not slow.issuperset(wanted[one])]
        await _ask_portion(catalog, row, portion, open_, broken, wanted, slow)
    return broken | {one: TIMED_OUT for one in asked if slow.issuperset(wanted[one])}


async def _ask_portion(
    catalog: Catalog,
    row: Mapping[str, bytes | None],
    asked: Sequence[Condition],
    open_: dict[Condition, bool],
    broken: dict[Condition, str],
    wanted: Mapping[Condition, Collection[Member]],
    slow: set[Member],
) -> None:
    """Asks some of them together, and each alone where one raised; adds those to `slow` whose took too long."""
    if not asked:
        return
    questions = [question(condition, _text(condition, row)) for condition in asked]
    try:
        open_.update(zip(asked, await catalog.holding(questions), strict=True))
    except psycopg.Error as trouble:
        if gone(trouble):
            raise
        for condition, one in zip(asked, questions, strict=True):
            if slow.issuperset(wanted[condition]):
                continue
            try:
                (open_[condition],) = await catalog.holding([one])
            except psycopg.Error as wrong:
                if gone(wrong):
                    raise
                open_[condition] = False
                broken[condition] = wrong.sqlstate or "XX000"
                if broken[condition] == TIMED_OUT:
                    slow.update(wanted[condition])


def _text(condition: Condition, row: Mapping[str, bytes | None]) -> str | None:
    value = row[condition.term.column]
    if value is None:
        return None
    if condition.column.base == _BYTEA:  # as in Realtime, its hexadecimal digits are compared
        value = value.removeprefix(b"\\x")
    return value.decode("utf-8", "replace")
