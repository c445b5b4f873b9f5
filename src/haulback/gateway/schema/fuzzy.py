"""Finds the name that was meant by the one that was given.

Scores are those of the fuzzy set that PostgREST uses (fuzzyset 0.2 for Haskell, after the JavaScript library of that
name), because its hints depend on them: candidates that share runs of three letters are ranked by the cosine of these,
the best fifty are compared by edit distance; runs of two letters are tried where three find nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from math import sqrt

LEAST = 0.33

_SIZES = (3, 2)
_COMPARED = 50
# An edit distance takes as many steps as the product of two lengths; names are far shorter than this.
_MOST_STEPS = 250_000


class FuzzySet:
    """Names, found by their likes; of those that differ only in case the first stands."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names: dict[str, str] = {}
        for name in names:
            self._names.setdefault(name.lower(), name)
        self._indexes = [_Index(self._names, size) for size in _SIZES]
        self._longest = max(map(len, self._names), default=0)

    def like(self, word: str, least: float = LEAST) -> Sequence[tuple[float, str]]:
        """Score and name, the best first; the score of the very word is 1.0, and then it is the only one."""
        lowered = word.lower()
        if lowered in self._names:
            return [(1.0, self._names[lowered])]
        if least * len(lowered) > self._longest:
            return []
        for index in self._indexes:
            scored = ((score, name) for score, name in index.compared(lowered, least) if score >= least)
            found = sorted(scored, key=lambda pair: -pair[0])
            if found:
                return [(score, self._names[name]) for score, name in found]
        return []

    def closest(self, word: str, least: float = LEAST) -> str | None:
        found = self.like(word, least)
        return found[0][1] if found else None


@lru_cache(maxsize=64)
def fuzzy_set(names: tuple[str, ...]) -> FuzzySet:
    """The set of these names, kept, because the same ones are asked for again and again."""
    return FuzzySet(names)


class _Index:
    """Which names have which runs of letters, and how often."""

    def __init__(self, names: Iterable[str], size: int) -> None:
        self._size = size
        self._having: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._lengths: dict[str, float] = {}
        for name in names:
            runs = _runs(name, size)
            self._lengths[name] = _length(runs)
            for run, count in runs.items():
                self._having[run].append((name, count))

    def compared(self, word: str, least: float) -> Iterator[tuple[float, str]]:
        products: Counter[str] = Counter()
        for run, count in _runs(word, self._size).items():
            for name, others in self._having.get(run, ()):
                products[name] += count * others
        # The length of the word itself divides all of them and changes no order.
        ranked = sorted(products, key=lambda name: (-products[name] / self._lengths[name], name))
        for name in ranked[:_COMPARED]:
            yield _similarity(word, name, least), name


def _runs(text: str, size: int) -> Counter[str]:
    letters = "".join(letter for letter in text if letter.isalnum() or letter.isspace() or letter == ",")
    enclosed = f"-{letters}-"
    return Counter(enclosed[start : start + size] for start in range(len(enclosed) - size + 1))


def _length(runs: Counter[str]) -> float:
    return sqrt(sum(count * count for count in runs.values()))


def _similarity(one: str, other: str, least: float) -> float:
    """One for equal texts, zero for those with nothing in common; zero where it must be below `least`."""
    longer, shorter = max(len(one), len(other)), min(len(one), len(other))
    if shorter < least * longer or longer * shorter > _MOST_STEPS:
        return 0.0
    return 1 - _distance(one, other) / longer if longer else 1.0


def _distance(one: str, other: str) -> int:
    """Letters to put in, take out or exchange (Levenshtein)."""
    above = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, another in enumerate(other):
            change = above[column] + (letter != another)
            current.append(min(change, above[column + 1] + 1, current[column] + 1))
        above = current
    return above[-1]
