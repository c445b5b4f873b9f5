"""Ways from one table to another, as PostgREST finds them."""

from __future__ import annotations

import pytest

from haulback.gateway.schema.model import Cardinality, Name, Relationship, SchemaCache


def ways(cache: SchemaCache, table: str, foreign_table: str) -> list[Relationship]:
    """Those that no function makes."""
    return [
        one
        for one in cache.relationships.get(Name("shop", table), ())
        if one.foreign_table == Name("shop", foreign_table) and one.function is None
    ]


def test_a_foreign_key_leads_both_ways(shop):
    [there] = [one for one in ways(shop, "parts", "makers") if one.cardinality is Cardinality.MANY_TO_ONE]
    assert (there.constraint, there.columns, there.to_one) == ("parts_maker_fkey", (("maker", "id"),), True)
    [back] = [one for one in ways(shop, "makers", "parts") if one.cardinality is Cardinality.ONE_TO_MANY]
    assert (back.constraint, back.columns, back.to_one) == ("parts_maker_fkey", (("id", "maker"),), False)


def test_columns_of_a_key_keep_their_pairs(shop):
    [one] = ways(shop, "stock", "stores")
    assert one.columns == (("number", "number"), ("country", "country"))


def test_a_foreign_key_that_is_a_key_is_one_to_one(shop):
    [there] = ways(shop, "manuals", "parts")
    assert (there.cardinality, there.is_parent, there.to_one) == (Cardinality.ONE_TO_ONE, False, True)


def test_a_table_that_refers_to_itself(shop):
    found = ways(shop, "parts", "parts")
    assert [(one.cardinality, one.is_self) for one in found if one.constraint == "parts_whole"] == [
        (Cardinality.ONE_TO_MANY, True),
        (Cardinality.MANY_TO_ONE, True),
    ]


def test_a_junction_whose_keys_are_its_key(shop):
    [one] = ways(shop, "parts", "stores")
    assert one.cardinality is Cardinality.MANY_TO_MANY
    assert one.junction is not None
    assert one.junction.table == Name("shop", "stock")
    assert one.junction.source_columns == (("id", "part"),)
    assert one.junction.target_columns == (("number", "number"), ("country", "country"))
    assert (one.junction.source_constraint, one.junction.target_constraint) == ("stock_part_fkey", "stock_store")
    assert [back.cardinality for back in ways(shop, "stores", "parts")] == [Cardinality.MANY_TO_MANY]


def test_a_view_that_shows_part_of_a_key_leads_only_where_it_shows_all(shop):
    assert [one.constraint for one in ways(shop, "half_stock", "parts")] == ["stock_part_fkey"]
    assert ways(shop, "half_stock", "stores") == []


def test_a_view_stands_for_its_table(shop):
    [one] = ways(shop, "part_copies", "makers")
    assert (one.table_is_view, one.foreign_is_view, one.cardinality) == (True, False, Cardinality.MANY_TO_ONE)
    [back] = ways(shop, "makers", "part_copies")
    assert (back.table_is_view, back.foreign_is_view, back.cardinality) == (False, True, Cardinality.ONE_TO_MANY)
    [own] = [one for one in ways(shop, "owners", "parts") if one.cardinality is Cardinality.MANY_TO_ONE]
    assert own.columns == (("piece", "id"),)


def test_a_column_shown_twice_leads_twice(shop):
    found = ways(shop, "wishes", "owners")
    assert [one.columns for one in found] == [(("owner", "again"),), (("owner", "id"),)]
    assert all(one.table_is_view and one.foreign_is_view for one in found)


def test_a_view_can_be_a_junction(shop):
    found = ways(shop, "makers", "owners")
    assert [one.cardinality for one in found] == [Cardinality.MANY_TO_MANY] * 2
    assert {one.junction.table for one in found if one.junction} == {Name("shop", "wishes")}


def test_tables_that_only_a_hidden_junction_joins_are_named(shop):
    assert shop.relationships[Name("shop", "actors")] == ()
    assert shop.relationships[Name("shop", "plays")] == ()
    assert Name("shop", "nothing") not in shop.relationships


def test_what_is_not_exposed_is_not_reached(shop):
    for table, several in shop.relationships.items():
        assert table.schema == "shop"
        for one in several:
            assert one.foreign_table.schema == "shop"
            assert one.junction is None or one.junction.table.schema == "shop"
            assert one.function is None or one.function.schema == "shop"


@pytest.mark.parametrize(("function", "to_one"), [("cheapest", True), ("dearest", False)])
def test_computed_relationships(shop, function, to_one):
    [one] = [one for one in shop.relationships[Name("shop", "makers")] if one.function == Name("shop", function)]
    assert (one.cardinality, one.foreign_table) == (Cardinality.COMPUTED, Name("shop", "parts"))
    assert (one.to_one, one.is_self) == (to_one, False)


def test_a_function_named_like_a_table_takes_the_place_of_its_key(shop):
    found = [one for one in shop.relationships[Name("shop", "parts")] if one.foreign_table == Name("shop", "manuals")]
    assert [one.function for one in found] == [Name("shop", "manuals")]
    assert ways(shop, "manuals", "parts") != []


def test_the_order_is_that_of_the_choices_that_a_client_is_given(shop):
    for several in shop.relationships.values():
        detected = [one.foreign_table for one in several if one.function is None]
        assert detected == sorted(detected)
        assert [one.function is not None for one in several] == sorted(one.function is not None for one in several)
