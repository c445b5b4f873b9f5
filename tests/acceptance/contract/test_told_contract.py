"""What the database says of its API holds for the contract as it does for `haulback serve`."""

from __future__ import annotations

import json

import pytest

from haulback.pg.cluster import SUPERUSER

SHOP = """
create schema shop;
create table shop.things (id bigint primary key, price int);
grant usage on schema shop to anon;
grant select on shop.things to anon;
create table public.notes (id bigint primary key);
grant select on public.notes to anon;
insert into public.notes select generate_series(1, 5);
"""


@pytest.fixture
def shop(site):
    site.configure(local='environment = "staging"')
    site.execute(SHOP)
    return site


def say(site, name, value):
    """In this database alone, so that it goes with it."""
    return f"alter role authenticator in database \"{site.database}\" set pgrst.{name} = '{value}';\n"


def found(ended):
    return [(one["severity"], one["kind"], one["subject"]) for one in ended.document["differences"]]


def rest(ended):
    return [one for one in found(ended) if not one[1].startswith("graphql-")]


def test_a_schema_that_only_the_database_exposes_counts(shop):
    with shop.operator() as connection:
        connection.execute(say(shop, "db_schemas", "public, shop"))
    snapshot = json.loads(shop.run("contract", "snapshot").stdout)
    assert snapshot["schemas"] == ["public", "shop"]
    assert "shop.things" in snapshot["tables"]
    shop.migration("2_drop.sql", "alter table shop.things drop column price;\n")
    ended = shop.run("contract", "diff", "--json")
    assert ended.exit == 3
    assert rest(ended) == [("breaking", "column-gone", "shop.things.price")]


def test_a_plan_that_says_otherwise_changes_the_contract(shop):
    shop.configure(local='environment = "staging"', user=SUPERUSER)
    shop.migration("2_say.sql", say(shop, "db_schemas", "shop") + say(shop, "db_anon_role", "authenticated"))
    ended = shop.run("contract", "diff", "--json")
    assert ended.exit == 3, ended.stderr
    assert rest(ended) == [
        ("breaking", "schema-gone", "public"),
        ("breaking", "table-gone", "public.notes"),
        ("breaking", "default-schema", "shop"),
        ("risk", "strangers-changed", "authenticated"),
        ("compatible", "table-added", "shop.things"),
    ]


def test_recorded_requests_are_asked_by_what_the_database_says(shop):
    requests = shop.folder / "supabase" / "requests"
    requests.mkdir(parents=True)
    asked = "GET http://localhost/rest/v1/notes?select=count()\nX-Role: service_role\n"
    (requests / "app.http").write_text(asked, encoding="utf-8")
    with shop.operator() as connection:
        connection.execute("revoke all on public.notes from anon; grant select on public.notes to service_role")
        connection.execute(say(shop, "db_aggregates_enabled", "true") + say(shop, "jwt_role_claim_key", "$.app.role"))
    shop.configure(local='environment = "staging"', user=SUPERUSER)
    shop.migration("2_say.sql", say(shop, "db_aggregates_enabled", "false"))
    ended = shop.run("contract", "diff", "--json")
    assert ended.exit == 3, ended.stderr
    assert [(one["severity"], one["kind"]) for one in ended.document["differences"]] == [("breaking", "answer-changed")]


def test_a_function_that_fails_on_the_shadow_is_told_and_stops_nothing(shop):
    shop.execute("create function public.says() returns void language sql as 'select 1 / 0'")
    with shop.operator() as connection:
        connection.execute(say(shop, "db_pre_config", "public.says") + say(shop, "db_schemas", "shop"))
    shop.migration("2_drop.sql", "alter table shop.things drop column price;\n")
    ended = shop.run("plan", "--json")
    assert any("pgrst.db_pre_config: the function fails" in one for one in ended.document["rehearsal"]["notes"])
    blocked = [one["told"] for one in ended.document["hazards"]["hazards"] if one["id"] == "contract-broken"]
    assert any("shop.things.price is gone" in one for one in blocked)
    # Of the target itself nothing is guessed.
    assert shop.run("contract", "snapshot", "--json").document["error"] == "database-error"
