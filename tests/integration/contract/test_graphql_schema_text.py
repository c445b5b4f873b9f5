"""The lines of each role's GraphQL schema: what a client that introspects it would print, without descriptions."""

from __future__ import annotations

from graphql import build_schema, print_schema
from graphql.utilities import find_schema_changes, lexicographic_sort_schema

from haulback.contract import graph_reading
from haulback.gateway.graphql.printing import printed
from haulback.gateway.graphql.types.reading import privileges, read
from haulback.gateway.graphql.types.schema import RoleSchema

SCENE = """
    create type public.mood as enum ('good', 'bad');
    create table public.people (id bigint generated always as identity primary key, name text not null default 'x');
    create table public.notes (
      id uuid primary key, author bigint references public.people, mood public.mood, tags text[], more jsonb
    );
    comment on table public.notes is e'@graphql({"totalCount": {"enabled": true}, "aggregate": {"enabled": true}})';
    comment on column public.notes.mood is 'How it\nwas, said "so"';
    create function public.add(a int, b int default 2) returns int language sql stable as 'select a + b';
    create function public.greet(who text default 'a "b"') returns text language sql as 'select who';
    create function public._initials(person public.people) returns text language sql stable as 'select person.name';
    revoke all on public.people from anon;
    grant select (id) on public.people to anon;
"""


def test_they_are_what_a_client_would_print(any_database):
    with any_database.connect(autocommit=True) as connection:
        connection.execute(SCENE)
        found = graph_reading.read(connection, ["public"], ["anon", "authenticated", "nobody_such"])
        catalog = read(connection, ["public"])
        for role in ("anon", "authenticated"):
            allowed = privileges(connection, catalog, role)
            whole = build_schema(printed(RoleSchema(catalog, allowed)))
            ours = build_schema("\n".join(found[role]))
            differences = [one.description for one in find_schema_changes(whole, ours)]
            assert [one for one in differences if not one.startswith("Description of ")] == []
            assert print_schema(lexicographic_sort_schema(ours)).count("type ") > 5
    assert list(found) == ["anon", "authenticated"]
    assert found["anon"] != found["authenticated"]


def test_a_comment_that_cannot_be_understood_leaves_nobody_a_schema(any_database):
    with any_database.connect(autocommit=True) as connection:
        connection.execute(SCENE)
        connection.execute("comment on table public.people is e'@graphql({name: 3})'")
        assert graph_reading.read(connection, ["public"], ["anon"]) == {}
