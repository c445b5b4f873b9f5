"""The texts that rows are asked for with through GraphQL, and what the answers mean."""

from __future__ import annotations

import pytest
from graphql import parse

from haulback.verify.api.address import GRAPHQL
from haulback.verify.api.client import Reply
from haulback.verify.api.graph import Graph
from haulback.verify.api.graph_way import GraphWay
from haulback.verify.api.making import Row, Shape

GRAPH = Graph(
    collection="notesCollection",
    insert="insertIntonotesCollection",
    update="updatenotesCollection",
    delete="deleteFromnotesCollection",
    filters={"id": "id", "body": "body"},
    inputs={"id": "id", "body": "body", "mood": "mood", "more": "more", "tags": "tags"},
    sets={"body": "body"},
    labels={"mood": {"not so good": "NOT_SO_GOOD"}},
)
ODD = 'a "quoted"\n\\ \N{SNOWMAN} {$} """'
ROW = Row({"id": -3, "body": ODD, "mood": "not so good", "more": {"a": 1}, "tags": []}, ("id",))
SHAPE = Shape("public", "notes", secured=True, columns=(), key=("id",))


class Named:
    """One table for one role."""

    def __init__(self, graph=GRAPH):
        self.graph = graph

    def of(self, role, schema, table):
        return self.graph if (role, schema, table) == ("authenticated", "public", "notes") else None


def text(command):
    request = GraphWay(SHAPE, Named()).request("authenticated", command, ROW)
    assert (request.method, request.below) == ("POST", GRAPHQL)
    return request.body["query"]


@pytest.mark.parametrize("command", ["INSERT", "SELECT", "UPDATE", "DELETE"])
def test_every_text_parses_and_values_stay_values(command):
    (operation,) = parse(text(command)).definitions
    (field,) = operation.selection_set.selections
    assert field.alias.value == "done"


def test_an_insert_gives_all_values():
    (operation,) = parse(text("INSERT")).definitions
    given = operation.selection_set.selections[0].arguments[0].value.values[0].fields
    told = {one.name.value: one.value for one in given}
    assert told["id"].value == "-3"
    assert told["body"].value == ODD
    assert told["mood"].kind == "enum_value"
    assert told["mood"].value == "NOT_SO_GOOD"
    assert told["more"].value == '{"a": 1}'
    assert told["tags"].values == ()


def test_what_is_known_by_its_mark_is_found_by_it_and_at_most_once():
    assert "filter: {id: {eq: -3}}, atMost: 1" in text("UPDATE")
    assert "filter: {id: {eq: -3}}, atMost: 1" in text("DELETE")
    assert "first: 1, filter: {id: {eq: -3}}" in text("SELECT")


@pytest.mark.parametrize(
    ("graph", "offered"),
    [
        (GRAPH, {"INSERT", "SELECT", "UPDATE", "DELETE"}),
        (None, set()),
        (Graph("notesCollection", filters={"id": "id"}), {"SELECT"}),
        (Graph("notesCollection", insert="x", update="y", delete="z"), set()),
        (Graph("notesCollection", insert="x", inputs={"id": "id"}), set()),
    ],
)
def test_only_what_the_role_is_offered_is_offered(graph, offered):
    way = GraphWay(SHAPE, Named(graph))
    for command in ("INSERT", "SELECT", "UPDATE", "DELETE"):
        assert way.offers("authenticated", command, ROW) is (command in offered)
        assert way.offers("anon", command, ROW) is False


@pytest.mark.parametrize(
    ("command", "document", "did", "accepted"),
    [
        ("INSERT", {"data": {"done": {"affectedCount": 1}}}, True, True),
        ("DELETE", {"data": {"done": {"affectedCount": 0}}}, False, True),
        ("SELECT", {"data": {"done": {"edges": [{"node": {}}]}}}, True, True),
        ("SELECT", {"data": {"done": {"edges": []}}}, False, True),
        ("SELECT", {"data": None, "errors": [{"message": "no"}]}, False, False),
        ("SELECT", {"data": {"done": None}}, False, False),
        ("SELECT", ["odd"], False, False),
        ("SELECT", None, False, False),
    ],
)
def test_what_an_answer_means(command, document, did, accepted):
    way = GraphWay(SHAPE, Named())
    reply = Reply(200, document)
    assert (way.did(command, reply), way.accepted(reply)) == (did, accepted)
    assert not way.did(command, Reply(500, document))
    assert not way.accepted(Reply(401, document))


def test_the_error_is_told():
    assert Reply(200, {"data": None, "errors": [{"message": "Unknown field"}]}).told == "200 Unknown field"
    assert Reply(200, {"errors": "odd"}).told == "200"


@pytest.mark.parametrize(
    ("scalar", "value", "literal"),
    [
        ("Int", "7", "7"),
        ("Int", -7, "-7"),
        ("Float", "1.5", "1.5"),
        ("Boolean", "true", "true"),
        ("Boolean", False, "false"),
        ("BigInt", -7, '"-7"'),
        ("BigInt", "7", '"7"'),
        ("BigFloat", 1, '"1"'),
        ("JSON", {"a": [1]}, '"{\\"a\\": [1]}"'),
        ("UUID", "6a1f4b8e-0000-4000-8000-000000000000", '"6a1f4b8e-0000-4000-8000-000000000000"'),
        ("Opaque", 1, "1"),
        ("", [], "[]"),
    ],
)
def test_a_value_is_written_as_its_scalar_wants_it(scalar, value, literal):
    graph = Graph("c", insert="i", inputs={"id": "id"}, scalars={"id": scalar} if scalar else {})
    request = GraphWay(SHAPE, Named(graph)).request("authenticated", "INSERT", Row({"id": value}, ("id",)))
    assert f"objects: [{{id: {literal}}}]" in request.body["query"]
