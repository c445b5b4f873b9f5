"""Pairs of hashes that wait on disk, apart by the first bits of the one: two piles of any size are compared in parts.

A row is a pair: the hash of its key and the hash of all of it. Memory holds one bucket of each side at a time, and 8
bytes for each row that differs; 16 bytes a row lie in files without a name, in memory while they are few.
"""

from __future__ import annotations

import tempfile
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

_BITS = 6
COUNT = 1 << _BITS
_IN_MEMORY = 128 * 1024  # bytes of a bucket
_SHIFT = 64 - _BITS


class Buckets:
    """The rows of one side."""

    def __init__(self) -> None:
        self._files: list[Any] = [
            tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by `close`
            for _ in range(COUNT)
        ]
        self.rows = 0

    def add(self, keys: array[int], rows: array[int]) -> None:
        """Takes in so many rows, each by the hash of its key and of all of it."""
        import numpy as np  # noqa: PLC0415 - start-up: 80 ms

        if not keys:
            return
        pairs = np.column_stack((np.frombuffer(keys, dtype=np.uint64), np.frombuffer(rows, dtype=np.uint64)))
        places = pairs[:, 0] >> np.uint64(_SHIFT)
        order = np.argsort(places, kind="stable")
        bounds = np.searchsorted(places[order], np.arange(COUNT + 1, dtype=np.uint64))
        for number in range(COUNT):
            if bounds[number] < bounds[number + 1]:
                self._files[number].write(pairs[order[bounds[number] : bounds[number + 1]]].tobytes())
        self.rows += len(keys)

    def bucket(self, number: int) -> Hashes:
        """One bucket, a pair a line."""
        import numpy as np  # noqa: PLC0415 - as above

        self._files[number].seek(0)
        return np.frombuffer(self._files[number].read(), dtype=np.uint64).reshape(-1, 2)

    def close(self) -> None:
        for one in self._files:
            one.close()


@dataclass(frozen=True)
class Sorted:
    """Hashes of keys in order, to look others up in."""

    hashes: Hashes

    def __len__(self) -> int:
        return len(self.hashes)

    def places(self, asked: array[int]) -> list[int]:
        """Places of those asked for that are here."""
        import numpy as np  # noqa: PLC0415 - as above

        if not len(self.hashes) or not asked:
            return []
        wanted = np.frombuffer(asked, dtype=np.uint64)
        found = np.searchsorted(self.hashes, wanted)
        found[found == len(self.hashes)] = 0
        return [int(one) for one in np.flatnonzero(self.hashes[found] == wanted)]

    def without(self, others: array[int]) -> Sorted:
        import numpy as np  # noqa: PLC0415 - as above

        return Sorted(np.setdiff1d(self.hashes, np.frombuffer(others, dtype=np.uint64))) if others else self


@dataclass(frozen=True)
class Differing:
    """Hashes of the keys of rows that only one side has as they are."""

    missing: Sorted
    changed: Sorted
    extra: Sorted


def differing(then: Buckets, now: Buckets) -> Differing:
    """Compares both sides, bucket by bucket."""
    import numpy as np  # noqa: PLC0415 - as above

    parts: tuple[list[Hashes], list[Hashes], list[Hashes]] = ([], [], [])
    for number in range(COUNT):
        left, right = _apart(then.bucket(number), now.bucket(number))
        for part, found in zip(
            parts,
            (np.setdiff1d(left, right), np.intersect1d(left, right), np.setdiff1d(right, left)),
            strict=True,
        ):
            part.append(found)
    # Buckets follow each other as their keys do: the parts are in order together as each is by itself.
    missing, changed, extra = (Sorted(np.concatenate(part)) for part in parts)
    return Differing(missing, changed, extra)


def _apart(then: Hashes, now: Hashes) -> tuple[Hashes, Hashes]:
    """The keys on each side whose row the other does not have as it is. A key tells rows of its side apart."""
    import numpy as np  # noqa: PLC0415 - as above

    both = np.concatenate((then, now))
    order = np.lexsort((both[:, 1], both[:, 0]))
    pairs = both[order]
    twice = (pairs[1:] == pairs[:-1]).all(axis=1)
    alone = np.ones(len(pairs), dtype=np.bool_)
    alone[1:] &= ~twice
    alone[:-1] &= ~twice
    places = order[alone]
    return both[places[places < len(then)], 0], both[places[places >= len(then)], 0]
