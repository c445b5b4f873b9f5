"""What changes of GraphQL's schemas, once for each column and not for each of its table's types."""

from __future__ import annotations

import pytest

from haulback.contract.graph import compared

BEFORE = """
scalar BigInt
interface Node { nodeId: ID! }
type notes implements Node { nodeId: ID! id: Int! body: String mood: mood }
type notesConnection { edges: [notesEdge!]! }
type notesEdge { node: notes! }
enum mood { good bad }
input notesFilter { id: Int body: String }
input notesInsertInput { id: Int body: String }
type notesInsertResponse { records: [notes!]! }
type Query {
  notesCollection(filter: notesFilter, first: Int = 30): notesConnection
  node(nodeId: ID!): Node
  found(word: String): Int
}
type Mutation { insertIntonotesCollection(objects: [notesInsertInput!]!): notesInsertResponse }
"""
SUFFIXES = ("Filter", "OrderBy", "InsertInput", "UpdateInput", "DeleteResponse")
ROLES = ("anon", "authenticated")


def differences(before, after):
    split = [{role: text.splitlines() for role, text in texts.items()} for texts in (before, after)]
    return tuple(compared(*split))


def found(after, before=BEFORE):
    return [
        (str(one.severity), one.kind, one.path, one.roles)
        for one in differences(dict.fromkeys(ROLES, before), dict.fromkeys(ROLES, after))
    ]


def without(*lines, text=BEFORE):
    for line in lines:
        assert line in text
        text = text.replace(line, "")
    return text


def test_the_same_is_no_difference():
    assert found(BEFORE) == []


def test_a_column_that_is_gone_is_told_once():
    after = BEFORE.replace(" body: String", "")
    assert found(after) == [("breaking", "graphql-gone", ("graphql", "notes", "body"), ROLES)]
    (one,) = differences({"anon": BEFORE}, {"anon": after})
    assert one.told == "through GraphQL: field notes.body was removed (also of notesFilter and notesInsertInput)"


def test_a_table_that_is_gone_is_told_by_its_root_fields():
    after = (
        "scalar BigInt interface Node { nodeId: ID! } type Query { node(nodeId: ID!): Node found(word: String): Int }"
    )
    assert found(after) == [
        ("breaking", "graphql-gone", ("graphql", "Mutation"), ROLES),
        ("breaking", "graphql-gone", ("graphql", "notes"), ROLES),
    ]


def test_a_role_that_may_change_nothing_more_is_hit():
    after = without(BEFORE[BEFORE.index("type Mutation") :])
    assert found(after) == [("breaking", "graphql-gone", ("graphql", "Mutation"), ROLES)]


def test_a_role_without_any_schema_is_hit():
    (one,) = differences({"anon": BEFORE, "authenticated": BEFORE}, {"authenticated": BEFORE})
    assert (one.breaks, one.roles, one.told) == (True, ("anon",), "GraphQL answers anon no more")
    assert list(differences({}, {"anon": BEFORE})) == []


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("id: Int!", "id: BigInt!", [("breaking", "graphql-type", ("graphql", "notes", "id"), ROLES)]),
        ("id: Int!", "id: Int", [("breaking", "graphql-type", ("graphql", "notes", "id"), ROLES)]),
        ("body: String mood", "body: String! mood", [("compatible", "graphql-added", ("graphql", "notes"), ROLES)]),
        ("body: String mood", "body: String more: Int mood", [("compatible", "graphql-added", ("graphql", "notes"), ROLES)]),
        ("{ good bad }", "{ good }", [("breaking", "graphql-gone", ("graphql", "mood", "bad"), ROLES)]),
        ("{ good bad }", "{ good bad odd }", [("risk", "graphql-value-added", ("graphql", "mood", "odd"), ROLES)]),
        ("first: Int = 30", "first: Int = 9", [("risk", "graphql-default", ("graphql", "notes"), ROLES)]),
        ("(word: String)", "(word: String!)", [("breaking", "graphql-type", ("graphql", "found"), ROLES)]),
        ("(word: String)", "(word: String, more: Int!)", [("breaking", "graphql-required", ("graphql", "found"), ROLES)]),
        ("(word: String)", "(word: String, more: Int)", [("compatible", "graphql-added", ("graphql", "found"), ROLES)]),
        ("(word: String)", "", [("breaking", "graphql-gone", ("graphql", "found"), ROLES)]),
    ],
)  # fmt: skip
def test_a_change(old, new, wanted):
    assert BEFORE.count(old) == 1
    assert found(BEFORE.replace(old, new)) == wanted


def test_only_the_roles_that_saw_it_are_hit():
    after = BEFORE.replace(" body: String", "")
    (one,) = differences({"anon": after, "authenticated": BEFORE}, {"anon": after, "authenticated": after})
    assert one.roles == ("authenticated",)


def test_inflected_names_are_found_in_sql():
    before = "type BlogPost { bodyText: String } type Query { blogPostCollection: BlogPost }"
    after = "type BlogPost { id: Int } type Query { blogPostCollection: BlogPost }"
    (one, _) = sorted(differences({"anon": before}, {"anon": after}), key=lambda each: each.severity)
    assert one.path == ("graphql", "BlogPost", "bodyText")
    assert one.words == ("blog_post", "body_text")


def test_what_is_long_is_told_briefly():
    types = " ".join(f"input notes{suffix} {{ id: Int body: Int }}" for suffix in SUFFIXES)
    used = " ".join(f"{suffix}: notes{suffix}" for suffix in SUFFIXES)
    before = f"{types} type Query {{ found({used}): Int }}"
    (one,) = differences({"anon": before}, {"anon": before.replace("body: Int", "")})
    assert one.told.endswith("was removed (also of notesOrderBy, notesInsertInput, notesUpdateInput and 1 more)")
    assert one.path == ("graphql", "notes", "body")
