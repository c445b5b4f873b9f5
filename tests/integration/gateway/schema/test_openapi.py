"""The document at the root: what the asking role may use, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from haulback.gateway.answer import Refusal
from haulback.gateway.rest.compiled import bound
from haulback.gateway.rest.openapi.document import Mode, Server
from haulback.gateway.rest.openapi.plan import openapi_plan
from haulback.gateway.rest.planned import Options, RequestShape, Row
from haulback.gateway.rest.shape import Shape
from haulback.gateway.schema.model import SchemaCache

Document = dict[str, Any]
_ROOT = RequestShape("GET", "shop", "", is_call=False, shape=Shape(()))


@pytest.fixture
def asked(shop_server, shop_database, shop: SchemaCache) -> Iterator[Callable[..., Any]]:
    """Asks for the document as a role and returns the answer."""
    with psycopg.connect(
        shop_server.conninfo("postgres", shop_database), autocommit=True, cursor_factory=psycopg.RawCursor
    ) as connection:

        def ask(role: str, shape: RequestShape = _ROOT, server: Server | None = None) -> Any:
            plan = openapi_plan(shape, shop, Options(server=server or Server()))
            values = [value.decode() if value else None for value in bound(plan.main.binds, [], None)]
            with connection.transaction():
                connection.execute("SELECT set_config('role', $1, true)", [role])
                row = connection.execute(plan.main.sql, values).fetchone()
            assert row is not None
            return plan.answer(Row(row[0], row[1], (), row[3].encode(), row[4], row[5], None), None, ())

        yield ask


@pytest.fixture
def document(asked) -> Callable[[str], Document]:
    return lambda role: json.loads(asked(role).body)


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (value for key, value in part.items() if key == "$ref")
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from references(each)


def test_all_that_is_exposed(document, shop):
    whole = document("postgres")
    assert set(whole["definitions"]) == {name.name for name in shop.tables}
    called = {f"/rpc/{name.name}" for name in shop.routines}
    assert set(whole["paths"]) == {"/", *called, *(f"/{name.name}" for name in shop.tables)}


def test_every_reference_leads_somewhere(document):
    whole = document("postgres")
    for reference in set(references(whole)):
        _, kind, name = reference.split("/", 2)
        assert name in whole[kind], reference


def test_only_what_the_role_may_use(document, shop_server, shop_database):
    with psycopg.connect(shop_server.conninfo("postgres", shop_database), autocommit=True) as owner:
        owner.execute("GRANT USAGE ON SCHEMA shop TO anon")
        owner.execute("GRANT SELECT ON shop.makers TO anon")
        owner.execute("GRANT UPDATE (label) ON shop.parts TO anon")
        owner.execute("REVOKE EXECUTE ON FUNCTION shop.pairs FROM PUBLIC")
    for_anon = document("anon")
    assert set(for_anon["definitions"]) == {"makers", "parts"}
    assert "/rpc/add" in for_anon["paths"]
    assert "/rpc/pairs" not in for_anon["paths"]
    assert not any(name.startswith("rowFilter.stores") for name in for_anon["parameters"])


def test_columns(document):
    properties = document("postgres")["definitions"]["parts"]["properties"]
    assert properties["id"]["description"] == "Note:\nThis is a Primary Key.<pk/>"
    assert properties["maker"] == {
        "format": "int32",
        "type": "integer",
        "description": "Note:\nThis is a Foreign Key to `makers.id`.<fk table='makers' column='id'/>",
    }
    assert properties["label"] == {
        "format": "character varying",
        "type": "string",
        "default": "new",
        "description": "What it is called",
        "maxLength": 20,
    }
    assert properties["mood"]["enum"] == ["sad", "ok", "happy"]
    assert document("postgres")["definitions"]["makers"]["required"] == ["id", "name"]
    assert "properties" not in document("postgres")["definitions"]["nothing"]


def test_a_foreign_key_of_a_view_names_the_table(document):
    properties = document("postgres")["definitions"]["owners"]["properties"]
    assert "`parts.id`" in properties["piece"]["description"]


def test_methods(document):
    paths = document("postgres")["paths"]
    assert set(paths["/parts"]) == {"get", "post", "patch", "delete"}
    assert set(paths["/part_sums"]) == {"get"}
    assert paths["/makers"]["get"]["summary"] == "Who makes things"
    assert set(paths["/rpc/several"]) == {"get", "post"}
    assert set(paths["/rpc/pairs"]) == {"post"}


def test_arguments(document):
    paths = document("postgres")["paths"]
    [names] = paths["/rpc/several"]["get"]["parameters"]
    assert (names["name"], names["required"], names["collectionFormat"]) == ("names", False, "multi")
    body = paths["/rpc/add"]["post"]["parameters"][0]["schema"]
    assert body["required"] == ["a"]
    assert set(body["properties"]) == {"a", "b"}  # of the longer overload


def test_where_it_is_served(asked):
    server = Server(url="https://api.example.org/rest/v1/", security=True)
    whole = json.loads(asked("postgres", server=server).body)
    assert (whole["host"], whole["basePath"], whole["schemes"]) == ("api.example.org:443", "/rest/v1/", ["https"])
    assert whole["security"] == [{"JWT": []}]


def test_the_comment_of_the_schema_is_the_title(asked, shop_server, shop_database):
    assert json.loads(asked("postgres").body)["info"]["title"] == "PostgREST API"
    with psycopg.connect(shop_server.conninfo("postgres", shop_database), autocommit=True) as owner:
        owner.execute("COMMENT ON SCHEMA shop IS 'Shop\n\nSells parts'")
        try:
            info = json.loads(asked("postgres").body)["info"]
        finally:
            owner.execute("COMMENT ON SCHEMA shop IS NULL")
    assert (info["title"], info["description"]) == ("Shop", "Sells parts")


def test_headers(asked):
    answer = asked("anon", _ROOT._replace(by_profile=True, accept="application/json"))
    assert answer.headers == (
        ("Content-Type", "application/openapi+json; charset=utf-8"),
        ("Content-Profile", "shop"),
    )
    assert asked("anon", _ROOT._replace(method="HEAD")).body == b""


def test_another_media_type_is_refused(shop):
    with pytest.raises(Refusal) as refused:
        openapi_plan(_ROOT._replace(accept="text/csv"), shop, Options())
    assert (refused.value.status, refused.value.code) == (406, "PGRST107")


def test_whose_privileges_count(asked, shop):
    whole = json.loads(asked("anon", server=Server(mode=Mode.IGNORE_PRIVILEGES)).body)
    assert set(whole["definitions"]) == {name.name for name in shop.tables}
