"""With a target known, hazards name what goes, keep quiet of what is not there, and foretell what the server refuses."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from haulback.app.linting import levels
from haulback.hazards.linting import lint
from haulback.hazards.names import of_catalog
from haulback.hazards.scanning import Text
from haulback.model.hazard import Known, Level
from haulback.model.schema import compare
from haulback.model.target import Environment
from haulback.pg.catalog import reader

OBJECTS = """
create schema shop;
create type shop.state as enum ('new', 'paid');
create sequence shop.numbers;
create table shop.customers (id bigint primary key, name text not null default 'nobody', "Mail" varchar(50));
create table shop.orders (
    id bigint primary key default nextval('shop.numbers'),
    customer bigint not null references shop.customers (id) on delete cascade,
    state shop.state not null,
    note varchar(10),
    placed_at timestamptz
);
create table shop.lines (id bigint primary key, "order" bigint references shop.orders (id));
create unique index orders_note on shop.orders (note);
create index orders_state on shop.orders (state);
create view shop.open as select id, state from shop.orders;
create view shop.recent as select id from shop.open;
create function shop.touch() returns trigger language plpgsql as 'begin return new; end';
create trigger touch before update on shop.orders for each row execute function shop.touch();
create function shop.total(bigint, with_tax boolean default false) returns numeric language sql stable as 'select 1.0';
alter table shop.orders enable row level security;
create policy narrow on shop.orders as restrictive using (true);
create policy own on shop.orders using (customer = 1);
"""


@pytest.fixture
def connection(database):
    with database.connect() as connection:
        connection.execute(OBJECTS)
        connection.commit()
        yield connection


def found(connection, text):
    known = Known(schema=reader.read(connection))
    return lint([Text(Path("one.sql"), text)], known, levels(Environment.PRODUCTION), squawk=False).hazards


def told(connection, text, id_):
    return [one.told for one in found(connection, text) if one.id == id_]


def test_a_cascade_and_its_rewrite_name_exactly_what_the_server_drops_along(connection):
    for statement, dropped in {
        "drop table shop.orders cascade": "table shop.orders",
        "drop view shop.open cascade": "view shop.open",
        "drop type shop.state cascade": "type shop.state",
        "drop sequence shop.numbers cascade": "sequence shop.numbers",
        "drop function shop.touch() cascade": "function shop.touch()",
        "alter table shop.orders drop column state cascade": "column shop.orders.state",
        "alter table shop.orders drop constraint orders_pkey cascade": "constraint shop.orders.orders_pkey",
    }.items():
        (hazard,) = (one for one in found(connection, statement) if one.id == "drop-cascade")
        named = set(hazard.told.partition(" go ")[2].replace(" and ", ", ").split(", "))
        before = reader.read(connection)
        connection.execute(statement)
        aim = reader.read(connection)
        gone = compare(before, aim).dropped
        connection.rollback()
        connection.execute(hazard.rewrite)
        assert compare(aim, reader.read(connection)).lines() == (), statement
        connection.rollback()
        keys = set(gone)
        parts = {key for key in gone if (parent := before.objects[key].parent) and parent in keys}
        shown = {
            f"{key.kind.replace('_', ' ')} {of_catalog(key.identity)}" for key in keys - parts if "(" not in str(key)
        }
        assert named == shown - {dropped}, statement


def test_a_drop_of_what_the_target_lacks_is_no_hazard(connection):
    text = """
    drop table if exists shop.absent cascade; drop view if exists shop.absent; drop function if exists shop.absent();
    alter table shop.orders drop column if exists absent, drop constraint if exists absent;
    drop policy if exists absent on shop.orders; drop trigger if exists absent on shop.orders;
    drop type if exists shop.absent; drop sequence if exists shop.absent;
    """
    assert [one.id for one in found(connection, text) if one.id.startswith("drop-")] == []
    assert told(connection, "drop index if exists shop.absent", "drop-index") == []


def test_objects_of_a_schema_that_was_not_read_count_as_there(connection):
    assert told(connection, "drop table elsewhere.orders", "drop-table")


def test_what_goes_with_a_column_and_a_schema_is_named(connection):
    (column,) = told(connection, "alter table shop.orders drop column note", "drop-column")
    assert "index shop.orders_note" in column
    (schema,) = told(connection, "drop schema shop cascade", "drop-schema")
    assert "table shop.customers" in schema
    assert "and nothing" not in schema


def test_truncate_and_delete_name_the_tables_that_they_reach(connection):
    (truncated,) = told(connection, "truncate shop.customers cascade", "truncate-cascade")
    assert "shop.lines and shop.orders" in truncated
    assert told(connection, "truncate shop.lines cascade", "truncate-cascade") == []
    (deleted,) = told(connection, "delete from shop.customers", "delete-without-where")
    assert "shop.orders" in deleted
    assert "shop.lines" not in deleted


def test_what_a_policy_an_index_and_a_constraint_did_is_known(connection):
    assert "restrictive, so" in told(connection, "drop policy narrow on shop.orders", "drop-policy")[0]
    assert "only it allowed" in told(connection, "drop policy own on shop.orders", "drop-policy")[0]
    levels_ = {
        one.told.split()[2]: one.level for one in found(connection, "drop index shop.orders_note, shop.orders_state")
    }
    assert levels_["shop.orders_note"] is Level.WARN
    assert levels_["shop.orders_state"] is Level.NOTE
    assert (
        "cascades end"
        in told(connection, "alter table shop.orders drop constraint orders_customer_fkey", "drop-constraint")[0]
    )


def test_defaults_and_types_are_read_from_the_target(connection):
    assert told(connection, "alter table shop.customers alter name set not null", "required-column") == []
    assert told(connection, "alter table shop.orders alter note set not null", "required-column")
    assert (
        "instead of varchar(10)"
        in told(connection, "alter table shop.orders alter note type varchar(5)", "narrowed-type")[0]
    )
    assert told(connection, "alter table shop.orders alter note type varchar(20)", "narrowed-type") == []
    assert told(connection, 'alter table shop.customers alter "Mail" type varchar(40)', "narrowed-type")


REFUSED = """
create or replace function shop.total(bigint, with_tax boolean default false) returns int language sql as 'select 1';
create or replace function shop.total(bigint, tax boolean default false) returns numeric language sql as 'select 1.0';
create or replace function shop.total(bigint, with_tax boolean) returns numeric language sql as 'select 1.0';
create or replace view shop.open as select state, id from shop.orders;
create or replace view shop.open as select id from shop.orders;
create or replace view shop.open as select id, state as condition from shop.orders;
"""
TAKEN = """
create or replace function shop.total(bigint, with_tax bool default true) returns decimal language sql as 'select 1.0';
create or replace view shop.open as select id, state, note from shop.orders;
create or replace view shop.open as select o.* from (select id, state, note from shop.orders) as o;
"""


def test_a_replacement_that_blocks_is_one_that_the_server_refuses(connection):
    for text in REFUSED.strip().splitlines():
        assert any(one.level is Level.BLOCK for one in found(connection, text)), text
        with pytest.raises(psycopg.Error):
            connection.execute(text)
        connection.rollback()


def test_a_replacement_that_the_server_takes_raises_nothing(connection):
    for text in TAKEN.strip().splitlines():
        raised = {one.id for one in found(connection, text)}
        assert not raised & {"changed-signature", "view-columns-changed"}, text
        connection.execute(text)


def narrowed(connection, old, new, using, value):
    """The sentence about a change of type, and the statement; the table stands with the value in it."""
    connection.execute(f"create table public.narrow (value {old})")
    connection.execute("insert into public.narrow values (%s)", [value])
    change = f"alter table public.narrow alter value type {new} {using}"
    return told(connection, change, "narrowed-type"), change


def test_values_that_are_said_to_be_refused_are(connection):
    for old, new, using, value in [
        ("varchar(10)", "varchar(3)", "", "longer"),
        ("text", "varchar(3)", "", "longer"),
        ("bigint", "int", "", "99999999999"),
        ("numeric(12, 2)", "numeric(5, 2)", "", "123456789.5"),
        ("text", "uuid", "using value::uuid", "longer"),
        ("text", "shop.state", "using value::shop.state", "longer"),
    ]:
        sentences, change = narrowed(connection, old, new, using, value)
        assert "makes the statement fail" in sentences[0], change
        with pytest.raises(psycopg.Error):
            connection.execute(change)
        connection.rollback()


def test_values_that_are_said_to_be_lost_are_lost_in_silence(connection):
    for old, new, using, value, after in [
        ("text", "varchar(3)", "using value::varchar(3)", "longer", "lon"),
        ("numeric(12, 4)", "numeric(12, 2)", "", "1.2345", "1.23"),
        ("numeric", "int", "", "1.6", "2"),
        ("timestamptz", "date", "", "2026-01-02 03:04:05", "2026-01-02"),
        ("double precision", "real", "", "1.23456789", "1.2345679"),
        ("json", "jsonb", "", '{"b":1, "a":2, "a":3}', '{"a": 3, "b": 1}'),
    ]:
        sentences, change = narrowed(connection, old, new, using, value)
        assert sentences, change
        connection.execute(change)
        assert connection.execute("select value::text from public.narrow").fetchone() == (after,)
        connection.rollback()
