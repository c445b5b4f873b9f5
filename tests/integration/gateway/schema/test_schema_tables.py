"""Tables, columns and primary keys as the catalogs of both versions tell them."""

from __future__ import annotations

from typing import Any

import pytest

from haulback.gateway.schema.model import Name, SchemaCache, Table
from haulback.gateway.schema.reading import read


def table(cache: SchemaCache, name: str) -> Table:
    return cache.tables[Name("shop", name)]


def verbs(one: Table) -> tuple[bool, bool, bool]:
    return one.insertable, one.updatable, one.deletable


def test_only_exposed_tables_and_no_partitions(shop):
    assert {name.schema for name in shop.tables} == {"shop"}
    assert Name("shop", "visits") in shop.tables
    assert Name("shop", "visits_2026") not in shop.tables


def test_comments(shop):
    assert table(shop, "makers").description == "Who makes things"
    assert table(shop, "parts").columns["label"].description == "What it is called"
    assert table(shop, "parts").description is None


def test_a_view_takes_the_verbs_that_postgresql_says(shop):
    assert verbs(table(shop, "parts")) == (True, True, True)
    assert verbs(table(shop, "part_labels")) == (True, True, True)
    assert verbs(table(shop, "part_sums")) == (False, False, False)
    assert verbs(table(shop, "part_copies")) == (False, False, False)
    assert verbs(table(shop, "ordered")) == (True, False, False)
    assert verbs(table(shop, "names")) == (True, False, False)
    assert [table(shop, name).is_view for name in ("parts", "part_labels", "part_copies")] == [False, True, True]


def test_columns_keep_their_order(shop):
    assert list(table(shop, "parts").columns)[:4] == ["id", "serial", "maker", "part_of"]
    assert table(shop, "nothing").columns == {}


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("id", {"type": "bigint", "nullable": False, "default": "nextval('shop.parts_id_seq')"}),
        ("serial", {"type": "bigint", "nullable": False, "default": None}),
        ("label", {"type": "character varying", "nominal_type": "character varying(20)", "max_length": 20}),
        ("code", {"type": "character varying", "nominal_type": "shop.code", "max_length": 8, "nullable": True}),
        ("short", {"type": "character varying", "nominal_type": "shop.short_code", "nullable": False}),
        ("mood", {"type": "shop.mood", "enum": ("sad", "ok", "happy")}),
        ("feeling", {"type": "shop.feeling", "nominal_type": "shop.feeling", "enum": ("sad", "ok", "happy")}),
        ("colour", {"type": "integer", "nominal_type": "shop.colour"}),
        ("flags", {"type": "bit", "nominal_type": "bit(3)", "max_length": 3}),
        ("tags", {"type": "text[]", "max_length": None}),
        ("price", {"type": "numeric", "nominal_type": "numeric(10,2)", "default": "0", "max_length": None}),
        ("twice", {"type": "numeric", "default": None}),
    ],
)
def test_what_a_column_is(shop, column, expected: dict[str, Any]):
    found = table(shop, "parts").columns[column]
    assert {name: getattr(found, name) for name in expected} == expected


def test_the_default_of_a_domain_is_that_of_its_columns(shop):
    columns = table(shop, "parts").columns
    assert columns["code"].default == "'none'::character varying"
    assert columns["label"].default == "'new'::character varying"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("makers", ("id",)),
        ("stores", ("country", "number")),  # by name
        ("stock", ("country", "number", "part")),
        ("visits", ()),
        ("owners", ("id",)),  # shown twice, through another view, renamed
        ("wishes", ("owner", "maker")),  # of a view in the order of the key
        ("half_stock", ()),  # a part of a key is none
        ("part_labels", ("id",)),
        ("part_copies", ("id",)),
        ("part_sums", ()),
        ("everybody", ()),
        ("nothing", ()),
        ("joined", ("part_id", "maker_id")),
        ("hen", ()),
        ("names", ()),
    ],
)
def test_primary_keys(shop, name, key):
    assert table(shop, name).primary_key == key


def test_a_view_behind_an_unknown_view_has_no_key(as_authenticator):
    narrow = read(as_authenticator, ["shop"])
    assert table(narrow, "owners").primary_key == ()
    assert table(narrow, "part_labels").primary_key == ("id",)


def test_a_schema_that_is_not_there_has_nothing(as_authenticator):
    cache = read(as_authenticator, ['no "such" schema'])
    assert (cache.tables, cache.routines) == ({}, {})
    assert cache.server_version // 10000 in {15, 18}


def test_reading_leaves_the_session_as_it_was(as_authenticator):
    before = as_authenticator.execute("SHOW search_path").fetchone()
    read(as_authenticator, ["public"])
    assert as_authenticator.execute("SHOW search_path").fetchone() == before
    assert as_authenticator.execute("SHOW transaction_read_only").fetchone() == ("off",)


def test_what_a_role_sets_is_set_for_it(any_database):
    with any_database.connect("supabase_admin", autocommit=True) as connection:
        connection.execute("CREATE ROLE careful NOLOGIN")
        try:
            connection.execute("ALTER ROLE careful SET default_transaction_isolation = 'serializable'")
            connection.execute("ALTER ROLE careful SET statement_timeout = '7s'")
            connection.execute("ALTER ROLE careful SET log_statement = 'all'")  # only a superuser may
            connection.execute("ALTER ROLE careful SET app.theme = 'a=b'")  # unknown to the server
            with any_database.connect("authenticator", autocommit=True) as reading:
                assert "careful" not in read(reading, ["public"]).roles
                connection.execute("GRANT careful TO authenticator")
                cache = read(reading, ["public"])
        finally:
            connection.execute("DROP ROLE careful")
    assert cache.roles["careful"].settings == (("statement_timeout", "7s"),)
    assert cache.roles["careful"].isolation == "serializable"
    assert cache.roles["anon"].isolation is None
