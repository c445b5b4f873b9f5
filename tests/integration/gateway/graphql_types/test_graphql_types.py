"""The types that a catalog makes, as pg_graphql documents them."""

from __future__ import annotations

from haulback.gateway.graphql.meanings import Call, Computed, ToMany, ToOne
from haulback.gateway.graphql.model import EnumType, InputType, ListOf, Named, ObjectType, Ref
from haulback.gateway.graphql.types.reading import collected, privileges
from haulback.gateway.graphql.types.schema import RoleSchema


def text(ref: Ref) -> str:
    """A type as GraphQL writes it."""
    if isinstance(ref, Named):
        return ref.name
    return f"[{text(ref.of)}]" if isinstance(ref, ListOf) else f"{text(ref.of)}!"


def fields(schema: RoleSchema, name: str) -> dict[str, str]:
    found = schema.type(name)
    assert isinstance(found, ObjectType | InputType)
    return {field.name: text(field.type) for field in found.fields.values()}


def test_a_row_has_its_id_then_columns_then_ways_then_functions(seen):
    assert fields(seen, "Artist") == {
        "nodeId": "ID!",
        "id": "Int!",
        "fullName": "String!",
        "code": "String",
        "mood": "Feeling",
        "atticMood": "Opaque",
        "secret": "Opaque",
        "nick": "Opaque",
        "tags": "[String]",
        "moods": "[Feeling]",
        "facts": "JSON",
        "born": "Date",
        "seen": "Datetime",
        "wage": "BigFloat",
        "weight": "Float",
        "visits": "BigInt",
        "alive": "Boolean",
        "token": "UUID",
        "place": "Opaque",
        "shouted": "String",
        "calledElse": "String",
        "paintingCollection": "PaintingConnection",
        "restorations": "PaintingConnection",
        "biography": "Biography",
        "coinCollection": "coinConnection",
        "livings": "LivingConnection",
        "greeting": "String",
        "best": "Painting",
        "works": "PaintingConnection",
        "shadow": "Undeclared",
    }


def test_a_table_says_what_it_is(seen):
    artist = seen.type("Artist")
    assert artist.description == "who paints"
    assert artist.fields["calledElse"].description == "of a column"
    assert artist.interfaces == ("Node",)


def test_the_way_to_a_row_is_certain_where_the_key_is_and_no_policy_may_hide_it(seen):
    assert fields(seen, "Painting") == {
        "nodeId": "ID!",
        "id": "BigInt!",
        "artistId": "Int!",
        "restoredBy": "Int",
        "copyOf": "BigInt",
        "title": "String",
        "artist": "Artist!",
        "restorer": "Artist",
        "original": "Painting",
        "copies": "PaintingConnection",
    }
    assert fields(seen, "Chapter")["artist"] == "Biography"


def test_ways_pair_the_columns_of_both_sides(seen):
    out, back = (seen.type(name).fields[field].meaning for name, field in (("Painting", "artist"), ("Artist", "works")))
    assert isinstance(out, ToOne)
    assert (out.table.name, out.pairs, out.reverse) == ("artist", (("artist_id", "id"),), False)
    assert isinstance(back, Computed)
    assert (back.table.name, back.many) == ("painting", True)
    many = seen.type("Artist").fields["paintingCollection"].meaning
    assert isinstance(many, ToMany)
    assert (many.table.name, many.pairs) == ("painting", (("id", "artist_id"),))
    one = seen.type("Artist").fields["biography"].meaning
    assert isinstance(one, ToOne)
    assert (one.table.name, one.pairs, one.reverse) == ("biography", (("id", "artist_id"),), True)


def test_counts_are_there_where_a_comment_asks_for_them(seen):
    assert fields(seen, "ArtistConnection") == {
        "edges": "[ArtistEdge!]!",
        "pageInfo": "PageInfo!",
        "totalCount": "Int!",
        "aggregate": "ArtistAggregate",
    }
    assert fields(seen, "PaintingConnection") == {"edges": "[PaintingEdge!]!", "pageInfo": "PageInfo!"}
    assert seen.type("PaintingAggregate") is None


def test_aggregates_have_the_columns_that_they_can_be_worked_out_of(seen):
    assert fields(seen, "ArtistAggregate") == {
        "count": "Int!",
        "sum": "ArtistSumAggregateResult",
        "avg": "ArtistAvgAggregateResult",
        "min": "ArtistMinAggregateResult",
        "max": "ArtistMaxAggregateResult",
    }
    assert fields(seen, "ArtistSumAggregateResult") == {
        "id": "BigInt",
        "wage": "BigFloat",
        "weight": "BigFloat",
        "visits": "BigInt",
    }
    assert set(fields(seen, "ArtistMaxAggregateResult")) == {
        *("id", "fullName", "code", "born", "seen", "wage", "weight", "visits", "alive", "shouted", "calledElse")
    }


def test_filters_are_of_what_can_be_compared(seen):
    assert fields(seen, "ArtistFilter") == {
        "id": "IntFilter",
        "fullName": "StringFilter",
        "code": "StringFilter",
        "mood": "FeelingFilter",
        "atticMood": "OpaqueFilter",
        "secret": "OpaqueFilter",
        "nick": "OpaqueFilter",
        "tags": "StringListFilter",
        "born": "DateFilter",
        "seen": "DatetimeFilter",
        "wage": "BigFloatFilter",
        "weight": "FloatFilter",
        "visits": "BigIntFilter",
        "alive": "BooleanFilter",
        "token": "UUIDFilter",
        "place": "OpaqueFilter",
        "shouted": "StringFilter",
        "calledElse": "StringFilter",
        "nodeId": "IDFilter",
        "and": "[ArtistFilter!]",
        "or": "[ArtistFilter!]",
        "not": "ArtistFilter",
    }
    assert {"tags", "moods", "facts"}.isdisjoint(fields(seen, "ArtistOrderBy"))


def test_values_are_compared_by_what_their_type_can(seen):
    ordered = dict.fromkeys(("eq", "gt", "gte", "lt", "lte", "neq"), "Int")
    assert fields(seen, "IntFilter") == ordered | {"in": "[Int!]", "is": "FilterIs"}
    assert fields(seen, "FeelingFilter") == {"eq": "Feeling", "in": "[Feeling!]", "is": "FilterIs", "neq": "Feeling"}
    assert list(fields(seen, "StringListFilter")) == ["containedBy", "contains", "eq", "is", "overlaps"]


def test_what_postgresql_numbers_or_computes_is_not_given(seen):
    inserted = fields(seen, "ArtistInsertInput")
    assert {"id", "shouted", "frame", "! odd"}.isdisjoint(inserted)
    assert inserted["fullName"] == "String"
    assert set(fields(seen, "PaintingUpdateInput")) == {"artistId", "restoredBy", "copyOf", "title"}


def test_an_enum_has_the_values_that_its_comment_gives(seen):
    feeling = seen.type("Feeling")
    assert isinstance(feeling, EnumType)
    assert {value.name: value.label for value in feeling.values.values()} == {"VERY_HAPPY": "very happy", "sad": "sad"}


def test_the_root_finds_rows_by_key_where_the_key_is_of_plain_types(seen):
    asked = {name: list(field.arguments) for name, field in seen.query.fields.items() if name.endswith("ByPk")}
    assert asked == {
        "artistByPk": ["id"],
        "paintingByPk": ["id"],
        "biographyByPk": ["artistId"],
        "chapterByPk": ["artistId", "number"],
        "livingByPk": ["id"],
        "coinByPk": ["id"],
    }
    assert text(seen.query.fields["livingByPk"].arguments["id"].type) == "Int!"


def test_functions_are_fields_of_the_root_that_their_volatility_says(seen):
    called = {name for name, field in seen.query.fields.items() if isinstance(field.meaning, Call)}
    assert called == {"addUp", "newest", "search", "split", "open"}
    mutations = {name for name, field in seen.mutation.fields.items() if isinstance(field.meaning, Call)}
    assert mutations == {"purchase"}
    assert seen.mutation.fields["purchase"].description == "of a function"


def test_arguments_are_those_of_the_function_and_of_the_page(seen):
    add = seen.query.fields["addUp"]
    assert {one.name: (text(one.type), one.default) for one in add.arguments.values()} == {
        "firstOne": ("Int!", None),
        "other": ("Int", "3"),
    }
    assert add.meaning.arguments["firstOne"].name == "first_one"
    assert list(seen.query.fields["search"].arguments) == [
        *("query", "first", "last", "before", "after", "offset", "filter", "orderBy")
    ]
    assert text(seen.query.fields["split"].arguments["words"].type) == "[String]!"


def test_tables_without_a_key_or_with_a_name_that_is_taken_are_not_seen(seen):
    names = {table.name for table, _ in seen.view.tables()}
    assert names == {"artist", "painting", "biography", "chapter", "visit", "living", "coin"}


def test_a_function_of_a_row_may_return_a_row_without_a_key(seen):
    undeclared = seen.type("Undeclared")
    assert (list(undeclared.fields), undeclared.interfaces) == (["id"], ())
    assert seen.type("UndeclaredConnection") is None


def test_pages_are_as_long_as_the_comment_nearest_says(seen, catalog):
    rows = {(table.schema, table.name): table.max_rows for table in catalog.tables.values()}
    assert (rows["gallery", "painting"], rows["gallery", "artist"], rows["vault", "coin"]) == (5, 50, 30)


def test_casts_do_not_cut(seen):
    columns = {column.name: column for column in seen.type("Artist").table.columns.values()}
    types = {name: seen.catalog.types[columns[name].type].sql for name in ("full_name", "code", "mood", "tags")}
    assert types == {"full_name": "character varying", "code": "bpchar", "mood": "gallery.mood", "tags": "text[]"}
    assert (columns["full_name"].max_length, columns["code"].max_length) == (40, 3)


def test_a_column_that_is_called_like_a_word_of_filters_takes_its_place(owner):
    owner.execute('CREATE TABLE vault.words (id integer PRIMARY KEY, "and" text, "or" text)')
    catalog = collected(owner, ["vault"])
    schema = RoleSchema(catalog, privileges(owner, catalog, "postgres"))
    assert fields(schema, "wordsFilter") == {
        "id": "IntFilter",
        "and": "StringFilter",
        "or": "StringFilter",
        "nodeId": "IDFilter",
        "not": "wordsFilter",
    }
