"""What a query may not ask of the schema, in the words of the contract."""

from __future__ import annotations

from typing import Any

import pytest

from haulback.gateway.answer import Refusal
from haulback.gateway.rest.plan.node import Root
from haulback.gateway.rest.plan.read import read_plan
from haulback.gateway.rest.plan.tables import column, table
from haulback.gateway.rest.planned import Options
from haulback.gateway.rest.query.parsed import parsed
from haulback.gateway.rest.shape import taken_apart
from haulback.gateway.schema.model import Cardinality, Column, Junction, Name, Relationship, SchemaCache, Table


def name(of: str) -> Name:
    return Name("api", of)


def a_table(of: str, *columns: str) -> Table:
    return Table(name(of), {one: Column(one, "integer", "integer") for one in columns})


TO_ONE = Relationship(
    name("films"),
    name("people"),
    Cardinality.MANY_TO_ONE,
    to_one=True,
    constraint="films_director_fkey",
    columns=(("director", "id"),),
)
OTHER = Relationship(
    name("films"),
    name("people"),
    Cardinality.MANY_TO_ONE,
    to_one=True,
    constraint="films_writer_fkey",
    columns=(("writer", "id"),),
)
CAST = Relationship(
    name("films"),
    name("people"),
    Cardinality.MANY_TO_MANY,
    to_one=False,
    junction=Junction(name("roles"), "roles_film_fkey", "roles_actor_fkey", (("id", "film"),), (("id", "actor"),)),
)
ROLES = Relationship(
    name("films"),
    name("roles"),
    Cardinality.ONE_TO_MANY,
    to_one=False,
    constraint="roles_film_fkey",
    columns=(("id", "film"),),
)
HIDDEN = Relationship(
    name("films"),
    Name("hidden", "notes"),
    Cardinality.ONE_TO_MANY,
    to_one=False,
    constraint="notes_fkey",
    columns=(("id", "film"),),
)
CACHE = SchemaCache(
    ("api",),
    tables={
        name("films"): a_table("films", "id", "title", "director", "writer"),
        name("people"): a_table("people", "id", "name"),
        name("roles"): a_table("roles", "film", "actor"),
    },
    relationships={name("films"): (TO_ONE, OTHER, CAST, ROLES, HIDDEN)},
)


def refused(table: str, query: str, *, aggregates: bool = True) -> Refusal:
    shape, _ = taken_apart(query)
    with pytest.raises(Refusal) as caught:
        read_plan(parsed(shape, is_call=False), name(table), CACHE, Options(aggregates=aggregates))
    return caught.value


def told(refusal: Refusal) -> tuple[int, str, str, Any, str | None]:
    return refusal.status, refusal.code, refusal.message, refusal.details, refusal.hint


@pytest.mark.parametrize(
    "query", ["roles.film=eq.1", "roles.order=film", "roles.limit=1", "roles.or=(film.eq.1)", "order=roles(film)"]
)
def test_something_said_of_a_table_that_is_not_embedded(query):
    assert told(refused("films", query)) == (
        400,
        "PGRST108",
        "'roles' is not an embedded resource in this request",
        None,
        "Verify that 'roles' is included in the 'select' query parameter.",
    )


def test_order_by_many():
    assert told(refused("films", "select=*,cast:roles(*)&order=cast(film)")) == (
        400,
        "PGRST118",
        "A related order on 'cast' is not possible",
        "'films' and 'cast' do not form a many-to-one or one-to-one relationship",
        None,
    )


@pytest.mark.parametrize(
    "query", ["select=id.sum()", "select=count()", "select=roles(film.max())", "select=...people!director(id.sum())"]
)
def test_aggregates_that_are_not_allowed(query):
    refusal = refused("films", query, aggregates=False)
    assert told(refusal) == (400, "PGRST123", "Use of aggregate functions is not allowed", None, None)


def test_aggregates_in_a_spread_of_many():
    details = "Aggregates are not implemented for one-to-many or many-to-many spreads."
    assert told(refused("films", "select=...roles(count())")) == (
        400,
        "PGRST127",
        "Feature not implemented",
        details,
        None,
    )


def test_no_relationship():
    assert told(refused("films", "select=role(*)")) == (
        400,
        "PGRST200",
        "Could not find a relationship between 'films' and 'role' in the schema cache",
        "Searched for a foreign key relationship between 'films' and 'role' in the schema 'api', but no matches were found.",
        "Perhaps you meant 'roles' instead of 'role'.",
    )


def test_no_relationship_by_that_hint():
    refusal = refused("films", "select=people!producer(*)")
    details = (
        "Searched for a foreign key relationship between 'films' and 'people' using the hint 'producer' in the schema "
        "'api', but no matches were found."
    )
    assert (refusal.code, refusal.details, refusal.hint) == ("PGRST200", details, None)


def test_tables_of_other_schemas_are_not_embedded():
    assert refused("films", "select=notes(*)").code == "PGRST200"


def test_several_relationships():
    assert told(refused("films", "select=people(*)")) == (
        300,
        "PGRST201",
        "Could not embed because more than one relationship was found for 'films' and 'people'",
        [
            {
                "cardinality": "many-to-one",
                "embedding": "films with people",
                "relationship": "films_director_fkey using films(director) and people(id)",
            },
            {
                "cardinality": "many-to-one",
                "embedding": "films with people",
                "relationship": "films_writer_fkey using films(writer) and people(id)",
            },
            {
                "cardinality": "many-to-many",
                "embedding": "films with people",
                "relationship": "roles using roles_film_fkey(film) and roles_actor_fkey(actor)",
            },
        ],
        (
            "Try changing 'people' to one of the following: 'people!films_director_fkey', 'people!films_writer_fkey', "
            "'people!roles'. Find the desired relationship in the 'details' key."
        ),
    )


def test_no_such_table_and_no_such_column():
    with pytest.raises(Refusal) as no_table:
        table(CACHE, name("film"))
    assert told(no_table.value) == (
        404,
        "PGRST205",
        "Could not find the table 'api.film' in the schema cache",
        None,
        "Perhaps you meant the table 'api.films'",
    )
    with pytest.raises(Refusal) as no_column:
        column(CACHE.tables[name("films")], "budget")
    message = "Could not find the 'budget' column of 'films' in the schema cache"
    assert told(no_column.value) == (400, "PGRST204", message, None, None)


def test_what_a_function_returns_needs_to_be_no_table():
    shape, _ = taken_apart("a=eq.1")
    node = read_plan(parsed(shape, is_call=False), name("some_function"), CACHE, Options(max_rows=5), Root.CALL)
    assert (node.qualifier, node.limit) == (Name("", "some_function"), 5)
