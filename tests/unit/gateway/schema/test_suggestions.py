"""Hints, as PostgREST gives them for the same names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.schema.fuzzy import FuzzySet
from haulback.gateway.schema.model import (
    Cardinality,
    Name,
    Parameter,
    Relationship,
    Returned,
    Routine,
    SchemaCache,
    Table,
)
from haulback.gateway.schema.suggestions import relationship_hint, routine_hint, table_hint

_FILMS = ("directors", "roles", "actors")
_SIGNATURES = {
    "test": (("val", "param", "name"), ("id", "attr")),
    "sayhello": (("name",),),
    "add_them": (("a", "b"),),
    "overloaded": ((), ("a", "b"), ("a", "b", "c")),
    "unnamed_text_param": (("",),),
}


def table(name: str) -> Table:
    return Table(Name("api", name), {})


def related(name: str, foreign: str) -> Relationship:
    return Relationship(Name("api", name), Name("api", foreign), Cardinality.MANY_TO_ONE, to_one=True)


def routine(name: str, parameters: tuple[str, ...]) -> Routine:
    each = tuple(Parameter(parameter, "text", "text") for parameter in parameters)
    return Routine(Name("api", name), each, Returned(Name("pg_catalog", "text")))


CACHE = SchemaCache(
    schemas=("api",),
    tables={Name("api", name): table(name) for name in ("projects", "project_views", "Clients")},
    relationships={
        Name("api", "films"): tuple(related("films", foreign) for foreign in _FILMS),
        Name("api", "car_models"): (related("car_models", "car_model_sales"),),
        Name("api", "car_model_sales"): (related("car_model_sales", "car_models"),),
    },
    routines={Name("api", name): tuple(routine(name, one) for one in several) for name, several in _SIGNATURES.items()},
)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("projectx", "projects"),
        ("projecxx", "projects"),
        ("PROJECT", "projects"),
        ("clients", "Clients"),
        ("projxxxx", None),
        ("films_of_old", None),
        ("", None),
    ],
)
def test_tables(name, meant):
    expected = None if meant is None else f"Perhaps you meant the table 'api.{meant}'"
    assert table_hint(CACHE, "api", name) == expected


def test_no_hint_among_very_many_tables():
    names = [f"projects_{number}" for number in range(500)]
    few = SchemaCache(("api",), tables={Name("api", name): table(name) for name in names[1:]})
    many = SchemaCache(("api",), tables={Name("api", name): table(name) for name in names})
    assert table_hint(few, "api", "projects_77x") == "Perhaps you meant the table 'api.projects_77'"
    assert table_hint(many, "api", "projects_77x") is None


@pytest.mark.parametrize(
    ("parent", "child", "meant"),
    [
        ("film", "directors", "'films' instead of 'film'"),
        ("films", "role", "'roles' instead of 'role'"),
        ("films", "actors", None),
        ("noclosealternative", "roles", None),
        ("films", "noclosealternative", None),
        ("car_models", "car_model_sales_202101", "'car_model_sales' instead of 'car_model_sales_202101'"),
        ("car_model_sales", "car_models_default", "'car_models' instead of 'car_models_default'"),
    ],
)
def test_relationships(parent, child, meant):
    expected = None if meant is None else f"Perhaps you meant {meant}."
    assert relationship_hint(CACHE, "api", parent, child) == expected


def test_another_schema_has_no_hints():
    assert relationship_hint(CACHE, "other", "film", "directors") is None
    assert table_hint(CACHE, "other", "projectx") is None
    assert routine_hint(CACHE, "other", "testt", []) is None


@pytest.mark.parametrize(
    ("name", "arguments", "meant"),
    [
        ("testt", ["val", "param", "name"], "test"),
        ("noclosealternative", [], None),
        ("unnamed_int_param", ["x", "y"], "unnamed_text_param"),
        ("sayhell", [], "sayhello"),
        ("sayhello", ["nam"], "sayhello(name)"),
        ("add_them", ["a", "b", "smthelse"], "add_them(a, b)"),
        ("test", ["vall", "pqaram", "nam"], "test(name, param, val)"),
        ("test", ["val", "param"], "test(name, param, val)"),
        ("test", ["id", "attrs"], "test(attr, id)"),
        ("test", ["id"], "test(attr, id)"),
        ("test", ["noclosealternative"], None),
        ("overloaded", ["wrong_arg"], None),
        ("overloaded", ["a", "b", "wrong_arg"], "overloaded(a, b, c)"),
    ],
)
def test_routines(name, arguments, meant):
    expected = None if meant is None else f"Perhaps you meant to call the function api.{meant}"
    assert routine_hint(CACHE, "api", name, arguments) == expected


@given(st.lists(st.text(max_size=30), max_size=20), st.text(max_size=60), st.sampled_from([0.33, 0.75]))
def test_scores_are_in_order_and_none_below_the_least(names, word, least):
    found = FuzzySet(names).like(word, least)
    scores = [score for score, _ in found]
    assert scores == sorted(scores, reverse=True)
    assert all(least <= score <= 1 for score in scores)
    assert {name for _, name in found} <= set(names)


@given(st.text(min_size=1, max_size=30), st.lists(st.text(max_size=30), max_size=20))
def test_a_name_is_found_by_itself(name, others):
    score, found = FuzzySet([name, *others]).like(name)[0]
    assert (score, found) == (1.0, name)


def test_a_word_of_any_length_costs_next_to_nothing():
    assert FuzzySet(["a" * 63]).like("a" * 10_000_000) == []
    assert FuzzySet(["a" * 2000]).like("a" * 1999 + "b") == []
