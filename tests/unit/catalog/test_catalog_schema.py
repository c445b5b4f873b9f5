from __future__ import annotations

import json

from haulback.model.schema import ObjectKey, Schema, SchemaObject, compare


def column(name: str, position: int, **facets: object) -> SchemaObject:
    key = ObjectKey("column", f"t.{name}")
    return SchemaObject(key, json.dumps(facets, sort_keys=True), (), (), frozenset(), position=position)


def schema(*objects: SchemaObject) -> Schema:
    return Schema({o.key: o for o in objects}, 18)


def test_equal_schemas_have_equal_fingerprints_whatever_their_order_of_keys() -> None:
    a, b = column("a", 1, type="text"), column("b", 2, type="text")
    assert schema(a, b).fingerprint == schema(b, a).fingerprint
    assert not compare(schema(a, b), schema(b, a))


def test_positions_count_in_one_fingerprint_only() -> None:
    one = schema(column("a", 1, type="text"), column("b", 2, type="text"))
    other = schema(column("a", 2, type="text"), column("b", 1, type="text"))
    assert one.fingerprint != other.fingerprint
    assert one.fingerprint_without_order == other.fingerprint_without_order
    difference = compare(one, other)
    assert difference.only_column_order
    assert difference.lines()[0] == "~ column t.a: stands elsewhere among the columns"


def test_a_difference_says_which_facet_changed() -> None:
    before = schema(column("a", 1, type="text", acl=["x"]), column("gone", 2))
    after = schema(column("a", 1, type="date"), column("new", 2))
    assert compare(before, after).lines() == (
        "+ column t.new",
        "- column t.gone",
        '~ column t.a: acl ["x"] -> none',
        "~ column t.a: type text -> date",
    )
