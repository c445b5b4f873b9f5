"""Whether anything in a database may set what an answer says, so that a plan need not ask for it."""

from __future__ import annotations

import psycopg
import pytest

from haulback.gateway.schema.reading import read
from haulback.pg.cluster import SUPERUSER, Running

DIRECT = "set_config('res' || 'ponse.status', '202', true)"  # what no search for the name finds
MAY = {
    "a function": (
        "CREATE FUNCTION shop.f() RETURNS text LANGUAGE sql AS $$ SELECT set_config('response.status', '202', true) $$",
        "DROP FUNCTION shop.f()",
    ),
    "a function of SQL's own form": (
        "CREATE FUNCTION shop.f() RETURNS text BEGIN ATOMIC SELECT set_config('Response.Headers', '[]', true); END",
        "DROP FUNCTION shop.f()",
    ),
    "a block": (
        (
            "CREATE FUNCTION shop.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN SET LOCAL response.status = 202; "
            "RETURN NEW; END $$"
        ),
        "DROP FUNCTION shop.f()",
    ),
    "a default": (
        f"CREATE TABLE shop.d (x text DEFAULT {DIRECT})",
        "DROP TABLE shop.d",
    ),
    "a check": (
        f"CREATE TABLE shop.d (x text CHECK ({DIRECT} IS NOT NULL))",
        "DROP TABLE shop.d",
    ),
    "a policy": (
        f"CREATE TABLE shop.d (); CREATE POLICY p ON shop.d FOR INSERT WITH CHECK ({DIRECT} IS NOT NULL)",
        "DROP TABLE shop.d",
    ),
    "a rule": (
        f"CREATE TABLE shop.d (x int); CREATE RULE r AS ON INSERT TO shop.d DO ALSO SELECT {DIRECT}",
        "DROP TABLE shop.d",
    ),
    "a domain": (
        f"CREATE DOMAIN shop.o AS text DEFAULT {DIRECT}",
        "DROP DOMAIN shop.o",
    ),
    "a trigger's condition": (
        (
            "CREATE TABLE shop.d (x int); CREATE TRIGGER t BEFORE INSERT ON shop.d FOR EACH ROW "
            f"WHEN ({DIRECT} IS NOT NULL) EXECUTE FUNCTION suppress_redundant_updates_trigger()"
        ),
        "DROP TABLE shop.d",
    ),
}


def chooses(server: Running, database: str) -> bool:
    with psycopg.connect(server.conninfo("authenticator", database), autocommit=True) as connection:
        return read(connection, ["shop"]).chooses_answers


def test_nothing_does_in_a_usual_database(shop_server: Running, shop_database: str):
    assert not chooses(shop_server, shop_database)


@pytest.mark.parametrize("what", MAY)
def test_it_may(shop_server: Running, shop_database: str, what: str):
    make, unmake = MAY[what]
    with psycopg.connect(shop_server.conninfo(SUPERUSER, shop_database), autocommit=True) as connection:
        connection.execute(make)
        try:
            assert chooses(shop_server, shop_database)
        finally:
            connection.execute(unmake)
    assert not chooses(shop_server, shop_database)


def test_the_database_may_set_it_for_all(shop_server: Running, shop_database: str):
    with psycopg.connect(shop_server.conninfo(SUPERUSER, shop_database), autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{shop_database}" SET response.status = 202')
        try:
            assert chooses(shop_server, shop_database)
        finally:
            connection.execute(f'ALTER DATABASE "{shop_database}" RESET response.status')
