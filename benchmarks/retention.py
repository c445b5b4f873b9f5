"""Random histories of backups against the rules of retention: `benchmarks/retention.py --histories 1000000`.

Each history has nights that fail, clocks that jump, backups that prove bad, holds, and chains of incrementals; the
rules are those of tests/unit/backups/retention_world.py. Ends with 1 at a history that breaks one, and names its seed.
`--wal` does the same for archives of WAL, with holes and recoveries that were put in place (wal_world.py).
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "unit" / "backups"))
import wal_world
from retention_world import History, broken

_CHUNK = 5000


def _chunk(first: int) -> tuple[int, int, list[tuple[int, list[str]]]]:
    backups = going = 0
    problems = []
    for seed in range(first, first + _CHUNK):
        history = History(seed)
        backups += len(history.found)
        going += len(history.decided().going)
        if found := broken(history):
            problems.append((seed, found))
    return backups, going, problems


def _wal_chunk(first: int) -> tuple[int, int, list[tuple[int, list[str]]]]:
    backups = going = 0
    problems = []
    for seed in range(first, first + _CHUNK):
        life = wal_world.Life(seed)
        backups += len(life.found)
        going += len(life.decided(life.staying()).going)
        if found := list(wal_world.broken(life)):
            problems.append((seed, found))
    return backups, going, problems


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--histories", type=int, default=100_000)
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**48))
    arguments.add_argument("--processes", type=int, default=os.cpu_count())
    arguments.add_argument("--wal", action="store_true")
    given = arguments.parse_args()
    begun = perf_counter()
    backups = going = done = 0
    with ProcessPoolExecutor(given.processes) as pool:
        for each_backups, each_going, problems in pool.map(
            _wal_chunk if given.wal else _chunk, range(given.seed, given.seed + given.histories, _CHUNK)
        ):
            for seed, found in problems:
                print(f"history {seed}: {'; '.join(found)}")
            if problems:
                return 1
            backups, going, done = backups + each_backups, going + each_going, done + _CHUNK
    seconds = perf_counter() - begun
    what = "segments" if given.wal else "of them"
    print(
        f"{done:,} histories from seed {given.seed}: {backups:,} backups, {going:,} {what} go, "
        f"no rule broken, {seconds:.0f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
