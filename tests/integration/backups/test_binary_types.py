"""Rows in COPY's binary format mean the same on every major, or are copied as text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from haulback.backups.contents import Contents
from haulback.backups.row_layout import layout
from haulback.backups.stores.file import FolderStore
from haulback.backups.table import _BINARY_TYPES, TableEngine, found
from haulback.clock import SystemClock
from haulback.model.backup import Backup, RowFormat

if TYPE_CHECKING:
    from conftest import Database  # which conftest is loaded depends on what runs besides

# Of every type that is copied as binary, values that are easily written otherwise.
VALUES = {
    "bool": ["true", "false"],
    "bytea": ["", "\\x00ff5c0a0d09"],
    "char": ["a", ""],
    "name": ["name", ""],
    "text": ["", "\\N", "\t\n\\.", "é\u2028"],
    "bpchar": ["ab  ", ""],
    "varchar": ["v", ""],
    "json": ['{"a":  [1, null], "a": 2}'],
    "jsonb": ['{"a": 1e400, "b": "\\u00e9\\\\"}', "null"],
    "jsonpath": ["$.a[*] ? (@ > 1)"],
    "uuid": ["00000000-0000-0000-0000-000000000000"],
    "int2": ["-32768", "32767"],
    "int4": ["-2147483648", "2147483647"],
    "int8": ["-9223372036854775808", "9223372036854775807"],
    "float4": ["-0", "nan", "infinity", "1e-45", "3.4028235e38"],
    "float8": ["-0", "nan", "-infinity", "4.9e-324", "0.1"],
    "numeric": ["nan", "infinity", "-infinity", "0.000", "1.500", "-1e-300", "123456789012345678901234567890.1"],
    "money": ["-92233720368547758.08", "0.01"],
    "bit": ["1"],
    "varbit": ["", "101100101"],
    "date": ["infinity", "-infinity", "4713-01-01 BC", "5874897-12-31"],
    "time": ["24:00", "00:00:00.000001"],
    "timetz": ["12:30:45.123456+05:30", "24:00-15:59"],
    "timestamp": ["infinity", "4713-01-01 00:00:00 BC", "294276-12-31 23:59:59.999999"],
    "timestamptz": ["-infinity", "1900-01-01 00:00:00+00"],
    "interval": ["1 year -2 months 3 days -04:05:06.7", "-178000000 years"],
    "inet": ["::1/64", "10.0.0.1", "ffff::/0"],
    "cidr": ["10.0.0.0/8", "::/0"],
    "macaddr": ["08:00:2b:01:02:03"],
    "macaddr8": ["08:00:2b:01:02:03:04:05"],
    "tsvector": ["a:1A fat:2B,3", ""],
    "point": ["(1.1,-0)"],
    "line": ["{1,-1,0.1}"],
    "lseg": ["[(0,0),(1,1)]"],
    "box": ["(1,1),(0,0)"],
    "path": ["[(0,0),(1,1)]", "((0,0),(1,1))"],
    "polygon": ["((0,0),(1,1))"],
    "circle": ["<(0,0),1e300>"],
    "oid": ["4294967295"],
    "xid": ["4294967295"],
    "xid8": ["18446744073709551615"],
    "cid": ["1"],
    "tid": ["(4294967295,65535)"],
    "pg_lsn": ["FFFFFFFF/FFFFFFFF"],
    "pg_snapshot": ["10:20:10,14,15"],
    "txid_snapshot": ["10:20:10,14,15"],
    "refcursor": ["c"],
    "int4range": ["empty", "[1,10)", "(,5)"],
    "int8range": ["[-9223372036854775808,)"],
    "numrange": ["[1.50,nan]", "(,)"],
    "daterange": ["[2020-01-01,infinity)"],
    "tsrange": ["[2020-01-01 00:00,infinity]"],
    "tstzrange": ["(2020-01-01 00:00+00,)"],
    "int4multirange": ["{[1,2),[5,)}", "{}"],
    "int8multirange": ["{(,)}"],
    "nummultirange": ["{[1.5,2.5),[7,)}"],
    "datemultirange": ["{[2020-01-01,2020-01-02)}"],
    "tsmultirange": ["{[2020-01-01 00:00,infinity]}"],
    "tstzmultirange": ["{(,2020-01-01 00:00+00)}"],
}
LISTED = frozenset(re.findall(r"'(\w+)'", _BINARY_TYPES.partition("array[")[2].partition("]")[0]))
MORE = """
create type public.mood as enum ('sad', E'tab\\there', '');
create domain public.positive as int check (value > 0);
create domain public.more as public.positive not null;
create domain public.list as int[];
create domain public.moody as public.mood;
create table public.others (id int primary key, mood public.mood, more public.more, list public.list, moody public.moody);
insert into public.others values (1, 'sad', 1, '{1,null}', ''), (2, E'tab\\there', 2, null, null);
"""
AS_TEXT = (
    "regclass",
    "regtype[]",
    "xml",
    "public.pair",
    "public.mood[]",
    "public.own_range",
    "public.whole",
    "aclitem",
)


def test_every_type_that_is_copied_as_binary_is_tried() -> None:
    assert set(VALUES) == LISTED


@pytest.mark.parametrize(("there", "here"), [("database15", "database"), ("database", "database15")])
def test_values_of_every_type_are_the_same_on_another_major(
    there: str, here: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    one: Database = request.getfixturevalue(there)
    other: Database = request.getfixturevalue(here)
    tables = {f"public.t_{type_}": type_ for type_ in VALUES}
    for database in (one, other):
        with database.connect(autocommit=True) as connection:
            for name, type_ in tables.items():
                connection.execute(f'create table {name} (v pg_catalog."{type_}", a pg_catalog."{type_}"[])')
    store = FolderStore(tmp_path)
    with one.connect(autocommit=True) as connection:
        for name, type_ in tables.items():
            for value in [*VALUES[type_], None]:
                row = "values (%(v)s::{0}, array[%(v)s::{0}, null, %(v)s::{0}])".format(f'pg_catalog."{type_}"')
                connection.execute(f"insert into {name} {row}", {"v": value})
        connection.execute(MORE)
        backup = TableEngine(store, None, SystemClock()).take(connection, "local", [*tables, "public.others"])
        written = {table: connection.execute(f"select t::text from {table} as t").fetchall() for table in
                   [*tables, "public.others"]}  # fmt: skip
    assert {table.format for table in backup.tables} == {RowFormat.BINARY}
    with other.connect(autocommit=True) as connection:
        connection.execute(MORE)
        connection.execute("truncate public.others")
        contents = Contents(store, backup, None)
        for table in backup.tables:
            contents.load(connection, table, sql.Identifier(*table.identity.split(".")))
            assert (
                connection.execute(f"select t::text from {table.identity} as t").fetchall() == written[table.identity]
            )
        again = TableEngine(FolderStore(tmp_path / "again"), None, SystemClock()).take(
            connection, "local", [*tables, "public.others"]
        )
    assert [one.hash for one in again.tables] == [one.hash for one in backup.tables]


@pytest.mark.parametrize("type_", AS_TEXT)
def test_what_another_server_may_read_otherwise_is_copied_as_text(
    database15: Database, type_: str, tmp_path: Path
) -> None:
    with database15.connect(autocommit=True) as connection:
        connection.execute(
            "create type public.mood as enum ('a'); create type public.pair as (a int);"
            "create type public.own_range as range (subtype = text); create domain public.whole as public.pair"
        )
        connection.execute(f"create table public.t (id int primary key, v {type_})")
        connection.execute("insert into public.t (id) values (1)")
        backup = TableEngine(FolderStore(tmp_path), None, SystemClock()).take(connection, "local", ["public.t"])
    assert backup.tables[0].format is RowFormat.TEXT


def test_a_type_of_an_extension_is_copied_as_text(database: Database) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute("create extension citext schema public; create table public.t (id int, v public.citext)")
        assert not found(connection, "public.t").binary


def test_rows_are_what_copy_takes_without_us(database: Database, tmp_path: Path) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute("create table public.t (id int primary key, v text); insert into public.t values (1, 'a')")
        backup: Backup = TableEngine(FolderStore(tmp_path), None, SystemClock()).take(connection, "local", ["public.t"])
        raw = b"".join(Contents(FolderStore(tmp_path), backup, None).rows(backup.tables[0]))
        connection.execute("truncate public.t")
        with connection.cursor() as cursor, cursor.copy("copy public.t from stdin (format binary)") as copy:
            copy.write(raw)
        assert connection.execute("select * from public.t").fetchall() == [(1, "a")]
    beside = Contents(FolderStore(tmp_path), backup, None).sidecar(backup.tables[0])
    assert list(beside.lengths) == [len(raw) - 21]
    assert layout(RowFormat.BINARY).fields(raw[19:-2]) == [b"\0\0\0\4\0\0\0\1", b"\0\0\0\1a"]
