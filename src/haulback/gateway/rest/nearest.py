"""The name that somebody perhaps meant.

Names are alike as FuzzySet counts it, because clients compare the hints: by their grams of three letters, then two, and
among those that share any by their edit distance.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from math import sqrt

_NOISE = re.compile(r"[^\w, ]+")
_SIZES = (3, 2)
_BEST = 50
# Beyond this length nobody mistyped a name.
_LONGEST = 128


def nearest(name: str, names: Iterable[str], *, least: float = 0.33) -> str | None:
    """The one most like `name`, if it is so by `least` at least, from 0 to 1."""
    if len(name) > _LONGEST:
        return None
    known = {other.lower(): other for other in names}
    same = known.get(name.lower())
    if same is not None:
        return same
    for size in _SIZES:
        found = _of_size(name.lower(), known, size, least)
        if found is not None:
            return found
    return None


def _of_size(name: str, known: dict[str, str], size: int, least: float) -> str | None:
    wanted = _grams(name, size)
    alike = sorted(
        ((score, other) for other in known if (score := _cosine(wanted, _grams(other, size))) > 0), reverse=True
    )
    scored = [(1 - _distance(name, other) / max(len(name), len(other), 1), other) for _, other in alike[:_BEST]]
    score, other = max(scored, default=(0.0, ""), key=lambda one: one[0])
    return known[other] if score >= least and other else None


def _grams(text: str, size: int) -> Counter[str]:
    padded = f"-{_NOISE.sub('', text)}-".ljust(size, "-")
    return Counter([padded[at : at + size] for at in range(len(padded) - size + 1)])


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    product = sum(count * other[gram] for gram, count in one.items() if gram in other)
    return product / (_length(one) * _length(other)) if product else 0.0


def _length(grams: Counter[str]) -> float:
    return sqrt(sum(count * count for count in grams.values()))


def _distance(one: str, other: str) -> int:
    """How many letters to put in, take out or change."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, row[0] = row[0], at
        for to, opposite in enumerate(other, 1):
            before, row[to] = row[to], min(row[to] + 1, row[to - 1] + 1, before + (letter != opposite))
    return row[-1]
