"""Plans of writes and calls, without a database."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.answer import Refusal
from haulback.gateway.rest.compiled import Body, FromPair, FromPairs
from haulback.gateway.rest.planned import Options, RequestShape
from haulback.gateway.rest.planning import planned
from haulback.gateway.rest.shape import taken_apart
from haulback.gateway.schema.model import (
    Column,
    Name,
    Parameter,
    Returned,
    Routine,
    SchemaCache,
    Table,
    Volatility,
)

INT = Returned(Name("pg_catalog", "int4"))
ITEMS = Table(
    Name("api", "items"),
    {
        "id": Column("id", "bigint", "bigint"),
        "name": Column("name", "text", "text", default="'x'::text"),
        'odd "{0}" $1': Column('odd "{0}" $1', "text", "text"),
    },
    primary_key=("id",),
)


def routine(name: str, *parameters: Parameter, **more) -> Routine:
    return Routine(Name("api", name), parameters, INT, **more)


def parameter(name: str, type_: str = "integer", **more) -> Parameter:
    return Parameter(name, type_, type_, **more)


ROUTINES = (
    routine("add", parameter("a"), parameter("b"), volatility=Volatility.IMMUTABLE),
    routine("over", parameter("a")),
    routine("over", parameter("a"), parameter("b", required=False)),
    routine("either", parameter("a")),
    routine("either", parameter("", "json")),
    routine("whole", parameter("", "json")),
    routine("whole", parameter("", "text")),
    routine("whole", parameter("", "bytea")),
    routine("two", parameter("", "json")),
    routine("two", parameter("", "jsonb")),
    routine("many", parameter("v", "integer[]", variadic=True), variadic=True),
    routine("none"),
    routine("optional", parameter("a", required=False)),
)
CACHE = SchemaCache(
    ("api",),
    tables={ITEMS.name: ITEMS},
    routines={one.name: tuple(each for each in ROUTINES if each.name == one.name) for one in ROUTINES},
)


def plan(method: str, url: str, options: Options = Options(), cache: SchemaCache = CACHE, **given_):  # noqa: B008
    path, _, query = url.partition("?")
    is_call = path.startswith("rpc/")
    shape, _ = taken_apart(query, of_call=is_call and method in {"GET", "HEAD"})
    return planned(RequestShape(method, "api", path.removeprefix("rpc/"), is_call, shape, **given_), cache, options)


def test_a_body_is_one_parameter_however_many_rows_it_brings():
    made = plan("POST", "items", body_keys=("id", "name"))
    assert made.main.binds == (Body(),)
    assert not made.needs_verdict


def test_values_of_the_query_come_behind_the_body():
    made = plan("PATCH", "items?id=eq.5&name=eq.x", body_keys=("name",), body_is_object=True)
    assert made.main.binds == (Body(), FromPair(0), FromPair(1))


@pytest.mark.parametrize(
    ("name", "keys", "content_type", "parameters"),
    [
        ("add", ("a", "b"), "", ["a", "b"]),
        ("over", ("a", "b"), "", ["a", "b"]),
        ("either", ("a",), "", ["a"]),
        ("either", ("x",), "application/json", [""]),
        ("whole", (), "text/plain", [""]),
        ("whole", (), "application/octet-stream", [""]),
        ("none", (), "", []),
        ("optional", (), "", []),
        ("optional", ("a",), "", ["a"]),
    ],
)
def test_the_function_that_takes_what_is_given_is_found(name, keys, content_type, parameters):
    made = plan("POST", f"rpc/{name}", body_keys=keys, content_type=content_type, body_is_object=True)
    assert len(made.main.binds) == (1 if parameters else 0)
    assert all(f'"{each}" := ' in made.main.sql for each in parameters if each)


@pytest.mark.parametrize(
    ("name", "keys", "content_type", "code"),
    [
        ("over", ("a",), "", "PGRST203"),
        ("two", (), "", "PGRST203"),
        ("over", (), "", "PGRST202"),
        ("over", ("a", "c"), "", "PGRST202"),
        ("none", ("a",), "", "PGRST202"),
        ("none", (), "text/plain", "PGRST202"),
        ("whole", (), "text/xml", "PGRST202"),
        ("optional", ("b",), "", "PGRST202"),
        ("nothing", (), "", "PGRST202"),
    ],
)
def test_none_or_several_are_refused(name, keys, content_type, code):
    with pytest.raises(Refusal) as refused:
        plan("POST", f"rpc/{name}", body_keys=keys, content_type=content_type)
    assert refused.value.code == code


def test_an_unnamed_parameter_takes_no_query():
    with pytest.raises(Refusal, match=r"Could not find the function api\.whole without parameters"):
        plan("GET", "rpc/whole")


def test_bytes_go_as_bytes():
    made = plan("POST", "rpc/whole", body_keys=(), content_type="application/octet-stream")
    assert made.main.binds == (Body(binary=True),)


def test_every_value_of_a_variadic_argument_is_taken():
    made = plan("GET", "rpc/many?v=1&v=2")
    (bind,) = made.main.binds
    assert isinstance(bind, FromPairs)
    assert (bind.pairs, bind.into(["1", 'a"\\', ""])) == ((0, 1), '{"1","a\\"\\\\",""}')


@pytest.mark.parametrize(
    ("method", "name", "read_only"),
    [("GET", "over", True), ("HEAD", "over", True), ("POST", "add", True), ("POST", "over", False)],
)
def test_volatility_and_verb_decide_whether_it_may_write(method: str, name: str, *, read_only: bool):
    query = "" if method == "POST" else "?a=1&b=2"
    made = plan(method, f"rpc/{name}{query}", body_keys=("a", "b"), body_is_object=True)
    assert (made.read_only, made.is_call) == (read_only, True)


def test_an_unknown_verb_is_no_delete():
    for path, code in (("items", "PGRST117"), ("rpc/add", "PGRST101")):
        with pytest.raises(Refusal) as refused:
            plan("PURGE", path)
        assert (refused.value.status, refused.value.code) == (405, code)


@pytest.mark.parametrize(
    ("tx_end", "prefer", "rolled_back"),
    [
        ("commit", "", False),
        ("commit", "tx=rollback", False),
        ("commit-allow-override", "tx=rollback", True),
        ("rollback", "tx=commit", True),
        ("rollback-allow-override", "tx=commit", False),
        ("rollback-allow-override", "", True),
    ],
)
def test_who_decides_how_a_transaction_ends(tx_end: str, prefer: str, *, rolled_back: bool):
    assert plan("DELETE", "items", Options(tx_end=tx_end), prefer=prefer).rolled_back is rolled_back
    assert not plan("GET", "items", Options(tx_end=tx_end), prefer=prefer).rolled_back


def test_a_read_of_one_object_need_not_wait_for_its_verdict():
    single = {"accept": "application/vnd.pgrst.object+json"}
    assert not plan("GET", "items", **single).needs_verdict
    assert plan("POST", "items", body_keys=("id",), **single).needs_verdict


CALM = replace(CACHE, commits_vary=False, tables={ITEMS.name: replace(ITEMS, is_logged=True)})


@pytest.mark.parametrize(
    ("method", "given_", "cache", "only_inserts"),
    [
        ("POST", {}, CALM, True),
        ("POST", {"prefer": "return=headers-only, resolution=ignore-duplicates"}, CALM, True),
        ("POST", {"prefer": "return=representation"}, CALM, False),
        ("POST", {"prefer": "resolution=merge-duplicates"}, CALM, False),
        ("POST", {"body_is_object": False}, CALM, False),
        ("POST", {"accept": "application/vnd.pgrst.plan"}, CALM, False),
        ("PATCH", {}, CALM, False),
        ("PUT", {"url": "items?id=eq.1"}, CALM, False),
        ("POST", {}, replace(CALM, commits_vary=True), False),
        ("POST", {}, replace(CALM, tables=CACHE.tables), False),
    ],
)
def test_which_writes_may_be_flushed_together(method: str, given_: dict, cache: SchemaCache, *, only_inserts: bool):
    given_ = {"url": "items", "body_keys": ("id",), "body_is_object": True, **given_}
    made = plan(method, given_.pop("url"), Options(plan=True), cache, **given_)
    assert made.only_inserts is only_inserts
    assert made.shareable is only_inserts


NAMES = st.sampled_from(["id", "name", 'odd "{0}" $1', "nothing"]) | st.text(max_size=6)


@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "PURGE"]),
    path=st.sampled_from(["items", "rpc/add", "rpc/over", "rpc/whole", "rpc/many", "rpc/optional", "nothing", ""]),
    query=st.text(alphabet='ab=&.,()*"id:$!->n\u00e9 ', max_size=40),
    prefer=st.text(max_size=20),
    accept=st.text(max_size=20),
    content_type=st.text(max_size=20),
    range_=st.text(max_size=6),
    keys=st.none() | st.lists(NAMES, max_size=4, unique=True).map(lambda names: tuple(sorted(names))),
    is_object=st.booleans(),
)
def test_any_shape_is_planned_or_refused(method, path, query, prefer, accept, content_type, range_, keys, is_object):
    try:
        made = plan(
            method,
            f"{path}?{query}",
            prefer=prefer,
            accept=accept,
            content_type=content_type,
            range=range_,
            body_keys=keys,
            body_is_object=is_object,
        )
    except Refusal as refused:
        outcome = 300 <= refused.status < 500
    else:
        outcome = bool(made.main.sql)
    assert outcome
