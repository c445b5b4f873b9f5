"""The surface as the catalogs of a real server have it."""

from __future__ import annotations

import json

import pytest

from haulback.contract.document import NoSnapshot, load, of_document, text
from haulback.contract.reading import read
from haulback.model.contract import ALL, Argument, Embed, OfferedColumn, OfferedFunction, SentTable, Verb

SCENE = """
    create type public.mood as enum ('good', 'bad');
    create table public.people (id bigint generated always as identity primary key, name text not null);
    create table public.notes (
      id bigint primary key default 1,
      author bigint not null references public.people,
      title varchar(20) not null,
      mood public.mood,
      state text not null check (state in ('open', 'it''s done')),
      length int generated always as (char_length(title)) stored
    );
    create view public.titles as select count(*) as n from public.notes;
    create table public.secrets (id bigint primary key);
    create function public.named() returns trigger language plpgsql as 'begin return new; end';
    create trigger named before insert or update on public.people for each row execute function public.named();
    create trigger noted after insert on public.notes for each row execute function public.named();
    create function public.add(a int, b int default 1) returns int language sql as 'select a + b';
    create function public.found(word text) returns table (id bigint, title text) language sql stable
      as 'select 1::bigint, word';
    revoke all on all tables in schema public from anon, authenticated, service_role;
    revoke execute on all functions in schema public from public, anon, authenticated, service_role;
    grant select on public.people, public.titles to anon;
    grant select (id, title), insert (title, author) on public.notes to authenticated;
    grant all on public.notes, public.titles to service_role;
    grant execute on function public.add to authenticated;
    grant execute on function public.found to anon, service_role;
"""


@pytest.fixture
def surface(any_database):
    with any_database.connect(autocommit=True) as connection:
        connection.execute(SCENE)
        return read(connection, ["public"])


def test_only_what_some_role_can_use_is_offered(surface):
    assert sorted(surface.tables) == ["public.notes", "public.people", "public.titles"]
    assert surface.roles == ("anon", "authenticated", "service_role")
    assert surface.schemas == ("public",)


def test_what_each_role_may_do(surface):
    notes = surface.tables["public.notes"]
    assert notes.may == {
        "authenticated": {Verb.SELECT: ("id", "title"), Verb.INSERT: ("author", "title")},
        "service_role": dict.fromkeys(Verb, ALL),
    }
    # Nobody writes through a view that counts, whatever was granted.
    assert surface.tables["public.titles"].may == {"anon": {Verb.SELECT: ALL}, "service_role": {Verb.SELECT: ALL}}


def test_columns_as_writers_and_readers_see_them(surface):
    assert surface.tables["public.notes"].columns == {
        "id": OfferedColumn("bigint", nullable=False),
        "author": OfferedColumn("bigint", nullable=False, required=True),
        "title": OfferedColumn("character varying(20)", nullable=False, required=True),
        "mood": OfferedColumn("public.mood", values=("good", "bad")),
        "state": OfferedColumn("text", nullable=False, required=True, values=("open", "it's done")),
        "length": OfferedColumn("integer", written=False),
    }
    assert not surface.tables["public.people"].columns["id"].required


def test_a_trigger_may_fill_columns(surface):
    assert {name: one.fills for name, one in surface.tables.items()} == {
        "public.notes": False,
        "public.people": True,
        "public.titles": False,
    }


def test_ways_to_embed(surface):
    way = {"public.people": (Embed("notes_author_fkey", to_one=True),)}
    assert surface.tables["public.notes"].embeds == way
    assert surface.tables["public.people"].embeds == {"public.notes": (Embed("notes_author_fkey", to_one=False),)}


def test_functions(surface):
    assert surface.functions == {
        "public.add": (
            OfferedFunction(
                (Argument("a", "integer"), Argument("b", "integer", required=False)),
                "integer",
                roles=("authenticated",),
            ),
        ),
        "public.found": (
            OfferedFunction(
                (Argument("word", "text"),),
                "record",
                is_set=True,
                columns=(("id", "bigint"), ("title", "text")),
                roles=("anon", "service_role"),
            ),
        ),
    }


def test_the_document_holds_all_of_it(surface, tmp_path):
    file = tmp_path / "contract.json"
    file.write_text(text(surface), encoding="utf-8")
    assert load(file) == surface
    assert text(load(file)) == text(surface)


def test_what_is_as_usual_is_left_out_of_the_document(surface):
    columns = json.loads(text(surface))["tables"]["public.notes"]["columns"]
    assert columns["mood"] == {"type": "public.mood", "values": ["good", "bad"]}
    assert columns["id"] == {"type": "bigint", "nullable": False}


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"kind": "haulback contract", "version": 2}', "[" * 5000])
def test_another_file_is_no_snapshot(content, tmp_path):
    file = tmp_path / "other.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(NoSnapshot):
        load(file)


def test_a_document_with_another_shape_is_none(surface):
    document = json.loads(text(surface))
    document["tables"]["public.notes"]["columns"] = 3
    with pytest.raises(ValueError, match="columns"):
        of_document(document)


SENDING = """
    create table public.plain (id bigint primary key, body text, secret text);
    create table public.keyless (body text);
    create table public.named (id bigint primary key, code text not null unique);
    create table public.kept (id bigint primary key);
    create table public.nobodys (id bigint primary key);
    revoke all on all tables in schema public from anon, authenticated, service_role;
    grant select (id, body) on public.plain to anon;
    grant select on public.plain, public.keyless, public.named to authenticated;
    alter table public.named replica identity using index named_code_key;
    alter table public.keyless replica identity full;
    alter publication supabase_realtime add table public.plain where (id > 0), public.keyless,
      public.named (id, code), public.nobodys;
    alter publication supabase_realtime set (publish = 'insert, update, truncate');
"""


def test_what_realtime_sends_to_whom(any_database):
    with any_database.connect(autocommit=True) as connection:
        connection.execute(SENDING)
        sent = read(connection, ["public"]).sent
    assert sent == {
        "public.keyless": SentTable({"body": "text"}, {"authenticated": ALL}, (), ALL, ("insert", "update")),
        "public.named": SentTable(
            {"id": "bigint", "code": "text"}, {"authenticated": ALL}, ("id",), ("code",), ("insert", "update")
        ),
        "public.plain": SentTable(
            {"id": "bigint", "body": "text", "secret": "text"},
            {"anon": ("id", "body"), "authenticated": ALL},
            ("id",),
            ("id",),
            ("insert", "update"),
            "(id > 0)",
        ),
    }


def test_nothing_is_sent_where_there_is_no_publication(any_database):
    with any_database.connect(autocommit=True) as connection:
        connection.execute("drop publication supabase_realtime")
        assert read(connection, ["public"]).sent == {}


def test_all_tables_are_sent_by_a_publication_for_all_and_none_that_nobody_may_read(any_database):
    with any_database.connect("supabase_admin", autocommit=True) as connection:
        connection.execute("drop publication supabase_realtime; create publication supabase_realtime for all tables")
        connection.execute("create table public.open (id bigint primary key); grant select on public.open to anon")
        connection.execute("create schema hidden; create table hidden.shut (id bigint primary key)")
        sent = read(connection, ["public"]).sent
    assert "public.open" in sent
    assert "hidden.shut" not in sent


def test_the_role_of_strangers_is_one_of_them(any_database):
    with any_database.connect(autocommit=True) as connection:
        connection.execute("create table public.open (id int primary key)")
        connection.execute("revoke all on public.open from anon, authenticated, service_role")
        connection.execute("grant select on public.open to authenticator")
        found = read(connection, ["public"], "authenticator")
    assert found.anonymous == "authenticator"
    assert found.roles == ("anon", "authenticated", "service_role", "authenticator")
    assert found.tables["public.open"].may == {"authenticator": {Verb.SELECT: ALL}}
    assert of_document(json.loads(text(found))) == found
