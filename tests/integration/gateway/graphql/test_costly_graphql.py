"""What a small request makes of much: one large value that many fields are given costs no more than it is worth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from graphql_api import asked, served

if TYPE_CHECKING:
    from graphql_api import Api

    from conftest import Database  # the name of many files: only for what is written down, never looked up

SCHEMA = """
CREATE TABLE public.item (id int PRIMARY KEY, body text);
GRANT ALL ON public.item TO anon;
INSERT INTO public.item VALUES (1, 'one'), (2, 'two');
COMMENT ON SCHEMA public IS '@graphql({"introspection": true})';
"""
IDS = {"edges": [{"node": {"id": 1}}, {"node": {"id": 2}}]}


@pytest.fixture
def api(database: Database) -> Iterator[Api]:
    with database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
    with served(database) as running:
        yield running
        assert running.said == []


def _fields(count: int, arguments: str) -> str:
    fields = (f"a{n}: itemCollection({arguments}) {{ edges {{ node {{ id }} }} }}" for n in range(count))
    return f"{{ {' '.join(fields)} }}"


def _messages(answer: Any) -> set[str]:
    return {each["message"] for each in answer["errors"]}


def test_a_large_filter_is_looked_at_as_often_as_that_can_be_borne(api: Api) -> None:
    variables = {"v": [{"id": {"eq": number}} for number in range(30_000)]}
    answer = asked(api, _fields(400, "filter: {or: $v}"), variables)
    assert _messages(answer) == {"query is given too many values"}
    assert answer["data"] == {"a0": IDS, "a1": IDS}


def test_a_large_text_is_sent_as_often_as_that_can_be_borne(api: Api) -> None:
    variables = {"v": "x" * 5_000_000}
    few = asked(api, _fields(3, "filter: {body: {eq: $v}}"), variables)
    assert few == {"data": {f"a{n}": {"edges": []} for n in range(3)}}
    many = asked(api, _fields(400, "filter: {body: {eq: $v}}"), variables)
    assert many == {"data": None, "errors": [{"message": "the values of the request are too large"}]}
    changes = " ".join(
        f"a{n}: updateitemCollection(set: {{body: $v}}, filter: {{id: {{eq: 1}}}}) {{ affectedCount }}"
        for n in range(20)
    )
    assert _messages(asked(api, f"mutation {{ {changes} }}", variables)) == {"the values of the request are too large"}
    assert asked(api, '{ itemCollection(filter: {body: {eq: "one"}}) { edges { node { id } } } }') == {
        "data": {"itemCollection": {"edges": [{"node": {"id": 1}}]}}
    }


def test_a_large_variable_that_is_none_of_the_type_is_refused_for_each_field(api: Api) -> None:
    variables = {"v": [{"a": number} for number in range(50_000)]}
    assert _messages(asked(api, _fields(400, "first: $v"), variables)) == {"Invalid input for Int type"}
    skipped = " ".join("itemCollection @skip(if: $v) { edges { cursor } }" for _ in range(1_000))
    assert _messages(asked(api, f"{{ {skipped} }}", variables)) == {'Value for "if" in @skip directive is required'}


def test_many_names_for_one_thing_of_the_schema_count(api: Api) -> None:
    names = " ".join(f"a{number}: name" for number in range(4_000))
    deep = "{ __schema { types { inputFields { ...F } fields { type { kind } args { ...F } } } } }"
    deep += f" fragment F on __InputValue {{ {names} }}"
    assert _messages(asked(api, deep)) == {"introspection asks for too much"}
    assert len(asked(api, f"{{ __schema {{ queryType {{ {names} }} }} }}")["data"]["__schema"]["queryType"]) == 4_000
