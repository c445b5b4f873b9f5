"""Functions, casts and media types."""

from __future__ import annotations

import pytest

from haulback.gateway.schema.model import MediaHandler, Name, Parameter, Returned, Routine, SchemaCache, Volatility


def only(cache: SchemaCache, name: str) -> Routine:
    [one] = cache.routines[Name("shop", name)]
    return one


def test_overloads_with_the_fewest_parameters_first(shop):
    short, long = shop.routines[Name("shop", "add")]
    assert [parameter.name for parameter in short.parameters] == ["a"]
    assert long.parameters == (
        Parameter("a", "integer", "integer"),
        Parameter("b", "integer", "integer", required=False),
    )
    assert (short.volatility, long.volatility) == (Volatility.VOLATILE, Volatility.IMMUTABLE)
    assert (short.description, long.description) == (None, "Adds")


def test_inputs_between_outputs_keep_their_names(shop):
    one = only(shop, "between_outputs")
    assert one.parameters == (
        Parameter("a", "bit", "bit varying"),
        Parameter("b", "character", "character varying"),
    )
    assert (one.returns.is_set, one.returns.is_composite) == (False, True)


def test_a_variadic_function(shop):
    one = only(shop, "several")
    assert one.variadic
    assert one.parameters == (Parameter("names", "text[]", "text[]", required=False, variadic=True),)
    assert (one.returns.is_set, one.returns.is_composite) == (True, False)


@pytest.mark.parametrize(
    ("name", "returned"),
    [
        ("by_label", Returned(Name("shop", "parts"), is_set=True, is_composite=True)),
        ("pairs", Returned(Name("pg_catalog", "record"), is_set=True, is_composite=True)),
        ("a_code", Returned(Name("pg_catalog", "varchar"))),
        ("nothing_back", Returned(Name("pg_catalog", "void"))),
    ],
)
def test_what_comes_back(shop, name, returned):
    assert only(shop, name).returns == returned


def test_void_is_told_from_other_scalars(shop):
    assert only(shop, "nothing_back").returns.is_void
    assert not only(shop, "a_code").returns.is_void


def test_settings_that_a_call_sets_beforehand(shop):
    one = only(shop, "by_label")
    assert one.settings == (("statement_timeout", "5s"),)
    assert one.isolation == "repeatable read"
    assert only(shop, "pairs").isolation is None


def test_what_cannot_be_called_is_left_out(shop):
    assert only(shop, "whole_body").parameters == (Parameter("", "json", "json"),)
    for name in ("nameless", "on_change", "a_procedure", "tabs", "unseen"):
        assert not any(each.name == name for each in shop.routines)


def test_domain_representations_are_implicit_casts(shop):
    assert set(shop.representations) == {("shop.colour", "json")}


def test_media_handlers(shop):
    parts = Name("shop", "parts")
    assert shop.handlers[parts, "text/tab"] == MediaHandler(Name("shop", "tabs"), parts, "text/Tab")
    assert shop.handlers[None, "*/*"] == MediaHandler(Name("shop", "of_any"), None, "application/octet-stream")
    picture = Name("shop", "picture")
    assert shop.handlers[picture, "*/*"] == MediaHandler(Name("shop", "*/*"), picture, "application/octet-stream")
