"""What a role does not see: what it may not use."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from haulback.gateway.graphql import held
from haulback.gateway.graphql.held import Types
from haulback.gateway.graphql.model import InputType, ObjectType
from haulback.gateway.graphql.types.reading import collected, privileges
from haulback.gateway.graphql.types.schema import RoleSchema


@pytest.fixture(scope="session")
def stranger(seen_by):
    """What `anon` sees: a few columns of two tables, one of which it may change."""
    return seen_by("anon")


def names(schema: RoleSchema, type_: str) -> set[str]:
    found = schema.type(type_)
    assert isinstance(found, ObjectType | InputType)
    return set(found.fields)


def test_only_tables_of_which_a_role_may_select_something_are_seen(stranger):
    assert {base for _, base in stranger.view.tables()} == {"Artist", "Painting"}
    assert set(stranger.query.fields) >= {"artistCollection", "paintingCollection", "node"}
    assert not [name for name in stranger.query.fields if "iography" in name or "coin" in name]


def test_only_columns_that_a_role_may_select_are_fields_filters_orders_and_aggregates(stranger):
    assert names(stranger, "Artist") == {"nodeId", "id", "fullName", "visits"}
    assert names(stranger, "ArtistFilter") == {"id", "fullName", "visits", "nodeId", "and", "or", "not"}
    assert names(stranger, "ArtistOrderBy") == {"id", "fullName", "visits"}
    assert names(stranger, "ArtistSumAggregateResult") == {"id", "visits"}
    assert names(stranger, "ArtistMinAggregateResult") == {"id", "fullName", "visits"}


def test_a_way_is_seen_where_both_ends_are(stranger):
    assert names(stranger, "Painting") == {"nodeId", "id", "title"}


def test_functions_of_a_row_need_the_whole_row(stranger, seen):
    assert {"greeting", "best", "works"} <= names(seen, "Artist")
    assert {"greeting", "best", "works"}.isdisjoint(names(stranger, "Artist"))


def test_mutations_are_those_that_a_role_may_do(stranger):
    assert set(stranger.mutation.fields) == {"updateArtistCollection", "purchase"}
    assert names(stranger, "ArtistUpdateInput") == {"fullName"}
    assert stranger.type("ArtistInsertInput") is None
    assert stranger.type("ArtistDeleteResponse") is None


def test_functions_are_seen_by_those_who_may_call_them(stranger, seen, seen_by):
    assert "forbidden" not in seen.query.fields
    assert "open" not in stranger.query.fields
    assert "forbidden" in seen_by("postgres").query.fields


def test_a_schema_that_a_role_may_not_use_is_not_there(stranger):
    assert stranger.type("coin") is None
    assert stranger.type("kind") is None


def test_there_is_no_mutation_where_nothing_may_be_changed(owner):
    owner.execute("REVOKE ALL ON ALL TABLES IN SCHEMA gallery FROM anon")
    owner.execute("GRANT SELECT ON gallery.painting TO anon")
    owner.execute("REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA gallery FROM PUBLIC, anon")
    schema = _seen(owner, "anon")
    assert schema.mutation is None
    assert "Mutation" not in schema.names()


def test_privileges_of_a_role_that_one_is_a_member_of_are_ones_own(owner):
    owner.execute("REVOKE ALL ON gallery.painting FROM authenticated, anon")
    owner.execute("GRANT SELECT ON gallery.painting TO PUBLIC")
    assert _seen(owner, "anon").type("Painting") is not None


def _seen(connection: psycopg.Connection, role: str) -> RoleSchema:
    catalog = collected(connection, ["gallery", "vault"])
    return RoleSchema(catalog, privileges(connection, catalog, role))


def test_there_is_no_such_role(owner, catalog):
    assert privileges(owner, catalog, "nobody; DROP TABLE x") is None


def test_a_comment_that_cannot_be_understood_is_said(owner):
    owner.execute("COMMENT ON COLUMN gallery.painting.title IS '@graphql({name: x})'")
    trouble = collected(owner, ["gallery"]).trouble
    assert trouble
    assert trouble.startswith("Error while loading schema, check comment directives. ")


def test_reading_leaves_the_search_path_as_it_was(owner):
    owner.execute("SET LOCAL search_path = vault, gallery")
    _seen(owner, "anon")
    assert owner.execute("SHOW search_path").fetchone() == ("vault, gallery",)


def test_the_same_name_in_two_schemas_is_the_firsts(seen):
    assert seen.type("Artist").table.schema == "gallery"


@pytest.fixture
def types(gallery_server, gallery_database) -> Types:
    conninfo = gallery_server.conninfo("authenticator", gallery_database)
    return Types({name: str(value) for name, value in conninfo_to_dict(conninfo).items()})


def test_a_role_is_asked_for_once_and_held(types, gallery_server, gallery_database):
    async def ask():
        assert await types.of("anon") is None  # nothing has been read yet
        conninfo = gallery_server.conninfo("authenticator", gallery_database)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            types.reading(connection, ["gallery"])()
            assert types.known("anon") is None
            first, second = await asyncio.gather(types.of("anon"), types.of("anon"))
            assert first is second is types.known("anon")
            assert await types.of("nobody") is None
            types.reading(connection, ["gallery"])()
        # Read again with the catalogs, without having been asked for.
        assert types.known("anon") is not first
        assert types.known("anon").role == "anon"
        assert types.version == 2

    asyncio.run(ask())


def test_one_that_gives_up_does_not_end_what_others_wait_for(types, gallery_server, gallery_database):
    async def ask():
        conninfo = gallery_server.conninfo("authenticator", gallery_database)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            types.reading(connection, ["gallery"])()
        patient, hasty = (asyncio.ensure_future(types.of("anon")) for _ in range(2))
        await asyncio.sleep(0)
        hasty.cancel()
        assert (await patient).role == "anon"

    asyncio.run(ask())


def test_a_grant_is_seen_by_a_role_that_asks_again(types, gallery_server, gallery_database, monkeypatch):
    monkeypatch.setattr(held, "_AGE", 0.0)
    conninfo = gallery_server.conninfo("postgres", gallery_database)

    async def ask():
        with psycopg.connect(conninfo, autocommit=True) as owner:
            types.reading(owner, ["gallery"])()
            before = await types.of("anon")
            assert await types.again("anon") is before
            owner.execute("GRANT SELECT (born) ON gallery.artist TO anon")
            try:
                assert await types.of("anon") is before
                after = await types.again("anon")
            finally:
                owner.execute("REVOKE SELECT (born) ON gallery.artist FROM anon")
        assert "born" not in before.type("Artist").fields
        assert "born" in after.type("Artist").fields
        assert types.known("anon") is after

    asyncio.run(ask())


def test_a_role_is_not_asked_for_again_at_once(types, gallery_server, gallery_database):
    conninfo = gallery_server.conninfo("postgres", gallery_database)

    async def ask():
        with psycopg.connect(conninfo, autocommit=True) as owner:
            types.reading(owner, ["gallery"])()
            before = await types.of("anon")
        types._conninfo = "host=/nowhere"  # who asks would be told that nobody is there
        assert await types.again("anon") is before

    asyncio.run(ask())
