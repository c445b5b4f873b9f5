"""Every change is seen, and its inverse leads back; pg_dump agrees."""

from __future__ import annotations

import psycopg
import pytest
from catalog_changes import CHANGES, Change
from catalog_servers import pg_dump, superuser

from haulback.model.schema import Inverse, Schema, compare
from haulback.pg.catalog.inverse import inverse
from haulback.pg.catalog.reader import read
from haulback.pg.cluster import SUPERUSER, Running

# On 15 a part of them is enough: the statements are the same.
_PART_ON_15 = 6
# A dump of the platform takes a second; all of the list was compared once.
_PART_FOR_DUMPS = 16


_TRIED = [
    pytest.param(server, change, id=f"{server}-{change.id.replace(' ', '-')}")
    for server, major, part in (("embedded", 18, 1), ("pg15", 15, _PART_ON_15))
    for number, change in enumerate(CHANGES)
    if change.only in {None, major} and number % part == 0
]


@pytest.mark.parametrize(("broad_server", "change"), _TRIED, indirect=["broad_server"])
def test_a_change_is_seen_and_taken_back(target: psycopg.Connection, untouched: Schema, change: Change) -> None:
    before = untouched
    target.execute(change.sql)
    after = read(target)
    assert compare(before, after), "not seen"
    back = inverse(before, after)
    assert bool(back.impossible) == change.impossible
    if not change.impossible:
        take_back(target, after, back)
        difference = compare(before, read(target))
        assert not difference or difference.only_column_order, difference.lines()


def test_equal_fingerprints_mean_equal_dumps(broad_server: Running, broad: str) -> None:
    with psycopg.connect(broad_server.conninfo(SUPERUSER, "template1"), autocommit=True) as admin:
        original = pg_dump(broad_server, broad)
        for change in [c for c in CHANGES if c.in_dump and not c.only and not c.impossible][::_PART_FOR_DUMPS]:
            admin.execute("DROP DATABASE IF EXISTS dumped WITH (FORCE)")
            admin.execute(f"CREATE DATABASE dumped TEMPLATE {broad} STRATEGY file_copy")
            with superuser(broad_server, "dumped") as connection:
                before = read(connection)
                try:
                    connection.execute(change.sql)
                except psycopg.errors.FeatureNotSupported as refused:
                    # From 15.20 on the server does not rewrite a table whose rows a function takes.
                    if "uses its row type" not in str(refused):
                        raise
                    continue
                after = read(connection)
                assert pg_dump(broad_server, "dumped") != original, change.id
                with connection.transaction():
                    take_back(connection, after, inverse(before, after))
                same = read(connection).fingerprint == before.fingerprint
            assert (pg_dump(broad_server, "dumped") == original) == same, change.id
        admin.execute("DROP DATABASE dumped WITH (FORCE)")


def take_back(connection: psycopg.Connection, after: Schema, back: Inverse) -> None:
    """Runs an inverse, dropping what the attic would take."""
    for statement in back.statements:
        connection.execute(statement)
    for key in (*back.data_bearing_created, *back.moved_along):
        for statement in after.objects[key].drop:
            connection.execute(statement)
    for statement in back.finish:
        connection.execute(statement)
