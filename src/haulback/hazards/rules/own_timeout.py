"""A timeout that the file sets: ours counts, or everybody of a role loses his."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.settings import Setting, settings
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level

_OURS = frozenset({"lock_timeout", "statement_timeout"})
_TIMEOUTS = _OURS | {"idle_in_transaction_session_timeout", "transaction_timeout", "idle_session_timeout"}
_NEVER = frozenset({"0", "0s", "0ms", "0min"})


def _find(reading: Reading) -> Iterator[Found]:
    for one in settings(reading):
        if one.name not in _TIMEOUTS:
            continue
        if one.kept and one.value in _NEVER:
            yield Found(
                one.seen,
                f"{one.kept} waits and runs without end: {one.name} is off from now on",
                subject=f"{one.kept} {one.name}",
                advice="Give it a time that its slowest honest request needs.",
                level=Level.WARN,
            )
        elif not one.kept:
            yield Found(one.seen, _of_the_session(one), subject=one.name, advice="Leave it out of the migration.")


def _of_the_session(one: Setting) -> str:
    if one.name in _OURS:
        return f"{one.name} = {one.value} has no effect: Haulback sets its own again behind it"
    return f"{one.name} = {one.value} holds for this file only"


RULE = Rule("own-timeout", "A file sets a timeout", Family.SAFETY, Level.NOTE, _find)
