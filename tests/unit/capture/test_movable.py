"""Which dropped tables move is told by the schemas around a migration and by its own words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from haulback.capture.changes.planning import with_rows
from haulback.capture.planning import plan_captures
from haulback.migrations.parse import script
from haulback.model.migration import Migration
from haulback.model.schema import ObjectKey, Schema, SchemaObject


def thing(kind: str, identity: str, parent: str = "", depends: str = "", **facets: object) -> SchemaObject:
    """`depends` lists kinds and identities: `type public.mood, function public.f()`."""
    needed = (one.strip().partition(" ") for one in depends.split(",") if one)
    return SchemaObject(
        ObjectKey(kind, identity),
        json.dumps(facets, sort_keys=True),
        (),
        (),
        frozenset(ObjectKey(name, other) for name, _, other in needed),
        ObjectKey("table", parent) if parent else None,
        bears_data=kind in {"table", "column"},
    )


def schema(*objects: SchemaObject) -> Schema:
    return Schema({one.key: one for one in objects}, 18)


def migration(text: str, *, rollback: str = "") -> Migration:
    made = script(Path("1.sql"), rollback) if rollback else None
    return Migration("1", "drop", script(Path("1.sql"), text), made)


TABLE = thing("table", "public.t", owner="postgres")
COLUMN = thing("column", "public.t.id", "public.t", type="integer")
KEY = thing("constraint", "public.t.t_pkey", "public.t", type="p", definition="PRIMARY KEY (id)")
OTHER = thing("table", "audit.t", owner="postgres")
DROP = migration("drop table public.t;")


def moves(before: list[SchemaObject], after: list[SchemaObject], *migrations: Migration) -> tuple[str, ...]:
    plan = plan_captures(schema(*before), schema(*after), migrations or (DROP,))
    copied = {one.identity for one in plan.copies if not one.columns} | {key.identity for key, _ in plan.impossible}
    assert not copied & set(plan.moves)
    assert {"public.t"} <= copied | set(plan.moves)
    return plan.moves


def test_a_table_that_a_file_drops_moves_whether_or_not_it_has_a_key() -> None:
    assert moves([TABLE, COLUMN, KEY], []) == ("public.t",)
    assert moves([TABLE, COLUMN], []) == ("public.t",)
    assert moves([TABLE, COLUMN], [], migration("drop table if exists t, never_was cascade;")) == ("public.t",)


def test_without_the_words_of_a_file_nothing_moves() -> None:
    assert plan_captures(schema(TABLE, COLUMN, KEY), schema()).moves == ()
    assert moves([TABLE, COLUMN], [], migration("do $$ begin drop table public.t; end $$;")) == ()
    assert (
        moves([TABLE, COLUMN], [], migration("drop table public.t;", rollback="create table public.t (id int);")) == ()
    )


def test_a_bare_name_that_two_tables_have_means_none() -> None:
    assert moves([TABLE, COLUMN, OTHER], [], migration("drop table t;")) == ()
    assert moves([TABLE, COLUMN, OTHER], [OTHER], migration("drop table t;")) == ("public.t",)
    assert moves([TABLE, COLUMN, OTHER], [], migration("drop table audit.t, public.t;")) == ("audit.t", "public.t")


def test_what_is_dropped_with_one_that_cannot_move_does_not_move() -> None:
    unlogged = thing("table", "public.u", owner="postgres", unlogged=True)
    assert moves([TABLE, COLUMN, unlogged], [], migration("drop table public.t, public.u;")) == ()
    assert moves([TABLE, COLUMN, unlogged], [], migration("drop table public.t; drop table public.u;")) == ("public.t",)


@pytest.mark.parametrize(
    "facets",
    [{"parents": ["public.p"]}, {"partition_key": "LIST (id)"}, {"of_type": "public.row"}, {"unlogged": True}],
    ids=str,
)
def test_relatives_and_unlogged_tables_stay_copied(facets: dict[str, object]) -> None:
    assert moves([thing("table", "public.t", owner="postgres", **facets), COLUMN], []) == ()


@pytest.mark.parametrize(
    "other",
    [
        thing("table", "public.heir", parents=["public.t"]),
        thing("column", "public.u.row", "public.u", depends="table public.t", type="t"),
        thing("type", "public.pair", depends="table public.t"),
        thing("event_trigger", "watches", event="sql_drop", enabled="O"),
    ],
    ids=lambda one: one.key.kind,
)
def test_what_else_is_made_of_it_or_sees_it_go_keeps_it_from_moving(other: SchemaObject) -> None:
    assert moves([TABLE, COLUMN, other], [other]) == ()


@pytest.mark.parametrize("name", ["pgrst_drop_watch", "off"])
def test_an_event_trigger_that_does_not_matter_keeps_nothing_from_moving(name: str) -> None:
    watch = thing("event_trigger", name, event="sql_drop", enabled="D" if name == "off" else "O")
    assert moves([TABLE, COLUMN, watch], [watch]) == ("public.t",)


def test_it_moves_while_what_it_is_made_of_stays_as_it_was() -> None:
    mood = thing("type", "public.mood", labels=["sad", "happy"])
    grown = thing("type", "public.mood", labels=["sad", "happy", "busy"])
    typed = thing("column", "public.t.mood", "public.t", depends="type public.mood", type="public.mood")
    assert moves([TABLE, typed, mood], [mood]) == ("public.t",)
    assert moves([TABLE, typed, mood], [grown]) == ()
    assert moves([TABLE, typed, mood], []) == ()
    role, home = thing("role", "postgres"), thing("schema", "public")
    assert moves([TABLE, COLUMN, role, home], [role, home]) == ("public.t",)
    assert moves([TABLE, COLUMN, role, home], [role]) == ()
    assert moves([TABLE, COLUMN, role, home], [home]) == ()


def test_an_expression_that_calls_a_function_is_in_the_way_only_where_it_cannot_be_taken_off() -> None:
    call = thing("function", "public.f()")
    computed = thing(
        "column", "public.t.twice", "public.t", depends="function public.f()", type="integer", generated="s"
    )
    default = thing("default", "public.t.id", "public.t", depends="function public.f()")
    assert moves([TABLE, COLUMN, default, call], []) == ("public.t",)
    assert moves([TABLE, computed, call], [call]) == ()


def test_a_table_whose_rows_change_besides_is_copied() -> None:
    before, after = schema(TABLE, COLUMN, KEY), schema()
    plan = plan_captures(before, after, (DROP,))
    for changes, emptied in ((("public.t",), ()), ((), ("public.t",))):
        found = with_rows(plan, before, after, changes, emptied)
        assert (found.moves, [one.identity for one in found.copies]) == ((), ["public.t"])
    keyless = schema(TABLE, COLUMN)
    found = with_rows(plan_captures(keyless, after, (DROP,)), keyless, after, ("public.t",), ())
    assert (found.moves, [key.identity for key, _ in found.impossible]) == ((), ["public.t"])


def test_a_column_of_the_type_of_its_rows_is_kept_as_text() -> None:
    """The copy would be of that type, too, and lose the column to CASCADE."""
    holder = thing("table", "public.u", owner="postgres")
    key = thing("constraint", "public.u.u_pkey", "public.u", type="p", definition="PRIMARY KEY (id)")
    held = thing("column", "public.u.held", "public.u", depends="table public.t, table public.u", type="public.t")
    plan = plan_captures(schema(TABLE, COLUMN, KEY, holder, key, held), schema(holder, key), (DROP,))
    assert {one.identity: one.texts for one in plan.copies} == {"public.t": (), "public.u": ("held",)}
