"""What would be lost if the server were gone right now, second by second, under steady writes.

    benchmarks/data_loss.py                          by the archive command alone, with archive_timeout 60
    benchmarks/data_loss.py --receive [--synchronous]  with the log received besides
    benchmarks/data_loss.py --soak 60                so many minutes of that with faults, one after another

An embedded server archives its log with archive_timeout 60, as `haulback up` sets it. A writer commits twenty times a
second. Every second the archive alone is read, as a recovery would: the newest commit that is in it, by the time that
the log itself gives it. What was committed since would be lost. The soak ends with the loss of the server, and holds
what comes back against what was acknowledged.

HAULBACK_BENCH_SECONDS sets how long (default 300).
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from time import monotonic, sleep

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "integration" / "backups"))

from receiver import Receiver
from recovery_ground import Ground, ground
from soak import FAULTS, LIMIT, Soak

from haulback.app.receiving import Request
from haulback.pg import binaries

SECONDS = int(os.environ.get("HAULBACK_BENCH_SECONDS", "300"))
WARM_UP = 65  # seconds until the first segment can have been archived
PAUSE = (5.0, 40.0)  # seconds between two faults
LENGTH = (1.0, 60.0)  # seconds that one lasts


def measured(it: Ground, receiver: Receiver | None, warm_up: float) -> Soak:
    soak = Soak(it, receiver)
    soak.begin()
    sleep(warm_up)
    soak.lost.clear()
    sleep(SECONDS)
    soak.end()
    return soak


def soaked(it: Ground, receiver: Receiver, minutes: float) -> bool:
    """Plays faults in random order; whether all that should have come back did."""
    random.seed()
    soak, played = Soak(it, receiver), Counter[str]()
    soak.begin()
    over = monotonic() + 60 * minutes
    while monotonic() < over:
        sleep(random.uniform(*PAUSE))
        fault = random.choice(FAULTS)
        played[fault.__name__] += 1
        fault(soak, random.uniform(*LENGTH))
    soak.catches_up()
    soak.end()
    soak.catches_up()
    rows, last = soak.recovered()
    told(soak, LIMIT)
    whole = rows == list(range(1, len(rows) + 1)) and len(rows) >= last
    sys.stdout.write(
        f"{sum(played.values())} faults ({', '.join(f'{n} {name}' for name, n in played.most_common())}):"
        f" {last:,} rows acknowledged, {len(rows):,} came back, {'no' if whole else 'A'} hole\n"
    )
    return whole and max(soak.lost) < LIMIT


def told(soak: Soak, goal: float) -> None:
    lost = sorted(soak.lost)
    figures = {f"p{share}": lost[min(len(lost) - 1, len(lost) * share // 100)] for share in (50, 95, 99)}
    line = "   ".join(f"{name} {value:.2f} s" for name, value in figures.items())
    sys.stdout.write(f"{len(lost)} looks at the archive: {line}   longest {lost[-1]:.2f} s   (goal {goal:.0f} s)\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--receive", action="store_true")
    parser.add_argument("--synchronous", action="store_true")
    parser.add_argument("--soak", type=float, metavar="MINUTES")
    given = parser.parse_args()
    receives = given.receive or given.synchronous or given.soak
    folder = Path(tempfile.mkdtemp(prefix="haulback-bench-"))
    folder.chmod(0o755)
    well = True
    try:
        for it in ground(folder, binaries.embedded()):
            it.back_up()
            wanted = Receiver(it, Request(synchronous=given.synchronous))
            with wanted if receives else nullcontext() as receiver:
                if given.soak:
                    well = soaked(it, receiver, given.soak)
                else:
                    told(measured(it, receiver, 3 if receives else WARM_UP), 2.0 if receives else 65.0)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
