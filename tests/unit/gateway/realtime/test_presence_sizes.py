"""What a channel's presence takes is known whatever comes and goes."""

from __future__ import annotations

import tracemalloc

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from haulback.gateway.realtime.presence import Entry, Present, tracked
from haulback.gateway.realtime.serializers import fields_of

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


def shown(entry: Entry) -> dict[str, object]:
    meta: dict[str, object] = msgspec.json.decode(entry.meta())
    return meta


@example("\1" * 50, {"\1" * 50: 1})
@given(st.text(), st.dictionaries(st.text(), st.integers(min_value=0, max_value=9)))
def test_names_count_as_others_get_them(key: str, said: dict[str, int]) -> None:
    """A control character of a name is one in memory, and six in what everybody in the channel is sent."""
    entry = tracked(Present(), "a", key, {name: msgspec.Raw(b"%d" % one) for name, one in said.items()})
    assert entry is not None
    assert shown(entry) == {**said, "phx_ref": entry.ref}
    sent = len(msgspec.json.encode(key)) + len(bytes(entry.meta())) - len(f',"phx_ref":"{entry.ref}"')
    assert entry.size >= sent


def test_many_small_values_take_no_more_room_than_they_count() -> None:
    text = msgspec.json.encode({str(number): 1 for number in range(50_000)})
    tracemalloc.start()
    try:
        said = fields_of(text)
        assert said is not None
        entry = tracked(Present(), "a", "key", said)
        del said
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert entry is not None
    assert held < 2 * entry.size


def test_the_same_in_another_order_is_nothing_new_and_nobody_gives_itself_a_reference() -> None:
    present, one, two = Present(), msgspec.Raw(b"1"), msgspec.Raw(b"2")
    first = tracked(present, "a", "key", {"x": one, "y": two, "phx_ref": one, "phx_ref_prev": two})
    assert first is not None
    assert shown(first) == {"x": 1, "y": 2, "phx_ref": first.ref}
    present.put(first)
    assert tracked(present, "a", "key", {"y": two, "x": one}) is None
    second = tracked(present, "a", "key", {})
    assert second is not None
    assert shown(second) == {"phx_ref": second.ref, "phx_ref_prev": first.ref}
