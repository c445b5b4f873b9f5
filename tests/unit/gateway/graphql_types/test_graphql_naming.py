"""SQL's names as GraphQL's."""

from __future__ import annotations

import pytest
from graphql import GraphQLError
from graphql.type import assert_name
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.graphql.types import naming

identifiers = st.text(st.sampled_from("abXY_09"), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("account", "Account"),
        ("blog_post", "BlogPost"),
        ("account_BY_email", "AccountBYEmail"),
        ("_private", "Private"),
        ("a__b_", "AB"),
        ("already_Camel", "AlreadyCamel"),
        ("v2_row", "V2Row"),
        ("two words", "Two Words"),
        ("", ""),
    ],
)
def test_snake_case_becomes_pascal_case(name: str, expected: str) -> None:
    assert naming.inflected(name) == expected


@given(identifiers)
def test_inflection_only_raises_letters_and_drops_underscores(name: str) -> None:
    assert naming.inflected(name).lower() == name.replace("_", "").lower()


@given(identifiers)
def test_inflecting_twice_is_inflecting_once(name: str) -> None:
    once = naming.inflected(name)
    assert naming.inflected(once) == once


@given(st.text(max_size=8) | identifiers)
def test_a_name_is_valid_where_graphql_takes_it(name: str) -> None:
    try:
        assert_name(name)
    except GraphQLError:
        assert not naming.valid(name)
    else:
        assert naming.valid(name) != name.startswith("__")


@given(st.text(max_size=12), st.text(max_size=12), st.booleans())
def test_what_a_comment_says_is_taken_as_it_is(name: str, said: str, inflect) -> None:
    told = (naming.type_name, naming.column_field, naming.function_field)
    assert [of(name, said, inflect=inflect) for of in told] == [said] * 3


@pytest.mark.parametrize(
    ("name", "inflect", "expected"),
    [
        ("_full_name", True, "fullName"),
        ("_full_name", False, "full_name"),
        ("Full", False, "full"),
        ("__twice", False, "_twice"),
    ],
)
def test_a_function_loses_one_underscore_in_front(name: str, inflect, expected: str) -> None:
    assert naming.function_field(name, None, inflect=inflect) == expected


@pytest.mark.parametrize(
    ("name", "inflect", "expected"),
    [("owner_id", True, "ownerId"), ("Owner", True, "owner"), ("Owner", False, "Owner"), ("a_b", False, "a_b")],
)
def test_a_column_keeps_its_first_letter_without_inflection(name: str, inflect, expected: str) -> None:
    assert naming.column_field(name, None, inflect=inflect) == expected


@pytest.mark.parametrize(
    ("columns", "base", "inflect", "expected"),
    [
        (["owner_id"], "Account", True, "owner"),
        (["parent_account_id"], "Account", True, "parentAccount"),
        (["ownerId"], "Account", True, "account"),
        (["ownerId"], "Account", False, "owner"),
        (["owner_id"], "Account", False, "account"),
        (["id"], "Account", True, "account"),
        (["a_id", "b_id"], "Account", True, "account"),
    ],
)
def test_the_way_to_one_row_is_called_by_its_column_or_the_table(
    columns: list[str], base: str, inflect, expected: str
) -> None:
    assert naming.to_one_field(columns, base, inflect=inflect) == expected
