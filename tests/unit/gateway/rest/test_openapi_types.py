"""Types, defaults and comments in the words of OpenAPI."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.rest.openapi.types import default_value, parted, typed, typed_in_query


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("character varying", {"format": "character varying", "type": "string"}),
        ("smallint", {"format": "int32", "type": "integer"}),
        ("integer", {"format": "int32", "type": "integer"}),
        ("bigint", {"format": "int64", "type": "integer"}),
        ("double precision", {"format": "double precision", "type": "number"}),
        ("boolean", {"format": "boolean", "type": "boolean"}),
        ("jsonb", {"format": "jsonb"}),
        ("api.mood", {"format": "api.mood", "type": "string"}),
        ("bigint[]", {"format": "bigint[]", "type": "array", "items": {"type": "integer"}}),
        ("jsonb[]", {"format": "jsonb[]", "type": "array", "items": {}}),
    ],
)
def test_values(name, schema):
    assert typed(name) == schema


def test_parameters_of_a_query_are_texts():
    assert typed_in_query("integer[]", many=False) == {"format": "integer[]", "type": "string"}
    assert typed_in_query("json", many=False) == {"format": "json", "type": "string"}
    assert typed_in_query("integer", many=False) == {"format": "int32", "type": "integer"}
    assert typed_in_query("text[]", many=True) == {
        "type": "array",
        "items": {"format": "text", "type": "string"},
        "collectionFormat": "multi",
    }


@pytest.mark.parametrize(
    ("name", "expression", "value"),
    [
        ("text", "'default'::text", "default"),
        ("text", "''::text", ""),
        ("text", "'say \"x\"'::text", None),
        ("text", "now()", "now()"),
        ("date", "'1900-01-01'::date", "1900-01-01"),
        ("boolean", "false", False),
        ("integer", "42", 42),
        ("integer", "nextval('api.t_id_seq'::regclass)", None),
        ("numeric", "42.2", 42.2),
        ("numeric", "1e999", None),
        ("json", "'{}'::json", None),
        ("text", None, None),
    ],
)
def test_defaults_that_are_constants(name, expression, value):
    assert default_value(name, expression) == value


@given(st.sampled_from(["text", "integer", "json", "text[]"]), st.text())
def test_any_default_does(name, expression):
    default_value(name, expression)


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        (None, (None, None)),
        ("one line", ("one line", None)),
        ("title\n\ntext\nmore", ("title", "text\nmore")),
        ("title\n", ("title", None)),
    ],
)
def test_a_comment_is_a_title_and_a_text(comment, expected):
    assert parted(comment) == expected
