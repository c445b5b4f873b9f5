"""Tables that are not plain: their rows come back all the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from restore_place import BOTH, Place

from haulback.backups.errors import KeyMissing, WrongKey

SHAPES = {
    "composite key": (
        "create table public.t (a int, b text, v text, primary key (b, a));"
        "insert into public.t select g, E'k\\t' || g % 7, 'v' || g from generate_series(1, 500) as g"
    ),
    "partitions": (
        "create table public.t (a int primary key, b int default 0, v text) partition by range (a);"
        "create table public.t1 partition of public.t for values from (0) to (250);"
        "create table public.t2 partition of public.t for values from (250) to (1000);"
        "insert into public.t select g, 1, 'v' || g from generate_series(1, 500) as g"
    ),
    "a chain of rows": (
        "create table public.t (a int primary key, b int references public.t, v text);"
        "insert into public.t select g, nullif(g - 1, 0), 'v' || g from generate_series(1, 500) as g"
    ),
    "the key alone": (
        "create table public.t (a int primary key);insert into public.t select g from generate_series(1, 500) as g"
    ),
    "odd names and types": (
        "create type public.mood as enum ('ok', 'a \"b\" c');"
        'create table public.t (a uuid primary key default gen_random_uuid(), "100% {x}" public.mood, j json, r int4range,'
        " n numeric, f float8, i interval, b bytea, x text[], d timestamptz default now());"
        'insert into public.t ("100% {x}", j, r, n, f, i, b, x) select \'a "b" c\', \'{"a":  1}\', int4range(g, g + 1),'
        " (g || '.500')::numeric, g / 3.0, make_interval(secs => g), decode(to_hex(g + 4096), 'hex'),"
        " array[g::text, null, E'\\\\ \"'] from generate_series(1, 500) as g"
    ),
}
SHAPES["rows that are copied as text"] = SHAPES["odd names and types"].replace(
    "(a uuid", "(gone int, odd regclass default 'pg_catalog.pg_class', a uuid"
)
SUM = "select md5(string_agg(t::text, ',' order by t::text)) from public.t as t"


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_come_back_byte_for_byte_and_go_again(place: Place, shape: str) -> None:
    place.execute(SHAPES[shape])
    whole = place.value(SUM)
    backup = place.backup("public.t")
    chosen = "('x' || left(md5(t::text), 8))::bit(32)::int % 3 = 0"
    if shape == "a chain of rows":
        place.execute("update public.t set v = 'gone' where a < 200; delete from public.t where a > 390")
    else:
        place.execute(f"delete from public.t as t where {chosen}")
    harmed = place.value(SUM)

    found = place.restore(backup, "public.t", hows=BOTH)

    assert found.rows.left == {}
    assert found.rows.inserted > 100
    assert place.value(SUM) == whole
    _, rows = place.undo(1)
    assert rows.left == {}
    assert place.value(SUM) == harmed


def test_an_encrypted_backup_needs_its_key(shop: Place) -> None:
    sealed = replace(shop, settings=replace(shop.settings, backups=replace(shop.settings.backups, key="ab" * 32)))
    backup = sealed.backup("public.orders")
    shop.execute("delete from public.orders where id % 100 = 50")

    with pytest.raises(KeyMissing):
        shop.restore(backup, hows=BOTH)
    other = replace(shop, settings=replace(shop.settings, backups=replace(shop.settings.backups, key="cd" * 32)))
    with pytest.raises(WrongKey):
        other.restore(backup, hows=BOTH)
    assert sealed.restore(backup, hows=BOTH).rows.inserted == 30
