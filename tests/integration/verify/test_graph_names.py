"""What GraphQL calls tables for each role, as the catalogs and comments have it."""

from __future__ import annotations

from haulback.app.graph_names import GraphNames
from haulback.verify.api.graph import Graph

SCENE = """
    create type public.mood as enum ('good', 'not so good');
    comment on type public.mood is e'@graphql({"mappings": {"not so good": "NOT_SO_GOOD"}})';
    create table public.notes (
      id uuid primary key, "Odd One" text, mood public.mood, more jsonb, number bigint generated always as identity
    );
    comment on column public.notes."Odd One" is e'@graphql({"name": "oddOne"})';
    create table public.keyless (body text);
    revoke all on public.notes, public.keyless from anon, authenticated;
    grant select (id, mood), insert (id) on public.notes to anon;
    grant all on public.notes to authenticated;
"""


def test_what_a_role_is_offered_and_by_which_names(any_database):
    with any_database.connect(autocommit=True) as connection:
        connection.execute(SCENE)
        names = GraphNames(connection, ("public",))
        labels = {"mood": {"good": "good", "not so good": "NOT_SO_GOOD"}}
        assert names.of("anon", "public", "notes") == Graph(
            collection="notesCollection",
            insert="insertIntonotesCollection",
            filters={"id": "id", "mood": "mood"},
            inputs={"id": "id"},
            labels=labels,
            scalars={"id": "UUID", "Odd One": "String", "mood": "mood", "more": "JSON", "number": "BigInt"},
        )
        everything = names.of("authenticated", "public", "notes")
        assert everything is not None
        assert (everything.update, everything.delete) == ("updatenotesCollection", "deleteFromnotesCollection")
        assert everything.inputs == {"id": "id", "Odd One": "oddOne", "mood": "mood", "more": "more"}
        assert "more" not in everything.filters
        assert names.of("authenticated", "public", "keyless") is None
        assert names.of("authenticated", "public", "nothing") is None
        assert names.of("nobody_such", "public", "notes") is None
