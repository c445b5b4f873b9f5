"""What must be kept follows from two schemas."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from haulback.capture.naming import attic_name, cut
from haulback.capture.planning import plan_captures
from haulback.model.capture import PlannedCopy
from haulback.model.schema import ObjectKey, Schema, SchemaObject


def thing(kind, identity, parent=None, *, data=False, **facets) -> SchemaObject:
    return SchemaObject(
        ObjectKey(kind, identity),
        json.dumps(facets, sort_keys=True),
        (),
        (),
        frozenset(),
        ObjectKey("table", parent) if parent else None,
        bears_data=data,
    )


def schema(*objects: SchemaObject) -> Schema:
    return Schema({one.key: one for one in objects}, 18)


TABLE = thing("table", "public.t", data=True)
KEY = thing("constraint", "public.t.t_pkey", "public.t", type="p", definition="PRIMARY KEY (id)")
ID = thing("column", "public.t.id", "public.t", data=True, type="integer")
ODD = thing("column", 'public.t."A ""b"""', "public.t", data=True, type="text")
TWICE = thing("column", "public.t.twice", "public.t", data=True, type="integer", generated="s")


def test_a_dropped_table_is_kept_whole() -> None:
    plan = plan_captures(schema(TABLE, KEY, ID), schema())
    assert [(copy.identity, copy.columns) for copy in plan.copies] == [("public.t", ())]


def test_dropped_and_changed_columns_are_kept_by_key_and_bare_name() -> None:
    after = thing("column", "public.t.id", "public.t", data=True, type="bigint")
    plan = plan_captures(schema(TABLE, KEY, ID, ODD, TWICE), schema(TABLE, KEY, after))
    assert plan.copies == (
        PlannedCopy("public.t", ('A "b"', "id"), "the migration drops or changes them", changed=("id",)),
    )
    assert plan.impossible == ()


def test_without_a_key_it_is_said() -> None:
    plan = plan_captures(schema(TABLE, ID, ODD), schema(TABLE, ID))
    assert plan.copies == ()
    assert [key.identity for key, _ in plan.impossible] == ['public.t."A ""b"""']
    plan = plan_captures(schema(TABLE, ID), schema())
    assert [key.identity for key, _ in plan.impossible] == ["public.t"]


def test_a_key_that_goes_along_cannot_find_rows_again() -> None:
    plan = plan_captures(schema(TABLE, KEY, ID, ODD), schema(TABLE, ODD))
    assert [key.identity for key, _ in plan.impossible] == ["public.t.id"]


def test_partitions_are_kept_through_their_root() -> None:
    leaf = thing("table", "public.t_1", data=True, bound="DEFAULT", parents=["public.t"])
    plan = plan_captures(schema(TABLE, KEY, ID, leaf), schema())
    assert [copy.identity for copy in plan.copies] == ["public.t"]


@given(st.integers(1, 10**9), st.integers(1, 2**32 - 1), st.text(min_size=1).filter(lambda name: "\0" not in name))
def test_names_fit_and_differ_by_their_oid(number, oid, name) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        return
    made = attic_name(number, oid, name)
    assert len(made.encode()) <= 63
    assert made != attic_name(number, oid + 1, name)
    assert cut(made) == made
