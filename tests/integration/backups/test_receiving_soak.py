"""Whatever breaks the stream for a while, it goes on by itself, and what comes back is all that was acknowledged.

Bounded: each fault once. `benchmarks/data_loss.py --soak 60` plays them for an hour, in random order and at length.
"""

from __future__ import annotations

from pathlib import Path

from receiver import Receiver
from recovery_ground import ground
from soak import FAULTS, LIMIT, Soak

from haulback.pg import binaries


def test_no_fault_loses_what_was_received(tmp_path: Path) -> None:
    for it in ground(tmp_path, binaries.embedded()):
        it.back_up()
        with Receiver(it) as receiver:
            soak = Soak(it, receiver)
            soak.begin()
            try:
                for fault in FAULTS:
                    fault(soak, 3.0)
                    soak.catches_up()
            finally:
                soak.end()
            soak.catches_up()
            rows, last = soak.recovered()
        assert rows == list(range(1, len(rows) + 1)), "no hole"
        assert len(rows) >= last, "everything that was acknowledged and in the archive"
        assert last > len(FAULTS)
        assert max(soak.lost) < LIMIT
