"""What a channel's presence takes is known whatever comes and goes."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.realtime.presence import Present, tracked

HOLDERS = st.sampled_from(["a", "b", "c"])
SAID = st.dictionaries(st.text(max_size=5), st.integers(), max_size=3)


@given(st.lists(st.tuples(HOLDERS, st.none() | SAID)))
def test_the_size_is_that_of_the_entries(steps: list[tuple[str, dict[str, int] | None]]) -> None:
    present = Present()
    for holder, said in steps:
        if said is None:
            present.take(holder)
        else:
            entry = tracked(present, holder, "key", {name: msgspec.Raw(b"%d" % one) for name, one in said.items()})
            if entry is not None:
                expected = present.size_with(entry)
                present.put(entry)
                assert present.size == expected
        assert present.size == sum(entry.size for entry in present.entries())
