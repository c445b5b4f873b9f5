"""Changes that need something of their own to be there: partitions, inheritance, composite types, collations."""

from __future__ import annotations

import json

import psycopg
import pytest
from test_catalog_inverse import take_back

from haulback.model.schema import Schema, compare
from haulback.pg.catalog.inverse import inverse
from haulback.pg.catalog.reader import read

PARTED = """
    create table app.ev (id bigint not null, at date not null, s text not null, constraint ev_key primary key (id, at),
        constraint pos check (id > 0)) partition by range (at);
    create index ev_s on app.ev (s);
    create table app.ev_a partition of app.ev for values from ('2020-01-01') to ('2021-01-01');
    create table app.ev_b partition of app.ev (s default 'q') for values from ('2021-01-01') to ('2022-01-01');
"""
DEEP = """
    create table app.deep (id int, r int) partition by range (r);
    create table app.deep_1 partition of app.deep for values from (1) to (10) partition by list (id);
    create table app.deep_1_1 partition of app.deep_1 for values in (1);
    create unique index on app.deep (id, r);
    create index on app.deep_1_1 (r);
"""
LOOSE = PARTED + "alter table app.ev detach partition app.ev_b;"
LETS_GO = "alter table app.ev detach partition app.ev_a;"
KEYED = """
    create type app.size as enum ('s', 'm');
    create table app.sized (k app.size not null) partition by list (k);
    create table app.sized_s partition of app.sized for values in ('s');
    create table app.sized_m partition of app.sized for values in ('m');
"""
ADDRESS = "create type app.address as (street text, town text); create table app.persons (a app.address);"
COLLATED = """
    create collation app.own (provider = libc, locale = 'C');
    create collation app.two (provider = libc, lc_collate = 'C', lc_ctype = 'POSIX');
    comment on collation app.own is 'ours';
    create table app.words (w text collate app.own primary key);
"""
CHANGES = {
    "partition dropped": (PARTED, "drop table app.ev_b"),
    "partitioned table dropped": (PARTED, "drop table app.ev"),
    "partition let go": (PARTED, LETS_GO),
    "partition let go, its key changed": (
        PARTED,
        LETS_GO + "alter table app.ev_a drop constraint ev_a_pkey; alter table app.ev_a add primary key (id)",
    ),
    "partition let go and stripped": (
        PARTED,
        LETS_GO
        + "alter table app.ev_a drop constraint ev_a_pkey, drop constraint pos, alter s drop not null;"
        + "drop index app.ev_a_s_idx",
    ),
    "partition with another bound": (
        PARTED,
        LETS_GO + "alter table app.ev attach partition app.ev_a for values from ('2019-01-01') to ('2021-01-01')",
    ),
    "table attached": (
        LOOSE,
        "alter table app.ev attach partition app.ev_b for values from ('2021-01-01') to (maxvalue)",
    ),
    "partition in the middle dropped": (DEEP, "drop table app.deep_1"),
    "parent with NOT NULL": (
        "create table app.parent (a int, b text); create table app.child (c int) inherits (app.parent);",
        "alter table app.parent alter column b set not null",
    ),
    "value of a partition key renamed": (KEYED, "alter type app.size rename value 'm' to 'medium'"),
    "attribute renamed": (ADDRESS, "alter type app.address rename attribute street to road"),
    "attribute added": (ADDRESS, "alter type app.address add attribute country text"),
    "collations dropped": (COLLATED, "drop table app.words; drop collation app.own; drop collation app.two"),
    "collation created": (
        "create table app.words (w text);",
        'create collation app.own from "C"; alter table app.words alter w type text collate app.own',
    ),
    "collation renamed and commented on": (
        COLLATED,
        "alter collation app.two rename to three; comment on collation app.own is null",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_is_taken_back(target: psycopg.Connection, change: str) -> None:
    there, statement = CHANGES[change]
    target.execute(there)
    before = read(target)
    target.execute(statement)
    after = read(target)
    assert compare(before, after), "not seen"
    back = inverse(before, after)
    assert back.impossible == ()
    take_back(target, after, back)
    found = read(target)
    assert compare(before, found).lines() == ()
    assert _not_nulls(before) == _not_nulls(found)


def test_a_value_of_a_partition_key_stays_and_is_told(target: psycopg.Connection) -> None:
    target.execute(KEYED)
    before = read(target)
    target.execute("alter type app.size add value 'l'")
    ((key, reason),) = inverse(before, read(target)).impossible
    assert key.identity == "app.size"
    assert reason == ("it would have to be made anew, and column app.sized.k decides which partition a row is in")


def _not_nulls(schema: Schema) -> dict[str, str | None]:
    """What the NOT NULLs of partitions are called, which a dump shows though nobody can choose it."""
    return {
        one.key.identity: json.loads(one.notes).get("_not_null_given") for one in schema if one.key.kind == "column"
    }
