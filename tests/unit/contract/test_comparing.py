"""What each difference between two surfaces does to clients."""

from __future__ import annotations

from dataclasses import replace

import pytest

from haulback.contract.comparing import compare
from haulback.model.contract import (
    ALL,
    Argument,
    Embed,
    OfferedColumn,
    OfferedFunction,
    OfferedTable,
    Surface,
    Verb,
)

READ = {"anon": {Verb.SELECT: ALL}}
READ_AND_WRITE = {"authenticated": dict.fromkeys(Verb, ALL)}
ID = OfferedColumn("bigint", nullable=False)
TITLE = OfferedColumn("text")


def table(may=None, embeds=None, key=("id",), **columns):
    return OfferedTable({"id": ID, **columns}, may or READ_AND_WRITE, embeds or {}, key)


def surface(functions=None, **tables):
    named = {f"public.{name}": one for name, one in tables.items()}
    return Surface(("public",), ("anon", "authenticated"), named, functions or {})


def told(before, after):
    return [(str(one.severity), one.kind, one.told) for one in compare(before, after)]


def of_column(before, after, may=None):
    one = table(may) if before is None else table(may, title=before)
    other = table(may) if after is None else table(may, title=after)
    return [(str(each.severity), each.kind) for each in compare(surface(notes=one), surface(notes=other))]


def test_the_same_surface_differs_in_nothing():
    one = surface(notes=table(title=TITLE))
    assert compare(one, one) == ()


def test_a_table_that_is_gone_is_told_once_and_not_for_what_embedded_it():
    people = table(embeds={"public.notes": (Embed("notes_author_fkey", to_one=False),)})
    found = told(surface(notes=table(), people=people), surface(people=table()))
    assert found == [("breaking", "table-gone", "public.notes is gone for authenticated")]


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (TITLE, None, ("breaking", "column-gone")),
        (None, TITLE, ("compatible", "column-added")),
        (None, OfferedColumn("text", nullable=False, required=True), ("breaking", "column-required")),
        (TITLE, OfferedColumn("text", nullable=False, required=True), ("breaking", "column-required")),
        (TITLE, OfferedColumn("text", nullable=False), ("risk", "column-not-null")),
        (OfferedColumn("text", nullable=False), TITLE, ("breaking", "column-nullable")),
        (TITLE, OfferedColumn("text", written=False), ("breaking", "column-generated")),
        (TITLE, OfferedColumn("jsonb"), ("breaking", "column-type")),
        (OfferedColumn("integer"), OfferedColumn("bigint"), ("compatible", "column-wider")),
        (OfferedColumn("bigint"), OfferedColumn("integer"), ("breaking", "column-type")),
        (OfferedColumn("character varying(10)"), OfferedColumn("text"), ("compatible", "column-wider")),
        (OfferedColumn("text"), OfferedColumn("character varying(10)"), ("breaking", "column-type")),
        (
            OfferedColumn("character varying(10)"),
            OfferedColumn("character varying(9)"),
            ("breaking", "column-type"),
        ),
        (OfferedColumn("numeric(10,2)"), OfferedColumn("numeric(12,2)"), ("compatible", "column-wider")),
        (OfferedColumn("numeric(10,2)"), OfferedColumn("numeric(12,3)"), ("breaking", "column-type")),
        (OfferedColumn("numeric(10,2)"), OfferedColumn("numeric"), ("compatible", "column-wider")),
        (OfferedColumn("mood", values=("a", "b")), OfferedColumn("mood", values=("a",)), ("breaking", "value-gone")),
        (OfferedColumn("mood", values=("a",)), OfferedColumn("mood", values=("a", "b")), ("risk", "value-added")),
        (TITLE, OfferedColumn("text", values=("a",)), ("risk", "values-bound")),
    ],
)
def test_a_column(before, after, wanted):
    assert of_column(before, after) == [wanted]


def test_who_only_reads_is_not_hit_by_what_writers_have_to_do():
    assert of_column(TITLE, OfferedColumn("text", nullable=False, required=True), READ) == []
    assert of_column(None, OfferedColumn("text", nullable=False, required=True), READ) == [
        ("compatible", "column-added")
    ]


def test_a_required_column_that_inserters_may_not_write_hits_them_all_the_more():
    before = surface(notes=table({"anon": {Verb.INSERT: ("id",)}}, title=TITLE))
    required = OfferedColumn("text", nullable=False, required=True)
    after = surface(notes=table({"anon": {Verb.INSERT: ("id",)}}, title=required))
    assert [(str(one.severity), one.kind, one.roles) for one in compare(before, after)] == [
        ("breaking", "column-required", ("anon",))
    ]


def test_a_trigger_may_fill_what_became_required():
    required = OfferedColumn("text", nullable=False, required=True)
    before, after = table(title=TITLE), replace(table(title=required, other=required), fills=True)
    assert told(surface(notes=before), surface(notes=after)) == [
        (
            "risk",
            "column-required",
            "public.notes.other is new and has no default: inserts that leave it out fail, unless a trigger fills it",
        ),
        (
            "risk",
            "column-required",
            "public.notes.title became required: inserts that leave it out fail, unless a trigger fills it",
        ),
    ]


def test_what_nobody_could_use_is_no_part_of_the_contract():
    hidden = {"anon": {Verb.SELECT: ("id",)}}
    assert of_column(TITLE, None, hidden) == []


def test_a_verb_that_a_role_lost_and_one_that_it_won():
    before = surface(notes=table(READ_AND_WRITE))
    after = surface(notes=table({"anon": {Verb.SELECT: ALL}, "authenticated": {Verb.SELECT: ALL}}))
    assert told(before, after) == [
        ("breaking", "verb-gone", "authenticated may delete public.notes no more"),
        ("breaking", "verb-gone", "authenticated may insert public.notes no more"),
        ("breaking", "verb-gone", "authenticated may update public.notes no more"),
        ("compatible", "verb-added", "anon may select public.notes"),
    ]


def test_a_column_that_a_role_may_read_no_more():
    before = surface(notes=table(READ, title=TITLE))
    after = surface(notes=table({"anon": {Verb.SELECT: ("id",)}}, title=TITLE))
    assert told(before, after) == [("breaking", "verb-gone", "anon may select public.notes.title no more")]


def test_a_new_column_without_a_grant_takes_the_star_away():
    before = surface(notes=table(READ))
    after = surface(notes=table({"anon": {Verb.SELECT: ("id",)}}, title=TITLE))
    assert [(str(one.severity), one.kind, one.roles) for one in compare(before, after)] == [
        ("breaking", "column-hidden", ("anon",)),
        ("compatible", "column-added", ()),
    ]


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ([("a", True)], [], [("breaking", "embed-gone")]),
        ([], [("a", True)], [("compatible", "embed-added")]),
        ([("a", True)], [("a", False)], [("breaking", "embed-shape")]),
        ([("a", True)], [("b", True)], [("risk", "embed-renamed")]),
        ([("a", True)], [("a", True), ("b", True)], [("breaking", "embed-ambiguous")]),
        ([("a", True), ("b", True)], [("b", True)], [("breaking", "embed-gone")]),
        ([("a", True), ("a", False)], [("a", True), ("a", False)], []),
    ],
)
def test_an_embed(before, after, wanted):
    def holding(ways):
        embeds = {"public.people": tuple(Embed(*way) for way in ways)} if ways else {}
        return surface(notes=table(embeds=embeds), people=table())

    assert [(str(one.severity), one.kind) for one in compare(holding(before), holding(after))] == wanted


A, B = Argument("a", "text"), Argument("b", "integer", required=False)
CALL = OfferedFunction((A, B), "bigint", roles=("anon",))


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        ([], [("breaking", "function-gone")]),
        ([replace(CALL, arguments=(A,))], [("breaking", "argument-gone")]),
        ([replace(CALL, arguments=(A, replace(B, type="bigint")))], []),
        ([replace(CALL, arguments=(A, replace(B, type="date")))], [("breaking", "argument-type")]),
        ([replace(CALL, arguments=(A, replace(B, required=True)))], [("breaking", "argument-required")]),
        ([replace(CALL, arguments=(A, B, Argument("c", "text")))], [("breaking", "argument-required")]),
        ([replace(CALL, arguments=(A, B, Argument("c", "text", required=False)))], [("compatible", "argument-added")]),
        ([replace(CALL, returns="text")], [("breaking", "returns-changed")]),
        ([replace(CALL, is_set=True)], [("breaking", "returns-changed")]),
        ([replace(CALL, roles=("authenticated",))], [("breaking", "call-forbidden")]),
        ([CALL, replace(CALL, arguments=(A, replace(B, type="date")))], [("breaking", "call-ambiguous")]),
        ([CALL, replace(CALL, arguments=(Argument("z", "text"),))], []),
    ],
)
def test_a_function(after, wanted):
    before, after = surface({"public.f": (CALL,)}), surface({"public.f": tuple(after)} if after else {})
    assert [(str(one.severity), one.kind) for one in compare(before, after)] == wanted


def test_columns_that_a_function_returns():
    before = replace(CALL, returns="record", columns=(("id", "bigint"), ("title", "text")))
    after = replace(before, columns=(("id", "uuid"), ("body", "text")))
    assert told(surface({"public.f": (before,)}), surface({"public.f": (after,)})) == [
        ("breaking", "returns-changed", "id of what public.f() returns is uuid, and was bigint"),
        ("breaking", "returns-changed", "public.f() returns title no more"),
    ]


def test_the_key_that_upserts_go_by():
    found = told(surface(notes=table()), surface(notes=table(key=())))
    assert found == [
        ("breaking", "key-changed", "the primary key of public.notes is gone, and was (id): upserts go by it")
    ]


def test_another_default_schema():
    before = Surface(("public", "api"), ())
    assert [(one.kind, one.path) for one in compare(before, Surface(("api",), ()))] == [
        ("default-schema", ("api",)),
        ("schema-gone", ("public",)),
    ]


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("anon", "anon", []),
        ("anon", "web", [("risk", "strangers-changed", "requests without a token are made as web, and were as anon")]),
        ("anon", "", [("breaking", "strangers-changed", "requests without a token are refused")]),
        (
            "",
            "web",
            [("compatible", "strangers-changed", "requests without a token are made as web, and were refused")],
        ),
    ],
)
def test_whom_strangers_are_taken_for(before, after, wanted):
    one, other = (replace(surface(), anonymous=name) for name in (before, after))
    assert told(one, other) == wanted
