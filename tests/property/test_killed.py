"""The same as in test_taken_back.py with SIGKILL at random moments: benchmarks/kills.py, bounded."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(__file__).parents[2] / "benchmarks" / "kills.py"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_dies_whenever_the_next_run_ends_it(seed: int) -> None:
    done = subprocess.run(
        [sys.executable, str(COMMAND), "--seeds", str(seed), "--examples", "6"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = re.search(r"(\d+) examples, (\d+) kills, 0 failed: .*taken back", done.stdout)
    assert told, done.stdout
    assert int(told[1]) == 6, done.stdout
    assert int(told[2]) >= 3, done.stdout
