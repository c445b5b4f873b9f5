"""What comments say to GraphQL."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.graphql.types import comments
from haulback.gateway.graphql.types.comments import BadCommentError

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below, max_size=3),
    max_leaves=8,
)
_KNOWN = st.sampled_from(
    [
        "name",
        "description",
        "totalCount",
        "aggregate",
        "max_rows",
        "primary_key_columns",
        "foreign_keys",
        "local_name",
        "foreign_name",
        "mappings",
        "inflect_names",
        "introspection",
    ]
)
_ALL = (
    comments.of_schema,
    comments.of_table,
    comments.of_column,
    comments.of_function,
    comments.of_key,
    comments.of_enum,
)


@pytest.mark.parametrize("comment", [None, "", "a table", "@graphql", "@graphql()", "@graphql({", ")@graphql("])
def test_a_comment_for_people_says_nothing(comment: str | None) -> None:
    assert comments.of_table(comment) == comments.OfTable()


def test_words_may_stand_around_and_brackets_within() -> None:
    comment = 'people (all of them) @graphql({"description": "those (not us)"}) and so on'
    assert comments.of_table(comment) == comments.OfTable(description="those (not us)")


def test_a_table_says_all_that_it_can() -> None:
    said = {
        "name": "Person",
        "description": "someone",
        "totalCount": {"enabled": True},
        "aggregate": {"enabled": True},
        "max_rows": 20,
        "primary_key_columns": ["a", "b"],
        "foreign_keys": [
            {
                "local_name": "posts",
                "local_columns": ["a"],
                "foreign_name": "author",
                "foreign_schema": "public",
                "foreign_table": "account",
                "foreign_columns": ["id"],
            }
        ],
    }
    key = comments.Key(("a",), "public", "account", ("id",), "posts", "author")
    assert comments.of_table(f"@graphql({json.dumps(said)})") == comments.OfTable(
        "Person", "someone", total_count=True, aggregate=True, max_rows=20, primary_key=("a", "b"), foreign_keys=(key,)
    )


def test_only_a_true_opens_introspection() -> None:
    for value, opened in (("true", True), ('"true"', False), ("1", False), ("false", False), ("null", False)):
        comment = f'@graphql({{"introspection": {value}, "inflect_names": {value}}})'
        assert comments.of_schema(comment) == comments.OfSchema(inflect_names=opened, introspection=opened)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ('{"name": }', 'invalid input syntax for type json: {"name": }'),
        ('{"max_rows": NaN}', 'invalid input syntax for type json: {"max_rows": NaN}'),
        ('{"max_rows": "many"}', 'invalid input syntax for type integer: "many"'),
        ('{"max_rows": 1.5}', 'invalid input syntax for type integer: "1.5"'),
        ('{"max_rows": 99999999999}', 'invalid input syntax for type integer: "99999999999"'),
        ('{"max_rows": -1}', "invalid value: integer `-1`, expected u64"),
        ('{"description": 1}', "invalid type: integer `1`, expected a string"),
        ('{"description": true}', "invalid type: boolean `true`, expected a string"),
        ('{"description": 1.5}', "invalid type: floating point `1.5`, expected a string"),
        ('{"primary_key_columns": "id"}', 'invalid type: string "id", expected a sequence'),
        ('{"primary_key_columns": [[]]}', "invalid type: sequence, expected a string"),
        ('{"foreign_keys": {}}', "invalid type: map, expected a sequence"),
        ('{"foreign_keys": [{}]}', "missing field `local_columns`"),
        ('{"foreign_keys": [{"local_columns": []}]}', "missing field `foreign_columns`"),
        ('{"foreign_keys": ["a"]}', 'invalid type: string "a", expected struct TableDirectiveForeignKey'),
        ("[" * 100_000, "invalid input syntax for type json: " + "[" * 80),
    ],
)
def test_what_cannot_be_understood_is_refused(said: str, message: str) -> None:
    with pytest.raises(BadCommentError) as refused:
        comments.of_table(f"@graphql({said})")
    assert str(refused.value) == message


@given(st.dictionaries(_KNOWN, _JSON))
def test_any_json_is_understood_or_refused(said: dict[str, object]) -> None:
    comment = f"@graphql({json.dumps(said)})"
    for of in _ALL:
        with suppress(BadCommentError):
            of(comment)


@given(st.text() | st.text("@graphql({}) \"'[]:a1,\\"))
def test_any_text_is_understood_or_refused(comment: str) -> None:
    for of in _ALL:
        with suppress(BadCommentError):
            of(comment)


def test_an_enum_names_its_values() -> None:
    comment = '@graphql({"name": "Mood", "mappings": {"very happy": "HAPPY"}})'
    assert comments.of_enum(comment) == comments.OfEnum("Mood", {"very happy": "HAPPY"})


def test_a_name_that_is_a_number_is_its_text() -> None:
    assert comments.of_column('@graphql({"name": 7})') == comments.OfMember("7")
