"""What the rules on locks tell where the target's objects and sizes are known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from haulback.app.linting import levels
from haulback.hazards.facts import constraints
from haulback.hazards.linting import lint
from haulback.hazards.scanning import Text
from haulback.model.hazard import Known, Level, TableSize
from haulback.model.schema import ObjectKey, Schema, SchemaObject
from haulback.model.target import Environment


def one(kind, identity, parent=None, **facets):
    key = ObjectKey(kind, identity)
    return SchemaObject(
        key, json.dumps(facets, sort_keys=True), (), (), frozenset(), parent=ObjectKey(*parent) if parent else None
    )


ORDERS = ("table", "public.orders")
OBJECTS = [
    one(*ORDERS),
    one("column", "public.orders.id", ORDERS, type="bigint", not_null=True),
    one("column", "public.orders.note", ORDERS, type="character varying(10)", not_null=False),
    one("column", "public.orders.checked", ORDERS, type="text", not_null=False),
    one("column", "public.orders.email", ORDERS, type="email", not_null=False),
    one("constraint", "public.orders.orders_note_check", ORDERS, type="c", definition="CHECK ((note <> ''::text))"),
    one("constraint", "public.orders.there", ORDERS, type="c", definition="CHECK ((checked IS NOT NULL))"),
    one(
        "index", "public.orders_note", ORDERS, definition="CREATE INDEX orders_note ON public.orders USING btree (note)"
    ),
    one("table", "public.readings", partition_key="RANGE (at)"),
    one("column", "public.readings.at", ("table", "public.readings"), type="date", not_null=True),
    one("table", "public.readings_2025", parents=["public.readings"], bound="FOR VALUES FROM (1) TO (2)"),
    one("table", "public.more", partition_key="LIST (lower(place))"),
    one("materialized_view", "public.totals"),
    one(
        "index",
        "public.totals_id",
        ("materialized_view", "public.totals"),
        definition="CREATE UNIQUE INDEX totals_id ON public.totals USING btree (id)",
    ),
    one("type", "public.email", form="domain", constraints=[{"name": "at"}]),
    one(
        "function", "code()", definition="CREATE OR REPLACE FUNCTION public.code()\n RETURNS text\n LANGUAGE sql\nAS $$"
    ),
    one("function", "fixed()", definition="CREATE OR REPLACE FUNCTION public.fixed()\n IMMUTABLE\nAS $$"),
]
SCHEMA = Schema({each.key: each for each in OBJECTS}, 15)


def found(text, id_, **known):
    told = lint(
        [Text(Path("1.sql"), text)], Known(schema=SCHEMA, **known), levels(Environment.PRODUCTION), squawk=False
    )
    return [each for each in told.hazards if each.id == id_]


def rewrite(text, id_, **known):
    (hazard,) = found(text, id_, **known)
    return hazard.rewrite


def test_an_index_of_a_partitioned_table_is_built_one_partition_after_the_other():
    assert rewrite("create index readings_at on readings (at) where at > now();", "index-not-concurrent") == (
        "create index readings_at on only readings using btree (at) where at > now();\n"
        "create index concurrently readings_2025_at_idx on public.readings_2025 using btree (at) where at > now();\n"
        "alter index readings_at attach partition public.readings_2025_at_idx;"
    )
    assert rewrite("create index more_place on more (place);", "index-not-concurrent") == ""
    assert found("create index readings_at on only readings (at);", "index-not-concurrent") == []
    assert found("create index orders_id on only orders (id);", "index-not-concurrent") != []


@pytest.mark.parametrize(
    ("type_", "raised"),
    [("text", False), ("varchar(20)", False), ("varchar(5)", True), ("int using note::int", True)],
)
def test_the_old_type_decides_whether_a_table_is_written_anew(type_, raised):
    assert bool(found(f"alter table orders alter note type {type_};", "type-change")) is raised


def test_what_is_not_null_already_is_not_looked_at_again():
    assert found("alter table orders alter id set not null;", "set-not-null") == []
    assert found("alter table orders alter checked set not null;", "set-not-null") == []
    assert len(found("alter table orders alter note set not null;", "set-not-null")) == 1


def test_a_primary_key_is_made_from_an_index_where_its_columns_are_not_null():
    assert rewrite("alter table orders add primary key (id);", "primary-key-added") == (
        "create unique index concurrently orders_pkey on orders using btree (id);\n"
        "alter table orders add constraint orders_pkey primary key using index orders_pkey;"
    )
    assert rewrite("alter table orders add primary key (note);", "primary-key-added") == ""


def test_a_partitioned_table_takes_a_foreign_key_not_valid_from_18_on():
    text = "alter table readings add foreign key (at) references orders;"
    assert rewrite(text, "foreign-key-validates", major=17) == ""
    assert "not valid" in rewrite(text, "foreign-key-validates", major=18)
    assert rewrite("alter table readings add unique (at);", "unique-constraint") == ""


def test_a_name_that_is_taken_is_counted_up():
    told = rewrite("alter table orders add check (note > 'a');", "check-validates")
    assert "add constraint orders_note_check1 check (note > 'a') not valid" in told


def test_a_partition_is_attached_and_detached_by_the_key_of_the_target():
    attach = "alter table readings attach partition orders for values from ('2026-01-01') to ('2027-01-01');"
    assert "check (at is not null and at >= '2026-01-01' and at < '2027-01-01') not valid" in rewrite(
        attach, "attach-partition"
    )
    detach = "alter table {} detach partition readings_2025;"
    assert "drop constraint readings_2025_at_check;" in rewrite(detach.format("readings"), "detach-not-concurrent")
    assert rewrite(detach.format("more"), "detach-not-concurrent") == ""


def test_a_view_with_a_unique_index_is_refreshed_concurrently():
    told = rewrite("REFRESH MATERIALIZED VIEW totals", "refresh-not-concurrent")
    assert told == "REFRESH MATERIALIZED VIEW concurrently totals;"


def test_a_domain_is_checked_in_the_tables_that_use_it():
    (hazard,) = found("alter domain email set not null;", "domain-constraint")
    assert hazard.subject == "public.email"
    assert "public.orders" in hazard.told
    assert len(found("alter table orders add column other email;", "domain-column")) == 1


def test_a_function_of_the_target_is_volatile_unless_it_says_otherwise():
    assert len(found("alter table orders add column c text default code();", "volatile-default")) == 1
    assert found("alter table orders add column c text default fixed();", "volatile-default") == []


@pytest.mark.parametrize(("rows", "level"), [(100, Level.NOTE), (3_000_000, Level.WARN), (100_000_000, Level.BLOCK)])
def test_the_size_of_the_table_decides_the_level(rows, level):
    sizes = {"public.orders": TableSize(rows, rows * 100, rows * 80)}
    (hazard,) = found("alter table orders add check (note > 'a');", "check-validates", sizes=sizes)
    assert hazard.level is level


def test_a_table_that_the_target_does_not_have_keeps_nobody_waiting():
    text = "alter table absent add check (a > 0); update absent set a = 1; lock table absent;"
    told = lint([Text(Path("1.sql"), text)], Known(schema=SCHEMA), levels(Environment.PRODUCTION), squawk=False)
    assert {each.id for each in told.hazards} & {"check-validates", "backfill-with-ddl", "lock-table"} == set()


@pytest.mark.parametrize(
    ("table", "middle", "label", "name"),
    [
        ("orders", "note", "check", "orders_note_check"),
        ("orders", "", "pkey", "orders_pkey"),
        ("a" * 50, "b" * 20, "key", "a" * 38 + "_" + "b" * 20 + "_key"),
        ("ö" * 30, "b" * 40, "key", "ö" * 14 + "_" + "b" * 29 + "_key"),
    ],
)
def test_a_name_is_cut_as_the_server_cuts_it(table, middle, label, name):
    assert constraints.composed(table, middle, label) == name


def test_a_rewrite_that_allows_no_transaction_ends_the_one_it_stands_in():
    text = "begin; create index orders_id on orders (id); commit;"
    assert (
        rewrite(text, "index-not-concurrent") == "commit;\ncreate index concurrently orders_id on orders (id);\nbegin;"
    )


def test_a_renamed_table_is_still_the_one_that_is_in_use():
    first = Text(Path("1.sql"), "alter table orders rename to sales;")
    second = Text(Path("2.sql"), "alter table sales rename to deals; alter table deals add check (note > 'a');")
    told = lint([first, second], Known(schema=SCHEMA), levels(Environment.PRODUCTION), squawk=False)
    assert "check-validates" in {each.id for each in told.hazards}


def test_a_table_that_takes_the_name_of_another_is_new():
    text = """
        create table orders_new (note text);
        alter table orders rename to orders_old;
        alter table orders_new rename to orders;
        alter table orders add check (note > 'a');
    """
    assert found(text, "check-validates") == []
    assert len(found(text + "alter table orders_old add check (note > 'a');", "check-validates")) == 1
