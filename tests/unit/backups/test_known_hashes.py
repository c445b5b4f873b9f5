"""Which hashes a backup knows: pure."""

from __future__ import annotations

from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.backups.comparing import _Known

LAST = 2**64 - 1
# Few of them, so that both sides share some; at the ends, and so close that they begin with the same bits.
HASHES = st.lists(
    st.sampled_from([0, 1, 2, 2**32, 2**63 - 1, 2**63, LAST - 1, LAST]) | st.integers(0, LAST), unique=True
)


@given(HASHES, st.lists(HASHES))
def test_what_is_strange_and_what_was_never_asked_for(then: list[int], batches: list[list[int]]) -> None:
    known = _Known(np.array(then, dtype=np.uint64))
    for batch in batches:
        assert known.strange(array("Q", batch)) == [place for place, one in enumerate(batch) if one not in then]
    asked = {one for batch in batches for one in batch}
    assert known.unseen().tolist() == [place for place, one in enumerate(then) if one not in asked]


@pytest.mark.parametrize("gap", [1, 2])
def test_hashes_that_all_begin_alike(gap: int) -> None:
    known = _Known(np.arange(0, 1000 * gap, gap, dtype=np.uint64))
    asked = array("Q", [999 * gap, 500 * gap, 1, 1000 * gap, LAST])
    assert known.strange(asked) == ([3, 4] if gap == 1 else [2, 3, 4])
    assert len(known.unseen()) == 1000 - (3 if gap == 1 else 2)
