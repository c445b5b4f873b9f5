"""What is compared of two GraphQL schemas is small, and tells the same as the whole of them."""

from __future__ import annotations

from graphql import build_schema
from graphql.utilities import find_schema_changes
from hypothesis import given
from hypothesis import strategies as st

from haulback.contract.graph_parts import differing, parts

WHOLE = """
type notes implements Node {
  id(a: Int = 3): Int!
  mood: mood
  nodeId: ID!
}

interface Node {
  nodeId: ID!
}

enum mood {
  bad
  good
  type
}

input notesFilter {
  id: Int
}

scalar BigInt

type Query {
  node(nodeId: ID!): Node
  notesCollection(filter: notesFilter): notes
}
"""


def test_definitions_are_found():
    assert list(parts(WHOLE.splitlines())) == ["notes", "Node", "mood", "notesFilter", "BigInt", "Query"]


def test_only_what_differs_is_read():
    after = WHOLE.replace("  bad\n", "  bad\n  odd\n")
    was, now = differing(WHOLE.splitlines(), after.splitlines())
    assert "mood" in was.type_map
    assert "notes" not in was.type_map
    assert [one.description for one in find_schema_changes(was, now)] == ["Enum value mood.odd was added."]


FIELDS = st.dictionaries(
    st.sampled_from(["x", "y", "z"]),
    st.sampled_from(["Int", "Int!", "String", "B", "[B!]!", "M", "A"]),
    min_size=1,
)


@st.composite
def schemas(draw):
    kinds = {name: draw(FIELDS) for name in ("A", "B", "Query")}
    labels = draw(st.lists(st.sampled_from(["good", "bad", "odd"]), min_size=1, unique=True))
    blocks = [
        f"type {name} {{\n" + "".join(f"  {field}: {type_}\n" for field, type_ in fields.items()) + "}"
        for name, fields in kinds.items()
    ]
    return "\n\n".join([*blocks, "enum M {\n" + "".join(f"  {label}\n" for label in labels) + "}"])


@given(schemas(), schemas())
def test_the_parts_tell_what_the_whole_does(before, after):
    whole = find_schema_changes(build_schema(before), build_schema(after))
    cut = find_schema_changes(*differing(before.splitlines(), after.splitlines()))
    built_in = ("Standard scalar", "String", "Int", "Boolean", "ID", "Float")
    told = {one.description for one in whole if not one.description.startswith(built_in)}
    assert {one.description for one in cut if not one.description.startswith(built_in)} == told


def test_what_is_the_same_but_for_the_order_differs_in_nothing():
    blocks = WHOLE.strip().split("\n\n")
    assert find_schema_changes(*differing(WHOLE.splitlines(), "\n\n".join(reversed(blocks)).splitlines())) == []
