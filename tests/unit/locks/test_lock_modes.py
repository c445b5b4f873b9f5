"""The table of the manual, checked by what must hold of any such table."""

from __future__ import annotations

from itertools import pairwise

import pytest

from haulback.pg.lock_modes import MODES, conflicting


@pytest.mark.parametrize("mode", MODES)
def test_exclusion_is_mutual(mode: str) -> None:
    assert all(mode in conflicting(other) for other in conflicting(mode))


def test_what_reads_and_writes_wait_for() -> None:
    assert conflicting("AccessShareLock") == ("AccessExclusiveLock",)
    assert conflicting("RowExclusiveLock") == (
        "ShareLock",
        "ShareRowExclusiveLock",
        "ExclusiveLock",
        "AccessExclusiveLock",
    )
    assert conflicting("AccessExclusiveLock") == MODES


def test_a_stronger_mode_excludes_more() -> None:
    # ShareLock alone stands beside another of its kind.
    ladder = [set(conflicting(mode)) for mode in MODES if mode != "ShareLock"]
    assert all(weak <= strong for weak, strong in pairwise(ladder))


def test_an_unknown_mode_waits_for_everybody() -> None:
    assert conflicting("SIReadLock") == MODES
