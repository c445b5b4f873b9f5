"""Rows are made up from what the catalogs say, and a mark is never another's row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.verify._stage import NoAnswer
from haulback.verify.api.making import MARK, Column, Reference, Shape, mark_of, others, value


def _column(name: str, type_: str = "uuid", **changes) -> Column:
    told = {"required": True, "filled": False, "identity": "", "generated": "", "kind": "b", "category": "U"}
    return Column(name=name, type=type_, **(told | {"length": None, "label": None} | changes))


def _shape(*columns: Column, key=("id",), references=()) -> Shape:
    return Shape("public", "things", columns=columns, key=key, references=references, secured=True)


OF_USERS = Reference(("owner",), "auth", "users", ("id",))


def test_a_key_that_may_be_chosen_is_the_mark():
    assert mark_of(_shape(_column("id")), own_users=True) == ("id",)


def test_a_key_that_the_server_fills_leaves_it_to_a_text():
    shape = _shape(_column("id", "int8", identity="a"), _column("body", "text"))
    assert mark_of(shape, own_users=True) == ("body",)


@pytest.mark.parametrize(
    "columns",
    [
        (_column("id", "int8", identity="a"), _column("n", "int4")),
        (_column("id", "int2"),),
        (_column("id", "bool"), _column("body", "varchar", length=10)),
        (_column("id", "text", generated="s"),),
    ],
)
def test_without_a_column_that_tells_rows_of_ours_no_row_is_laid(columns):
    with pytest.raises(NoAnswer):
        mark_of(_shape(*columns), own_users=True)


def test_rows_of_a_user_who_is_not_ours_are_never_known_by_their_owner():
    shape = _shape(_column("owner"), key=("owner",), references=(OF_USERS,))
    assert mark_of(shape, own_users=True) == ("owner",)
    with pytest.raises(NoAnswer):
        mark_of(shape, own_users=False)


@pytest.mark.parametrize("type_", ["int4", "int8"])
def test_a_number_that_is_a_mark_is_below_zero_where_no_sequence_counts(type_):
    assert value(_column("id", type_), distinct=True) < 0


def test_a_text_says_whose_it_is():
    assert value(_column("body", "text"), distinct=False).startswith(MARK)


def test_a_type_that_nobody_knows_is_no_answer():
    with pytest.raises(NoAnswer, match="geometry"):
        value(_column("at", "geometry"), distinct=False)


def test_values_come_from_what_a_check_mentions():
    assert list(others("CHECK ((kind = ANY (ARRAY['it''s'::text, 'b'::text])))", _column("kind", "text"))) == [
        "it's",
        "b",
    ]
    assert 18 in others("CHECK ((age > 17))", _column("age", "int4"))


@given(st.text(max_size=300))
def test_any_text_of_a_check_yields_a_bounded_number_of_values(text):
    assert len(list(others(text, _column("n", "numeric")))) <= 72
