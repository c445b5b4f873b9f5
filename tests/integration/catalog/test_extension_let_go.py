"""An extension that a migration creates goes again, though tables of the same migration were made of it."""

from __future__ import annotations

from typing import Any

from catalog_servers import superuser

from haulback.model.schema import compare
from haulback.pg.catalog.inverse import inverse
from haulback.pg.catalog.reader import read

MIGRATION = """
create extension hstore with schema public;
create table public.bags (
  id bigint primary key,
  what hstore not null default 'a=>1',
  tags hstore[],
  check (what <> 'z=>1'::hstore)
);
create index bags_what on public.bags using gin (what);
create table public.boxes (what hstore);
insert into public.bags values (1, 'b=>2', '{c=>3}');
"""


def test_values_stay_as_text_and_the_extension_goes(database: Any) -> None:
    with superuser(database.server, database.name) as connection:
        before = read(connection)
        connection.execute(MIGRATION)
        back = inverse(before, read(connection))
        assert not back.impossible
        for statement in back.statements:
            connection.execute(statement.encode())
        connection.execute("create schema haulback_attic")
        for key in back.data_bearing_created:
            connection.execute(f"alter table {key.identity} set schema haulback_attic".encode())
        for statement in back.finish:
            connection.execute(statement.encode())
        difference = compare(before, read(connection))
        assert not difference, difference.lines()
        rows = connection.execute("select id, what, tags from haulback_attic.bags").fetchall()
        assert rows == [(1, '"b"=>"2"', '{"\\"c\\"=>\\"3\\""}')]


def test_a_type_made_of_it_holds_it(database: Any) -> None:
    with superuser(database.server, database.name) as connection:
        before = read(connection)
        connection.execute(
            "create extension hstore with schema public; create domain public.bag as hstore;"
            " create table public.bags (what public.bag)"
        )
        ((key, reason),) = inverse(before, read(connection)).impossible
        assert str(key) == "extension hstore"
        assert "needs it" in reason
