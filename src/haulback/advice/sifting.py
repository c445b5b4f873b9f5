"""Sorts findings, takes out the ignored ones, and says which keys to ignore match nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from haulback.advice.running import AdviceLint
from haulback.model.advice import Advice, LintAnswer, Looked


def sifted(answers: Iterable[LintAnswer], ignored: Iterable[str]) -> tuple[tuple[Advice, ...], tuple[Advice, ...]]:
    """Returns (findings, ignored findings), each with the worst first, then by name and key."""
    keys = frozenset(ignored)
    found = sorted(
        (one for answer in answers for one in answer.found),
        key=lambda one: (-one.level.rank, one.name, one.cache_key),
    )
    return tuple(one for one in found if one.cache_key not in keys), tuple(
        one for one in found if one.cache_key in keys
    )


def unmatched(
    answers: Iterable[LintAnswer], ignored: Iterable[str], lints: Mapping[str, AdviceLint]
) -> tuple[str, ...]:
    """Keys that match no finding.

    A key of a lint that was not asked, or that could not look, may well match there: nothing is said of it.
    """
    answered = {one.name: one for one in answers}
    matched = {one.cache_key for answer in answered.values() for one in answer.found}
    silent = [
        one.prefix for one in lints.values() if one.id not in answered or answered[one.id].looked is Looked.UNKNOWN
    ]
    return tuple(key for key in dict.fromkeys(ignored) if key not in matched and not key.startswith(tuple(silent)))
