"""Which statements give objects their old names back, told from addresses alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from haulback.model.schema import Address, ObjectKey, Schema, SchemaObject
from haulback.model.schema_image import from_image, to_image
from haulback.pg.catalog.renames import renames
from haulback.pg.catalog.survivors import created, survivors, transposed

_CLASS, _NAMESPACE, _TYPE, _ROUTINE = 1259, 2615, 1247, 1255
_CATALOGS = {"schema": _NAMESPACE, "type": _TYPE, "function": _ROUTINE}


@dataclass
class Built:
    """A schema while it is put together: identities with their addresses."""

    objects: dict[ObjectKey, SchemaObject] = field(default_factory=dict)
    addresses: dict[ObjectKey, Address] = field(default_factory=dict)

    def add(self, kind: str, identity: str, oid: int, sub: int = 0, parent: ObjectKey | None = None, **facets) -> None:
        key = ObjectKey(kind, identity)
        rows = kind in {"table", "column", "sequence"}
        create = (f"CREATE {kind.upper()} {identity}",)
        self.objects[key] = SchemaObject(
            key, json.dumps(facets), create, (), frozenset(), parent, bears_data=rows, notes="{}"
        )
        self.addresses[key] = (_CATALOGS.get(kind, _CLASS), oid, sub)

    def table(self, identity: str, oid: int, *columns: str, **facets) -> None:
        """Columns in the order of their numbers; None of them where the name is empty."""
        self.add("table", identity, oid, **facets)
        for number, name in enumerate(columns, start=1):
            if name:
                self.add("column", f"{identity}.{name}", oid, number, ObjectKey("table", identity), type="text")

    @property
    def schema(self) -> Schema:
        return Schema(self.objects, 18, "db", (), self.addresses, "cluster/1")


def build(*tables: tuple, schemas: Iterable[tuple[str, int]] = (("public", 1), ("shop", 2))) -> Built:
    built = Built()
    for name, oid in schemas:
        built.add("schema", name, oid)
    for table in tables:
        built.table(*table)
    return built


def statements(before: Schema, now: Schema, aside=lambda _: False) -> list[str]:
    return [step.statement for step in renames(before, now, aside)]


def test_a_column() -> None:
    before, now = build(("public.t", 10, "id", "a")), build(("public.t", 10, "id", '"B b"'))
    assert statements(before.schema, now.schema) == ['ALTER TABLE public.t RENAME COLUMN "B b" TO a']


def test_another_database_tells_nothing() -> None:
    before, now = build(("public.t", 10, "id", "a")).schema, build(("public.t", 10, "id", "b")).schema
    for other in (replace(now, origin="cluster/2"), replace(now, origin=""), replace(now, addresses={})):
        assert statements(before, other) == []
    assert survivors(before, replace(now, origin="")).keys() == before.objects.keys() - {
        ObjectKey("column", "public.t.a")
    }


def test_two_columns_swapped_and_one_left_alone() -> None:
    before, now = build(("public.t", 10, "a", "b", "c")), build(("public.t", 10, "b", "a", "c"))
    assert statements(before.schema, now.schema) == [
        "ALTER TABLE public.t RENAME COLUMN a TO haulback_aside_10_2",
        "ALTER TABLE public.t RENAME COLUMN b TO a",
        "ALTER TABLE public.t RENAME COLUMN haulback_aside_10_2 TO b",
    ]


def test_a_new_table_steps_aside_and_stays_there() -> None:
    before, now = build(("public.t", 10, "id")), build(("public.t_old", 10, "id"), ("public.t", 11, "id"))
    assert statements(before.schema, now.schema) == [
        "ALTER TABLE public.t RENAME TO haulback_aside_11",
        "ALTER TABLE public.t_old RENAME TO t",
    ]
    assert set(created(before.schema, now.schema)) == {
        ObjectKey("table", "public.t"),
        ObjectKey("column", "public.t.id"),
    }


def test_a_schema_that_is_gone_is_made_for_what_moves_back() -> None:
    before = build(("shop.t", 10, "id"))
    now = build(("public.t", 10, "id"), schemas=[("public", 1)])
    assert statements(before.schema, now.schema) == ["CREATE SCHEMA shop", "ALTER TABLE public.t SET SCHEMA shop"]


def test_under_a_renamed_schema_only_that_is_renamed() -> None:
    before = build(("shop.t", 10, "id"))
    now = build(("store.t", 10, "id"), schemas=[("public", 1), ("store", 2)])
    assert statements(before.schema, now.schema) == ["ALTER SCHEMA store RENAME TO shop"]


def test_an_index_in_the_new_place_gives_way_to_the_one_that_comes_along() -> None:
    before = build(("public.t", 10, "id"))
    before.add("index", "public.t_id", 20, parent=ObjectKey("table", "public.t"))
    now = build(("shop.t", 10, "id"), ("public.other", 11, "id"))
    now.add("index", "shop.t_id", 20, parent=ObjectKey("table", "shop.t"))
    now.add("index", "public.t_id", 21, parent=ObjectKey("table", "public.other"))
    assert statements(before.schema, now.schema) == [
        "ALTER INDEX public.t_id RENAME TO haulback_aside_21",
        "ALTER TABLE shop.t SET SCHEMA public",
    ]


def test_moved_and_renamed_goes_by_a_name_that_nobody_has() -> None:
    before, now = build(("public.t", 10)), build(("shop.u", 10), ("public.u", 11), ("shop.t", 12))
    assert statements(before.schema, now.schema) == [
        "ALTER TABLE shop.u RENAME TO haulback_aside_10",
        "ALTER TABLE shop.haulback_aside_10 SET SCHEMA public",
        "ALTER TABLE public.haulback_aside_10 RENAME TO t",
    ]


def test_a_partition_follows_by_itself() -> None:
    before = build(("public.root", 10, "a"))
    before.table("public.part", 11, "a", parents=["public.root"], bound="...")
    now = build(("public.root", 10, "b"))
    now.table("public.part", 11, "b", parents=["public.root"], bound="...")
    assert statements(before.schema, now.schema) == ["ALTER TABLE public.root RENAME COLUMN b TO a"]


def test_a_type_stays_where_columns_were_taken_to_a_new_one_of_its_name() -> None:
    before, now = build(), build()
    before.add("type", "public.mood", 30, form="enum")
    now.add("type", "public.mood_old", 30, form="enum")
    now.add("type", "public.mood", 31, form="enum")
    assert statements(before.schema, now.schema) == []


def test_a_routine_is_called_with_the_types_of_now() -> None:
    before, now = build(), build()
    before.add("type", "public.mood", 30, form="enum")
    before.add("function", "public.f(public.mood, integer)", 40)
    now.add("type", "public.temper", 30, form="enum")
    now.add("function", "public.g(public.temper, integer)", 40)
    assert statements(before.schema, now.schema) == [
        "ALTER ROUTINE public.g(public.temper, integer) RENAME TO f",
        "ALTER TYPE public.temper RENAME TO mood",
    ]


def test_what_was_made_again_is_no_survivor_but_where_it_bears_no_rows() -> None:
    before, now = build(("public.t", 10, "a")), build(("public.t", 10, "", "a"))
    before.add("view", "public.v", 20)
    now.add("view", "public.v", 21)
    column = ObjectKey("column", "public.t.a")
    assert set(created(before.schema, now.schema)) == {column}
    assert statements(before.schema, now.schema) == []
    assert statements(before.schema, now.schema, lambda key: key == column) == [
        "ALTER TABLE public.t RENAME COLUMN a TO haulback_aside_10_2"
    ]


def test_addresses_of_a_shadow_are_told_as_those_of_the_target() -> None:
    shadow, after = build(("public.t", 10, "a")), build(("public.u", 10, "b"), ("public.t", 11, "a"))
    target = replace(build(("public.t", 70, "a")).schema, origin="other/5")
    told = transposed(after.schema, shadow.schema, target)
    assert told == after.schema
    assert survivors(target, told)[ObjectKey("table", "public.t")] == ObjectKey("table", "public.u")
    assert survivors(target, told)[ObjectKey("column", "public.t.a")] == ObjectKey("column", "public.u.b")
    assert set(created(target, told)) == {ObjectKey("table", "public.t"), ObjectKey("column", "public.t.a")}
    assert transposed(after.schema, target, target).origin == ""


def test_an_image_keeps_the_addresses() -> None:
    schema = build(("public.t", 10, "a")).schema
    kept = from_image(json.loads(json.dumps(to_image(schema))))
    assert (kept, kept.addresses, kept.origin) == (schema, schema.addresses, schema.origin)
    assert kept.fingerprint == replace(schema, addresses={}, origin="").fingerprint
    older = to_image(schema)
    del older["origin"]
    for one in older["objects"]:
        del one["address"]
    assert (from_image(older).addresses, from_image(older).origin) == ({}, "")


NAMES = st.permutations(["a", "b", "c", "d", '"E e"', "f"])


@given(was=NAMES, now=NAMES, kept=st.integers(1, 6), old=st.integers(1, 6))
def test_any_columns_have_their_names_again(was: list[str], now: list[str], kept: int, old: int) -> None:
    """Whatever was renamed to whatever, beside columns that are new or gone, the server never meets a taken name."""
    both = min(kept, old)
    before = build(("public.t", 10, *was[:old]))
    after = build(("public.t", 10, *now[:both], *[""] * (old - both), *now[both:kept]))
    names = {
        number: name for number, name in enumerate([*now[:both], *[""] * (old - both), *now[both:kept]], 1) if name
    }
    for statement in statements(before.schema, after.schema):
        head, _, pair = statement.partition(" RENAME COLUMN ")
        source, _, target = pair.partition(" TO ")
        assert head == "ALTER TABLE public.t"
        assert target not in names.values()
        (number,) = [number for number, name in names.items() if name == source]
        names[number] = target
    assert [names[number] for number in range(1, both + 1)] == was[:both]
