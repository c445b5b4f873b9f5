"""Media types and what is chosen among them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.answer import Refusal
from haulback.gateway.rest.media import Builtin, Explain, MediaType, accepted, media_type, negotiated
from haulback.gateway.schema.model import MediaHandler, Name, SchemaCache

LINES = Name("api", "lines")
TWKB = MediaHandler(Name("api", "twkb_agg"), LINES, "application/vnd.twkb")
CACHE = SchemaCache(("api",), handlers={(LINES, "application/vnd.twkb"): TWKB})


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("application/json", MediaType("application/json")),
        ("application/json; charset=utf-8", MediaType("application/json")),
        ("application/json; $$ ignored $$", MediaType("application/json")),
        ("ApplicatIon/vnd.PgRsT.object+json", MediaType("application/vnd.pgrst.object+json")),
        ("application/vnd.pgrst.object; NULLS=stripped", MediaType("application/vnd.pgrst.object+json", stripped=True)),
        ("application/vnd.pgrst.array+json", MediaType("application/json")),
        (
            "application/vnd.pgrst.array+json;nulls=stripped",
            MediaType("application/vnd.pgrst.array+json", stripped=True),
        ),
        ("application/vnd.pgrst.plan;", MediaType("application/json", explain=Explain())),
        (
            'application/vnd.pgrst.plan+json ; for="text/xml" ; options=wal|analyze|huh',
            MediaType("text/xml", explain=Explain(is_json=True, options=("analyze", "wal"))),
        ),
        ("application/vnd.TWKB", MediaType("application/vnd.TWKB")),
        ("undefined", MediaType("undefined")),
        ("text/", MediaType("text/")),
    ],
)
def test_a_media_type_is_read_with_its_parameters(text: str, read: MediaType):
    assert media_type(text) == read


def test_a_plan_says_for_what_it_is():
    text = 'application/vnd.pgrst.plan+json;for="application/vnd.pgrst.object+json";options=buffers'
    assert media_type(text).content_type == (
        'application/vnd.pgrst.plan+json; for="application/vnd.pgrst.object+json"; options=buffers; charset=utf-8'
    )


def test_plans_of_plans_end_somewhere():
    text = "application/json"
    for _ in range(50):
        text = f'application/vnd.pgrst.plan; for="{text}"'
    assert media_type(text).explain is None


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("", ["*/*"]),
        ("text/csv;q=0.5, application/json;q=0.9", ["application/json", "text/csv"]),
        ("*/*, text/csv", ["text/csv", "*/*"]),
        ("text/html,application/xml;q=0.9,image/png,*/*;q=0.8", ["text/html", "image/png", "application/xml", "*/*"]),
        ("text/csv;q=nonsense, application/json", ["text/csv", "application/json"]),
    ],
)
def test_the_best_liked_type_comes_first(header: str, names: list[str]):
    assert [each.name for each in accepted(header)] == names


@pytest.mark.parametrize(
    ("accept", "handler", "content_type"),
    [
        ("", Builtin.JSON, "application/json; charset=utf-8"),
        ("text/csv", Builtin.CSV, "text/csv; charset=utf-8"),
        ("application/vnd.pgrst.object+json", Builtin.OBJECT, "application/vnd.pgrst.object+json; charset=utf-8"),
        (
            "application/vnd.pgrst.array+json;nulls=stripped",
            Builtin.ARRAY_STRIPPED,
            "application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8",
        ),
        ("text/plain, application/json", Builtin.JSON, "application/json; charset=utf-8"),
        ("application/vnd.twkb", TWKB, "application/vnd.twkb"),
    ],
)
def test_the_first_type_that_can_be_made_is(accept: str, handler: object, content_type: str):
    found, media = negotiated(accept, LINES, CACHE, whole_rows=True, plans=False)
    assert (found, media.content_type) == (handler, content_type)


@pytest.mark.parametrize(
    ("accept", "whole_rows", "listed"),
    [
        ("text/plain", True, "text/plain"),
        ("undefined", True, "undefined"),
        ("application/vnd.twkb", False, "application/vnd.twkb"),
        ("application/vnd.pgrst.plan", True, 'application/vnd.pgrst.plan+text; for="application/json"'),
    ],
)
def test_none_that_can_be_made_is_refused(accept: str, *, whole_rows: bool, listed: str):
    with pytest.raises(Refusal) as refused:
        negotiated(accept, LINES, CACHE, whole_rows=whole_rows, plans=False)
    assert (refused.value.status, refused.value.code) == (406, "PGRST107")
    assert refused.value.message == f"None of these media types are available: {listed}"


@given(st.text(alphabet=st.sampled_from('aA/*+-.;="|q0. \t,é$') | st.characters(), max_size=200))
def test_any_header_is_read(header: str):
    assert len(accepted(header)) == header.count(",") + 1
    assert all(each.content_type.startswith(each.mime) for each in accepted(header))
