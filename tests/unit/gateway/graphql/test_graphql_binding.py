"""Values as PostgreSQL reads them."""

from __future__ import annotations

import pytest

from haulback.gateway.graphql.binding import Binder, bound, text_of
from haulback.gateway.graphql.refused import Refused
from haulback.gateway.graphql.values import Kind, Leaf


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (True, b"true"),
        (12, b"12"),
        (1.5, b"1.5"),
        ("é", "é".encode()),
        ([], b"{}"),
        (["a", None, 'b"', "\\", "{", "NULL", ""], b'{"a",NULL,"b\\"","\\\\","{","NULL",""}'),
        ([True, 1], b'{"true","1"}'),
    ],
)
def test_the_text_of_a_value(value: object, text: bytes | None) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize("value", [{}, [[1]], [{}], "a\0b", ["\0"]])
def test_what_has_no_text(value: object) -> None:
    with pytest.raises(Refused):
        text_of(value)


def test_a_list_of_variables_and_constants() -> None:
    binder = Binder()
    assert binder.value([Leaf(Kind.INTEGER, ("v",)), Leaf(Kind.INTEGER, constant=2), None]) == "$1"
    assert bound(binder.binds, {"v": 1}) == [b'{"1","2",NULL}']


def test_postgresql_counts_parameters_in_sixteen_bits() -> None:
    binder = Binder()
    for _ in range(65_535):
        binder.constant(b"")
    with pytest.raises(Refused):
        binder.constant(b"")
