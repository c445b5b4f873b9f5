"""What clients are told of the types, and that theirs and ours are one schema."""

from __future__ import annotations

import pytest
from graphql import (
    FieldNode,
    build_schema,
    parse,
    validate_schema,
)

from haulback.gateway.graphql.introspection import IntrospectionError, Selected, introspected
from haulback.gateway.graphql.printing import client_schema, printed
from haulback.gateway.graphql.types.reading import collected, privileges
from haulback.gateway.graphql.types.schema import RoleSchema


def asked(text: str) -> Selected:
    """The first field of a query without variables and fragments."""
    (definition,) = parse(text).definitions
    return _selected(definition.selection_set.selections[0])


def _selected(node: FieldNode) -> Selected:
    return Selected(
        key=(node.alias or node.name).value,
        name=node.name.value,
        arguments={one.name.value: one.value.value for one in node.arguments or ()},
        selection=tuple(map(_selected, node.selection_set.selections)) if node.selection_set else (),
    )


def told(schema: RoleSchema, text: str, **kwargs):
    return introspected(schema, asked(text), **kwargs)


@pytest.mark.parametrize("role", ["anon", "authenticated", "postgres"])
def test_clients_accept_the_schema_of_each_role(seen_by, role):
    schema = client_schema(seen_by(role))
    assert validate_schema(schema) == []
    assert set(schema.type_map) >= {name for name in seen_by(role).names() if not name.startswith("__")}


def test_what_is_printed_can_be_read_and_is_the_same_each_time(seen):
    text = printed(seen)
    assert text == printed(seen)
    assert {"Artist", "coin", "kind"} <= set(build_schema(text).type_map)


def test_two_roles_print_what_they_differ_in(seen_by):
    assert "artistCollection" in printed(seen_by("anon"))
    assert "biographyCollection" not in printed(seen_by("anon"))


def test_a_type_tells_its_kind_and_fields(seen):
    text = '{__type(name: "PaintingEdge") {k: kind name description fields {name type {kind name ofType {name}}}}}'
    string = {"kind": "NON_NULL", "name": None, "ofType": {"name": "String"}}
    assert told(seen, text) == {
        "k": "OBJECT",
        "name": "PaintingEdge",
        "description": None,
        "fields": [
            {"name": "cursor", "type": string},
            {"name": "node", "type": {**string, "ofType": {"name": "Painting"}}},
        ],
    }


def test_what_has_no_values_has_an_empty_list_of_them(seen):
    text = '{__type(name: "Int") {enumValues {name} interfaces {name} fields {name} inputFields {name} ofType {name}}}'
    assert told(seen, text) == {
        "enumValues": [],
        "interfaces": [],
        "fields": None,
        "inputFields": None,
        "ofType": None,
    }


def test_arguments_tell_their_defaults(seen):
    text = '{__type(name: "Mutation") {fields {name args {name defaultValue isDeprecated}}}}'
    by_name = {one["name"]: one["args"] for one in told(seen, text)["fields"]}
    assert {"name": "atMost", "defaultValue": "1", "isDeprecated": False} in by_name["updateArtistCollection"]


def test_directives_are_those_that_requests_may_use(seen):
    text = "{__schema {directives {name isRepeatable locations args {name type {kind}}}}}"
    assert told(seen, text) == {
        "directives": [
            {
                "name": name,
                "isRepeatable": False,
                "locations": ["FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"],
                "args": [{"name": "if", "type": {"kind": "NON_NULL"}}],
            }
            for name in ("include", "skip")
        ]
    }


def test_introspection_is_open_where_one_schema_opens_it(seen):
    assert seen.introspection
    assert {"__schema", "__type"} <= set(seen.query.fields)


def test_it_is_closed_where_none_does(owner):
    catalog = collected(owner, ["vault"])
    schema = RoleSchema(catalog, privileges(owner, catalog, "authenticated"))
    assert not schema.introspection
    assert {"__schema", "__type"}.isdisjoint(schema.query.fields)


@pytest.mark.parametrize("name", ["coin", "coinConnection", "coinFilter", "coinInsertInput", "kind", "nothing"])
def test_types_of_a_schema_that_does_not_open_are_as_if_they_were_not_there(seen, name):
    assert told(seen, f'{{__type(name: "{name}") {{name}}}}') is None


def test_nothing_that_is_told_leads_to_what_is_not(seen):
    text = """{__schema {
        types {name fields {name args {type {...t}} type {...t}} inputFields {type {...t}} possibleTypes {name}}
    }}""".replace("{...t}", "{name ofType {name ofType {name ofType {name}}}}")
    answer = told(seen, text)
    known = {one["name"] for one in answer["types"]}
    assert not [name for name in known if "oin" in name or name == "kind"]
    assert _names(answer) <= known
    assert "openCollection" not in str(answer)
    assert {"name": "open"} not in [{"name": one["name"]} for t in answer["types"] for one in t["fields"] or ()]


def _names(answer: object, *, typed: bool = False) -> set[str]:
    """All names of types that an answer has."""
    if isinstance(answer, list):
        return set().union(*(_names(one, typed=typed) for one in answer))
    if not isinstance(answer, dict):
        return set()
    own = {answer["name"]} if typed and answer.get("name") else set()
    return own.union(*(_names(value, typed=typed or key in {"type", "possibleTypes"}) for key, value in answer.items()))


def test_the_whole_of_it_is_ours_to_print(seen):
    assert told(seen, '{__type(name: "coin") {name}}', whole=True) == {"name": "coin"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{__schema {nothing}}", "unknown field in __Schema: nothing"),
        ("{__schema {types {nothing}}}", "unknown field on __Type: nothing"),
        ("{__schema {queryType {fields {nothing}}}}", "unknown field in __Field nothing"),
        ("{__schema {queryType {fields {args {nothing}}}}}", "unknown field in __InputValue: nothing"),
        ('{__type(name: "Feeling") {enumValues {nothing}}}', "unknown field in __EnumValue: nothing"),
        ("{__schema {directives {nothing}}}", "unknown field nothing in __Directive"),
        ("{__type {name}}", "no name found for __type"),
    ],
)
def test_what_is_unknown_is_said_in_the_contracts_words(seen, text, message):
    with pytest.raises(IntrospectionError, match=f"^{message}$"):
        told(seen, text)


def test_an_answer_that_would_have_no_end_is_refused(seen):
    types = Selected("types", "types", selection=_deep(12))
    with pytest.raises(IntrospectionError, match="asks for too much"):
        introspected(seen, Selected("__schema", "__schema", selection=(types,)))


def _deep(levels: int) -> tuple[Selected, ...]:
    """Types of fields of types of fields."""
    below: tuple[Selected, ...] = (Selected("name", "name"),)
    for _ in range(levels):
        of = Selected("ofType", "ofType", selection=below)
        type_ = Selected("type", "type", selection=(of, *below))
        below = (Selected("name", "name"), Selected("fields", "fields", selection=(type_,)))
    return below
