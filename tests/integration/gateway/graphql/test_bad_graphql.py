"""Whatever is sent, the answer is an error of the contract, and the next request is answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from graphql_api import asked, asking, served
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from graphql_api import Api

    from conftest import Database  # the name of many files: only for what is written down, never looked up

SCHEMA = """
CREATE TABLE public.item (id int PRIMARY KEY, body text, parent int REFERENCES public.item);
GRANT ALL ON public.item TO anon;
INSERT INTO public.item VALUES (1, 'one', NULL), (2, 'two', 1);
"""
FINE = {"data": {"itemCollection": {"edges": [{"node": {"id": 1}}, {"node": {"id": 2}}]}}}
QUERY = "{ itemCollection { edges { node { id } } } }"


@pytest.fixture
def api(database: Database) -> Iterator[Api]:
    with database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
    with served(database) as running:
        yield running
        assert asked(running, QUERY) == FINE
        assert running.said == []


def _messages(api: Api, query: str, variables: Any = None) -> list[str]:
    return [each["message"] for each in asked(api, query, variables).get("errors", [])]


def _deep(levels: int) -> str:
    return "{ itemCollection { edges { node { " + "item { " * levels + "id" + " }" * levels + " } } } }"


def test_deep_and_wide(api: Api) -> None:
    assert _messages(api, _deep(100)) == ["query is nested too deeply"]
    assert _messages(api, "{" * 50_000)[0].startswith(("query is nested", "query parse error"))
    for levels, message in (
        (40, "value is nested too deeply"),
        (200, "query parse error: Parse error at 1:725\nDocument"),
    ):
        filters = "{and: [" * levels + "]}" * levels
        answer = _messages(api, f"{{ itemCollection(filter: {filters}) {{ edges {{ cursor }} }} }}")
        assert [each[: len(message)] for each in answer] == [message]
    collections = " itemCollection { edges { node { item" * 9
    assert _messages(api, "{" + collections + " { id }" + " } } }" * 9 + "}")
    aliases = " ".join(f"a{number}: itemCollection {{ edges {{ cursor }} }}" for number in range(1_000))
    answer = asked(api, f"{{ {aliases} }}")
    assert {each["message"] for each in answer["errors"]} == {"query asks for too many collections"}
    assert len(answer["data"]) == 500
    fields = " ".join(f"a{number}: id" for number in range(3_000))
    answer = asked(api, f"{{ itemCollection {{ edges {{ node {{ {fields} }} }} }} }}")
    assert len(answer["data"]["itemCollection"]["edges"][1]["node"]) == 3_000


def test_fragments(api: Api) -> None:
    assert asked(api, "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }") == {
        "errors": [{"message": "Found a cycle between fragments"}]
    }
    # Each spreads the next one twice: 2^40 fields, were they all looked at.
    doubled = " ".join(f"fragment f{n} on item {{ ...f{n + 1} ...f{n + 1} }}" for n in range(20))
    assert _messages(
        api, "{ itemCollection { edges { node { ...f0 } } } } " + doubled + " fragment f20 on item { id }"
    ) == ["query asks for too many fields"]
    chained = " ".join(f"fragment f{n} on item {{ ...f{n + 1} }}" for n in range(2_000))
    assert _messages(api, QUERY + chained + " fragment f2000 on item { id }") == [
        "Fragment cycle depth is greater than 50"
    ]
    assert _messages(api, "{ itemCollection { ...nothing } }") == ["no fragment named nothing on type itemConnection"]


def test_variables(api: Api) -> None:
    query = "query($filter: itemFilter) { itemCollection(filter: $filter) { edges { node { id } } } }"
    for variables, message in (
        ({"filter": {"id": {"eq": "x"}}}, "Invalid input for Int type"),
        ({"filter": {"id": 1}}, "Invalid input for IntFilter type"),
        ({"filter": [1]}, "Invalid input for itemFilter type"),
        ({"filter": {"nothing": {"eq": 1}}}, 'Input for type itemFilter contains extra keys ["nothing"]'),
        ({"filter": {"nodeId": {"eq": "!"}}}, "Invalid value passed to nodeId argument. Error 2"),
        ({"filter": {"id": {"eq": 2**40}}}, f'value "{2**40}" is out of range for type integer'),
        ({"filter": {"body": {"eq": "a\0b"}}}, None),
        ("none", "variables must be an object"),
        ([], "variables must be an object"),
    ):
        reply = asking(api, {"query": query, "variables": variables})
        if message is None:
            assert (reply.status, reply.json["code"]) == (400, "22P05")
        else:
            assert [each["message"] for each in reply.json["errors"]] == [message]
    deep: Any = {}
    for _ in range(200):
        deep = {"and": [deep]}
    assert _messages(api, query, {"filter": deep}) == ["variables are nested too deeply"]
    assert asked(api, query, {"filter": {"id": {"in": list(range(20_000))}}}) == FINE


def test_what_is_no_request(api: Api) -> None:
    for body, status in (
        (b"", 200),
        (b"{", 400),
        (b"[]", 400),
        (b"\xff\xfe", 400),
        (b'{"query": "\xff"}', 400),
        (b'{"query": "\\ud800"}', 400),
        (b'{"query": "a\\u0000"}', 400),
        (b"[" * 100_000, 400),
        (b'{"other": 1}', 404),
        (b'{"query": 1}', 200),
        (b'{"query": null}', 200),
        (json.dumps({"query": "x" * 10_000_000}).encode(), 413),
    ):
        reply = api.ask("POST", "", body, mount="/graphql/v1", headers={"Content-Type": "application/json"})
        assert reply.status == status, (body[:40], reply)
        assert "errors" in reply.json or "code" in reply.json
    assert api.ask("PUT", "", mount="/graphql/v1").status == 405
    assert api.ask("POST", "/more", {}, mount="/graphql/v1").status == 404
    assert asking(api, {"query": QUERY}, token="nonsense").status == 401
    plain = api.ask("POST", "", b"x", mount="/graphql/v1", headers={"Content-Type": "text/plain"})
    assert (plain.status, plain.json["code"]) == (400, "PGRST102")


def test_texts_of_a_query_go_nowhere_but_into_parameters(api: Api) -> None:
    for text in ("'; DROP TABLE public.item; --", '"', "\\", "$1", "%s", "{}", "{a,b}", "é\U0001f600"):
        quoted = json.dumps(text, ensure_ascii=False)
        assert asked(api, f"{{ itemCollection(filter: {{body: {{eq: {quoted}}}}}) {{ edges {{ cursor }} }} }}") == {
            "data": {"itemCollection": {"edges": []}}
        }
        assert asked(
            api,
            "query($f: itemFilter) { itemCollection(filter: $f) { edges { cursor } } }",
            {"f": {"or": [{"body": {"in": [text, text]}}, {"body": {"startsWith": text}}]}},
        ) == {"data": {"itemCollection": {"edges": []}}}
    reply = _messages(api, '{ itemCollection(filter: {body: {eq: "a\\u0000b"}}) { edges { cursor } } }')
    assert reply == ['invalid byte sequence for encoding "UTF8": 0x00']


_NAMES = st.sampled_from(
    ["itemCollection", "edges", "node", "id", "body", "item", "nodeId", "pageInfo", "cursor", "__typename", "__schema"]
)
_VALUES = st.recursive(
    st.one_of(
        st.integers(-(2**70), 2**70).map(str),
        st.floats(allow_nan=False, allow_infinity=False).map(repr),
        st.text(max_size=8).map(json.dumps),
        st.sampled_from(["null", "true", "$v", "$w", "AscNullsLast", "NOT_NULL", "[]", "{}"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda each: f"[{' '.join(each)}]"),
        st.dictionaries(
            st.sampled_from(["id", "body", "eq", "in", "is", "and", "or", "not", "nodeId"]), inner, max_size=3
        ).map(lambda each: "{" + " ".join(f"{name}: {value}" for name, value in each.items()) + "}"),
    ),
    max_leaves=6,
)
_ARGUMENTS = st.dictionaries(
    st.sampled_from(["first", "last", "before", "after", "offset", "filter", "orderBy", "nodeId", "x"]),
    _VALUES,
    max_size=3,
).map(lambda each: "(" + " ".join(f"{name}: {value}" for name, value in each.items()) + ")" if each else "")
_FIELDS = st.recursive(
    _NAMES,
    lambda inner: st.tuples(_NAMES, _ARGUMENTS, st.lists(inner, min_size=1, max_size=3)).map(
        lambda each: f"{each[0]}{each[1]} {{ {' '.join(each[2])} }}"
    ),
    max_leaves=12,
)
_TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(_FIELDS, min_size=1, max_size=3).map(lambda each: f"query($v: Int, $w: [Int]) {{ {' '.join(each)} }}"),
)
_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=6,
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(_TEXTS, st.one_of(_JSON, st.fixed_dictionaries({"v": _JSON, "w": _JSON})))
def test_whatever_comes_is_answered_as_the_contract_says(api: Api, text: str, variables: Any) -> None:
    reply = asking(api, {"query": text, "variables": variables})
    assert reply.status in {200, 400}
    if reply.status == 200:
        assert reply.json.keys() <= {"data", "errors"}
        assert all(each.keys() == {"message"} for each in reply.json.get("errors", []))
