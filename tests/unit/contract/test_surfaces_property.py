"""Rules that hold for every surface."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from haulback.contract.comparing import compare
from haulback.contract.document import of_document, text
from haulback.model.contract import (
    ALL,
    ROLES,
    Argument,
    Embed,
    OfferedColumn,
    OfferedFunction,
    OfferedTable,
    SentTable,
    Severity,
    Surface,
    Verb,
)

NAMES = st.sampled_from(["a", "b", "Odd One", "ü"])
TYPES = st.sampled_from(["text", "integer", "bigint", "character varying(10)", "numeric(10,2)", "public.mood"])
LISTS = st.lists(NAMES, max_size=3, unique=True).map(tuple)
COLUMNS = st.builds(OfferedColumn, TYPES, st.booleans(), st.booleans(), st.booleans(), LISTS)
MAY = st.dictionaries(st.sampled_from(Verb), st.just(ALL) | LISTS, max_size=4)
EMBEDS = st.dictionaries(
    NAMES.map(lambda name: f"public.{name}"),
    st.lists(st.builds(Embed, NAMES, st.booleans()), min_size=1, max_size=3, unique=True).map(tuple),
    max_size=2,
)
TABLES = st.builds(
    OfferedTable,
    st.dictionaries(NAMES, COLUMNS, max_size=3),
    st.dictionaries(st.sampled_from(ROLES), MAY, max_size=3),
    EMBEDS,
    LISTS,
    st.booleans(),
)
ARGUMENTS = st.lists(st.builds(Argument, NAMES, TYPES, st.booleans()), max_size=3, unique_by=lambda one: one.name).map(
    tuple
)
FUNCTIONS = st.builds(
    OfferedFunction,
    ARGUMENTS,
    TYPES,
    st.booleans(),
    st.lists(st.tuples(NAMES, TYPES), max_size=2, unique_by=lambda one: one[0]).map(tuple),
    st.lists(st.sampled_from(ROLES), min_size=1, max_size=3, unique=True).map(tuple),
)
NAMED = NAMES.map(lambda name: f"public.{name}")
SENT = st.builds(
    SentTable,
    st.dictionaries(NAMES, TYPES, max_size=3),
    st.dictionaries(st.sampled_from(ROLES), st.just(ALL) | LISTS, max_size=3),
    LISTS,
    st.just(ALL) | LISTS,
    st.lists(st.sampled_from(["insert", "update", "delete"]), max_size=3, unique=True).map(tuple),
    st.sampled_from(["", "(id > 0)"]),
)
GRAPH = (*(f"# {number}" for number in range(20)), "type Query {", "  b: Int", "}")
SURFACES = st.builds(
    Surface,
    st.just(("public",)),
    st.just(ROLES),
    st.dictionaries(NAMED, TABLES, max_size=3),
    st.dictionaries(NAMED, FUNCTIONS.map(lambda one: (one,)), max_size=2),
    st.none() | st.dictionaries(NAMED, SENT, max_size=3),
    st.none() | st.dictionaries(st.sampled_from(ROLES), st.sampled_from([("type Query { a: Int }",), GRAPH])),
)


@given(SURFACES)
def test_a_surface_differs_in_nothing_from_itself(surface):
    assert compare(surface, surface) == ()


@given(SURFACES)
def test_a_document_holds_all_of_a_surface(surface):
    assert of_document(json.loads(text(surface))) == surface


@given(SURFACES, SURFACES)
def test_any_two_can_be_compared_and_what_is_told_reads_well(before, after):
    found = compare(before, after)
    assert all(one.told and not one.told.endswith(".") for one in found)
    ranks = [list(Severity).index(one.severity) for one in found]
    assert ranks == sorted(ranks)


@given(SURFACES)
def test_what_only_grows_breaks_nobody(surface):
    nothing = Surface(surface.schemas, surface.roles)
    assert {one.severity for one in compare(nothing, surface)} <= {Severity.COMPATIBLE}
