from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.model.schema import ObjectKey, SchemaObject
from haulback.pg.catalog.order import DependencyCycle, create_order, drop_order


def thing(name: str, *depends: str, kind: str = "view", parent: str | None = None, position: int | None = None):
    return SchemaObject(
        ObjectKey(kind, name),
        "{}",
        (),
        (),
        frozenset(key(d) for d in depends),
        parent=key(parent) if parent else None,
        position=position,
    )


def key(text: str) -> ObjectKey:
    kind, _, name = text.rpartition(" ")
    return ObjectKey(kind or "view", name)


def names(objects) -> list[str]:
    return [o.key.identity for o in objects]


def test_what_is_needed_comes_first() -> None:
    assert names(create_order([thing("a", "b"), thing("b", "c"), thing("c")])) == ["c", "b", "a"]


def test_what_is_not_given_does_not_count() -> None:
    assert names(create_order([thing("a", "elsewhere")])) == ["a"]


def test_kinds_decide_where_nothing_else_does() -> None:
    objects = [thing("v"), thing("p", kind="publication"), thing("r", kind="role"), thing("t", kind="table")]
    assert names(create_order(objects)) == ["r", "t", "v", "p"]


def test_columns_follow_their_table_in_their_order() -> None:
    objects = [
        thing("t", kind="table"),
        thing("t.b", kind="column", parent="table t", position=2),
        thing("t.a", "type e", kind="column", parent="table t", position=1),
        thing("e", kind="type"),
        thing("s", kind="table"),
    ]
    assert names(create_order(objects)) == ["e", "s", "t", "t.a", "t.b"]


def test_a_column_of_a_table_that_is_there_stands_alone() -> None:
    objects = [thing("t.a", "f", kind="column", parent="table t"), thing("f", kind="function")]
    assert names(create_order([objects[0], thing("x", "column t.a")])) == ["t.a", "x"]


def test_a_circle_is_named() -> None:
    with pytest.raises(DependencyCycle) as caught:
        create_order([thing("a", "b"), thing("b", "a"), thing("c")])
    assert caught.value.message == "these objects depend on one another in a circle: view a, view b"


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40), st.randoms())
def test_every_order_keeps_to_the_dependencies(edges, shuffle) -> None:
    downward = [(a, b) for a, b in edges if a > b]
    objects = [thing(f"n{i:02}", *(f"n{b:02}" for a, b in downward if a == i)) for i in range(13)]
    shuffle.shuffle(objects)
    created = names(create_order(objects))
    assert sorted(created) == sorted(names(objects))
    assert all(created.index(f"n{b:02}") < created.index(f"n{a:02}") for a, b in downward)
    assert names(drop_order(objects)) == created[::-1]
