from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.model.deployment import Deployment, Entry, Event, State

NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)
WORDS = [one for one in Event if one is not Event.STATE]
STEPS, UNITS = ["snapshot", "migration", "verify"], ["", "1", "2#1"]


def deployment(*told: tuple[str, Event, str]) -> Deployment:
    entries = tuple(
        Entry(number, NOON, step, event, unit, {"n": number})
        for number, (step, event, unit) in enumerate(told, start=1)
    )
    return Deployment(uuid4(), 1, "h", {}, "t", "development", "u", "host", 1, NOON, entries)


def states(*words: State) -> Deployment:
    entries = tuple(Entry(n, NOON, "deployment", Event.STATE, "", {"state": one}) for n, one in enumerate(words))
    return Deployment(uuid4(), 1, "h", {}, "t", "development", "u", "host", 1, NOON, entries)


@given(st.lists(st.sampled_from(State)))
def test_the_newest_word_is_the_state(words):
    assert states(*words).state is (words[-1] if words else State.PLANNED)


def test_a_crash_leaves_only_these_states_unfinished():
    assert {one for one in State if one.unfinished} == {State.PLANNED, State.RUNNING, State.GOING_BACK}


@pytest.mark.parametrize(
    ("events", "done", "begun"),
    [
        ([], False, False),
        ([Event.BEGUN], False, True),
        ([Event.BEGUN, Event.DONE], True, False),
        ([Event.BEGUN, Event.FAILED], False, False),
        ([Event.BEGUN, Event.FAILED, Event.BEGUN], False, True),
        ([Event.DONE], True, False),
        ([Event.BEGUN, Event.DONE, Event.UNDO_BEGUN], True, True),
        ([Event.BEGUN, Event.DONE, Event.UNDO_BEGUN, Event.UNDONE], False, False),
        ([Event.DONE, Event.UNDONE, Event.BEGUN, Event.DONE], True, False),
    ],
)
def test_a_step_is_told_by_its_newest_words(events, done, begun):
    found = deployment(*(("migration", event, "1") for event in events))

    assert (found.is_done("migration", "1"), found.was_begun("migration", "1")) == (done, begun)
    assert not found.is_done("migration", "2")
    assert not found.is_done("migration")
    assert found.done_units("migration") == (("1",) if done else ())


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(WORDS), st.sampled_from(UNITS))))
def test_folding_agrees_with_walking_the_entries_one_by_one(told):
    """The model: a set of what is done, and of what is in the air, changed by each word in turn."""
    done: dict[tuple[str, str], int] = {}
    in_the_air: set[tuple[str, str]] = set()
    for number, (step, event, unit) in enumerate(told, start=1):
        key = (step, unit)
        in_the_air -= {key}
        if event is Event.DONE:
            done[key] = number
        elif event is Event.UNDONE:
            done.pop(key, None)
        elif event in {Event.BEGUN, Event.UNDO_BEGUN}:
            in_the_air |= {key}
    found = deployment(*told)

    for step in STEPS:
        assert set(found.done_units(step)) == {unit for one, unit in done if one == step and unit}
        for unit in UNITS:
            assert found.is_done(step, unit) == ((step, unit) in done)
            assert found.was_begun(step, unit) == ((step, unit) in in_the_air)
    for step, unit in done:
        assert found.detail(step, unit)["n"] > 0


def test_units_are_told_in_the_order_in_which_they_were_done():
    found = deployment(
        *(("migration", Event.DONE, unit) for unit in ("b", "a", "c")), ("migration", Event.UNDONE, "a"),
        ("migration", Event.DONE, ""),
    )  # fmt: skip

    assert found.done_units("migration") == ("b", "c")
