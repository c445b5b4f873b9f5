"""Fields with one key become one, and what that costs does not grow with the square of the query."""

from __future__ import annotations

from collections import Counter

import pytest
from graphql.language import ValueNode, print_ast

from haulback.gateway.graphql import document, selecting
from haulback.gateway.graphql.refused import Refused
from haulback.gateway.graphql.selecting import Asked, Selecting
from haulback.gateway.graphql.values import Given
from haulback.model.graphql import GraphQLSettings

BOUNDS = GraphQLSettings()


def _fields(text: str, most: int = BOUNDS.fields) -> list[Asked]:
    read = document.read(text, BOUNDS)
    (operation,) = read.operations
    return Selecting(read.fragments, Given({}), most).fields(operation.selection_set.selections, "Query")


def test_a_value_is_printed_once_however_often_it_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    printed: Counter[int] = Counter()

    def counted(node: ValueNode) -> str:
        printed[id(node)] += 1
        return print_ast(node)

    monkeypatch.setattr(selecting, "print_ast", counted)
    large = f"[{'1 ' * 2_000}]"
    (one,) = _fields(f"{{ a(f: {large}) {{ x }} {'...F ' * 500} }} fragment F on Query {{ a(f: {large}) {{ x }} }}")
    assert len(one.selections) == 501
    assert sorted(printed.values()) == [1, 1]


def test_equal_arguments_merge_and_others_do_not() -> None:
    (one,) = _fields("{ a(f: {x: [1, 2]}) { x }  a(f: {x: [1 2]}) { y } }")
    assert len(one.selections) == 2
    for other in ("a(f: {x: [2, 1]})", "a(g: {x: [1, 2]})", "a"):
        with pytest.raises(Refused, match="Two fields named `a` have different arguments"):
            _fields(f"{{ a(f: {{x: [1, 2]}}) {{ x }}  {other} {{ y }} }}")


def test_what_is_spread_again_and_again_is_not_copied_beyond_what_may_be_asked_for() -> None:
    text = f"{{ {'...F ' * 40} }} fragment F on Query {{ a {{ {'x ' * 100} }} }}"
    (one,) = _fields(text)
    assert len(one.selections) == 4_000
    with pytest.raises(Refused, match="query asks for too many fields"):
        _fields(text, most=500)
