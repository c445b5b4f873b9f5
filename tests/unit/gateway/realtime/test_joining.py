"""What a join asks for, however it is written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.realtime.joining import Replay, joined
from haulback.gateway.realtime.members import Binding
from haulback.gateway.realtime.rejected import Rejected

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def test_an_entry_comes_back_as_it_came_with_its_id() -> None:
    entries = [
        {"event": "*", "schema": "public", "table": "notes", "filter": "id=eq.1", "select": ["id", "body"], "more": 1},
        None,
        {"schema": "public", "event": "INSERT"},
    ]
    join = joined({"config": {"postgres_changes": entries}})
    echoed = json.loads(join.echo)
    assert [{**entry, "id": None} for entry in echoed] == [{**entry, "id": None} for entry in entries if entry]
    first, second = join.bindings
    assert first == Binding(echoed[0]["id"], "*", "public", "notes", "id=eq.1", ("id", "body"))
    assert second == Binding(echoed[1]["id"], "INSERT", "public", None, None, None)
    assert first.id != second.id
    assert 0 <= first.id < 1 << 27


def test_the_same_entry_has_the_same_id_whatever_its_order() -> None:
    one = joined({"config": {"postgres_changes": [{"schema": "a", "table": "b"}]}})
    two = joined({"config": {"postgres_changes": [{"table": "b", "schema": "a"}]}})
    assert one.bindings == two.bindings


@pytest.mark.parametrize(
    ("written", "read"), [(True, True), ("true", True), ("TRUE", True), ("false", False), (1, False), (None, False)]
)
def test_a_flag_may_be_a_text(written: Any, *, read: bool) -> None:
    config = {"private": written, "broadcast": {"self": written, "ack": written}, "presence": {"enabled": written}}
    join = joined({"config": config})
    assert (join.private, join.itself, join.ack, join.presence) == (read, read, read, read)


def test_who_gives_no_key_gets_one_of_its_own() -> None:
    keys = {joined({"config": {"presence": {"key": key}}}).key for key in ("", None, "")}
    assert len(keys) == 3
    assert joined({"config": {"presence": {"key": "ada"}}}).key == "ada"
    assert joined({"config": {"presence": {"key": 7}}}).key == "7"


@pytest.mark.parametrize(
    ("replay", "read"),
    [
        ({"since": 5}, Replay(5, 25)),
        ({"since": 5, "limit": 3}, Replay(5, 3)),
        ({"since": 0, "limit": 900}, Replay(0, 25)),
    ],
)
def test_replay(replay: object, read: Replay) -> None:
    assert joined({"config": {"broadcast": {"replay": replay}}}).replay == read


@pytest.mark.parametrize("replay", [None, [], {}, {"since": "5"}, {"since": True}, {"since": -1}, {"since": 10**20}])
def test_a_replay_that_cannot_be_read_is_refused(replay: object) -> None:
    with pytest.raises(Rejected) as refused:
        joined({"config": {"broadcast": {"replay": replay}}})
    assert refused.value.reason == "UnableToReplayMessages: Replay params are not valid"


@given(
    values
    | st.fixed_dictionaries(
        {
            "config": values
            | st.fixed_dictionaries(
                {},
                optional={
                    name: values | st.dictionaries(st.sampled_from(["self", "key", "enabled", "ack", "replay"]), values)
                    for name in ("broadcast", "presence", "private", "postgres_changes")
                },
            )
        }
    )
)
def test_anything_is_read_or_refused(payload: object) -> None:
    try:
        join = joined(payload)
    except Rejected:
        return
    assert isinstance(json.loads(join.echo), list)
