"""`haulback health`: up while the API is served, down after, unknown where nobody said where it is."""

from __future__ import annotations

import psycopg
from api_secret import SECRET

from haulback.pg.cluster import SUPERUSER


def test_rest_is_up_while_it_is_served_and_down_after(served):
    site = served.site
    up = site.run("health", "--only", "rest", "--json")
    assert up.exit == 0, up.stdout
    (rest,) = up.document["services"]
    assert (rest["service"], rest["state"]) == ("rest", "up")
    assert 0 < rest["milliseconds"] < 10_000
    served.stop()
    down = site.run("health", "--only", "rest", "--json")
    assert down.exit == 1
    assert down.document["state"] == "down"
    assert down.document["services"][0]["milliseconds"] is None
    assert "REST  down" in site.run("health", "--only", "rest").stdout


def test_graphql_is_up_while_it_is_served(served):
    ended = served.site.run("health", "--only", "graphql", "--only", "rest", "--json")
    assert ended.exit == 0, ended.stdout
    assert [one["service"] for one in ended.document["services"]] == ["rest", "graphql"]


def test_it_is_down_while_the_database_is_away(served):
    assert served.site.run("health", "--only", "rest").exit == 0
    elsewhere = served.site.server.conninfo(SUPERUSER, "template1")
    with psycopg.connect(elsewhere, autocommit=True) as connection:
        connection.execute(f"alter database {served.site.database} allow_connections false")
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'authenticator' and datname = %s",
            [served.site.database],
        )
        try:
            ended = served.site.run("health", "--only", "rest", "--json")
        finally:
            connection.execute(f"alter database {served.site.database} allow_connections true")
    assert ended.exit == 1, ended.stdout
    assert "503" in ended.document["services"][0]["told"]


def test_what_cannot_be_asked_is_unknown(site):
    site.configure()
    ended = site.run("health", "--json")
    assert ended.exit == 7
    assert [one["state"] for one in ended.document["services"]] == ["unknown"] * 3
    site.configure(local='api_url = "http://example.test"')
    ended = site.run("health", "--only", "realtime", "--only", "graphql", environment={"HAULBACK_JWT_SECRET": SECRET})
    assert ended.exit == 7
    assert ended.stdout.count("not https") == 2
    assert SECRET not in ended.stdout + ended.stderr


def test_usage(site):
    for wrong in (("--timeout", "0"), ("--timeout", "2h"), ("--timeout", "soon"), ("--only", "storage")):
        assert site.run("health", *wrong).exit == 2, wrong
