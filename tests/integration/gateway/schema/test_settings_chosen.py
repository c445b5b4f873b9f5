"""Whether anything in a database may set what an answer says, or when a commit is flushed, so that plans may rely on it."""

from __future__ import annotations

import psycopg
import pytest

from haulback.gateway.schema.model import Name
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
    "a rule of a view": (
        f"CREATE VIEW shop.d AS SELECT 1 AS x; CREATE RULE r AS ON INSERT TO shop.d DO INSTEAD SELECT {DIRECT}",
        "DROP VIEW shop.d",
    ),
    "the condition of a view": (
        (
            "CREATE TABLE shop.d (x int); "
            f"CREATE VIEW shop.v AS SELECT x FROM shop.d WHERE {DIRECT} IS NOT NULL WITH CHECK OPTION"
        ),
        "DROP TABLE shop.d CASCADE",
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


def seen(server: Running, database: str) -> tuple[bool, bool]:
    """Of answers, of commits."""
    with psycopg.connect(server.conninfo("authenticator", database), autocommit=True) as connection:
        cache = read(connection, ["shop"])
        return cache.chooses_answers, cache.commits_vary


def test_nothing_does_in_a_usual_database(shop_server: Running, shop_database: str):
    assert seen(shop_server, shop_database) == (False, False)


@pytest.mark.parametrize("what", MAY)
def test_it_may(shop_server: Running, shop_database: str, what: str):
    make, unmake = MAY[what]
    directly = DIRECT in make
    with psycopg.connect(shop_server.conninfo(SUPERUSER, shop_database), autocommit=True) as connection:
        connection.execute(make)
        try:
            assert seen(shop_server, shop_database) == (True, directly)
        finally:
            connection.execute(unmake)
    assert seen(shop_server, shop_database) == (False, False)


def test_a_function_may_say_when_a_commit_is_flushed(shop_server: Running, shop_database: str):
    body = "BEGIN SET LOCAL Synchronous_Commit = off; RETURN NEW; END"
    with psycopg.connect(shop_server.conninfo(SUPERUSER, shop_database), autocommit=True) as connection:
        connection.execute(f"CREATE FUNCTION shop.f() RETURNS trigger LANGUAGE plpgsql AS '{body}'")
        try:
            assert seen(shop_server, shop_database) == (False, True)
        finally:
            connection.execute("DROP FUNCTION shop.f()")


@pytest.mark.parametrize(
    ("of", "setting", "found"),
    [
        ('DATABASE "{database}"', "response.status = 202", (True, False)),
        # For all logins of the database, so that the one that inserts has it as well.
        ('DATABASE "{database}"', "synchronous_commit = off", (False, False)),
        ('ROLE authenticator IN DATABASE "{database}"', "synchronous_commit = off", (False, False)),
        ('ROLE authenticated IN DATABASE "{database}"', "synchronous_commit = off", (False, True)),
    ],
)
def test_a_setting_may(shop_server: Running, shop_database: str, of: str, setting: str, found: tuple[bool, bool]):
    of = of.format(database=shop_database)
    with psycopg.connect(shop_server.conninfo(SUPERUSER, shop_database), autocommit=True) as connection:
        connection.execute(f"ALTER {of} SET {setting}")
        try:
            assert seen(shop_server, shop_database) == found
        finally:
            connection.execute(f"ALTER {of} RESET {setting.split(maxsplit=1)[0]}")


def test_which_tables_are_logged(shop_server: Running, shop_database: str):
    make = (
        "CREATE TABLE shop.plain (x int); CREATE UNLOGGED TABLE shop.quick (x int); "
        "CREATE TABLE shop.ruled (x int); CREATE RULE r AS ON INSERT TO shop.ruled DO INSTEAD NOTHING; "
        "CREATE TABLE shop.parted (x int) PARTITION BY LIST (x); CREATE VIEW shop.seen AS SELECT x FROM shop.plain"
    )
    with psycopg.connect(shop_server.conninfo(SUPERUSER, shop_database), autocommit=True) as connection:
        connection.execute(make)
        try:
            with psycopg.connect(shop_server.conninfo("authenticator", shop_database), autocommit=True) as reading:
                tables = read(reading, ["shop"]).tables
            names = ("plain", "quick", "ruled", "parted", "seen")
            assert [name for name in names if tables[Name("shop", name)].is_logged] == ["plain"]
        finally:
            connection.execute("DROP VIEW shop.seen; DROP TABLE shop.plain, shop.quick, shop.ruled, shop.parted")
