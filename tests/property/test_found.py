"""Examples that were found by chance once, each reduced to what it takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from property_migrations import Change
from property_play import Straight, play
from property_schema import Base, Column, Table
from property_users import Users, Write
from property_values import KINDS
from property_world import World

from haulback.errors import HaulbackError
from haulback.pg.cluster import Running

INT, TEXT = KINDS["int"], KINDS["text"]
KEYED = Table("plain", (Column("a", INT, "not null"), Column("is_there", TEXT), Column("was", INT)), ("a",))
LOOSE = Table("loose", (Column("a", INT, "unique"), Column("b", TEXT)), ())
INDEXED = Table("indexed", (Column("a", INT, "not null"), Column("b", TEXT)), ("a",), primary=False)
STRICT = Table("strict", (Column("a", INT, "not null"), Column("b", INT, "not null default 5")), ("a",))
ROWS = (
    "insert into public.plain values (1, 'one', 1), (2, 'two', 2)",
    "insert into public.loose values (1, 'one'), (2, 'two')",
)
# The last statement stands in a file of its own, and so in a transaction of its own.
IN_TWO_FILES = {
    "a row is inserted and then updated": (
        "insert into public.plain values (9, 'nine', 9)",
        "update public.plain set was = 10 where a = 9",
    ),
    "a row is inserted and then deleted": (
        "insert into public.plain values (9, 'nine', 9)",
        "delete from public.plain where a = 9",
    ),
    "a row is inserted and then its table is dropped": (
        "insert into public.plain values (9, 'nine', 9)",
        "drop table public.plain cascade",
    ),
    "a row is inserted and then its table is emptied": (
        "insert into public.plain values (9, 'nine', 9)",
        "truncate public.plain",
    ),
}
FOUND = {
    "one statement deletes and inserts the same rows, the next one updates them": (
        "with gone as (delete from public.plain returning *) insert into public.plain select * from gone",
        "update public.plain set is_there = 'other'",
    ),
    "one statement deletes and inserts other values": (
        "with gone as (delete from public.plain returning *) insert into public.plain select a, 'new', was from gone",
    ),
    "rows are changed in every way, and their table is dropped": (
        "update public.plain set was = 7",
        "update public.plain set a = a + 100",
        "insert into public.plain values (9, 'nine', 9)",
        "drop table public.plain cascade",
    ),
    "rows are deleted, and their table is made anew": (
        "delete from public.plain",
        "alter table public.plain rename to old",
        "create table public.plain as select * from public.old",
        "drop table public.old cascade",
    ),
    "a table is emptied and gets a row that was there": (
        "truncate public.plain",
        "insert into public.plain values (1, 'one', 1)",
    ),
    "dates written another way": ("set datestyle = 'German'", "update public.plain set was = 3"),
    "a table made anew under its own name": (
        "alter table public.plain rename to old",
        "create table public.plain as select * from public.old where a = 1",
        "drop table public.old cascade",
    ),
    "a row is inserted and a column is dropped": (
        "insert into public.plain values (9, 'nine', 9)",
        "alter table public.plain drop column was",
    ),
    "a row is inserted and a column with NOT NULL is dropped": (
        "insert into public.strict values (9, 9)",
        "alter table public.strict drop column b",
    ),
    "columns called like words of ours, changed twice": (
        "update public.plain set is_there = 'x', was = 7",
        "update public.plain set is_there = 'y' where a = 1",
        "delete from public.plain where a = 2",
    ),
    "one statement deletes and inserts the same rows of a table without a key": (
        "with gone as (delete from public.loose returning *) insert into public.loose select a, 'new' from gone",
    ),
}


@pytest.mark.parametrize("statements", FOUND.values(), ids=FOUND.keys())
def test_it_comes_back(
    property_server: Running, property_home: Path, tmp_path: Path, statements: tuple[str, ...]
) -> None:
    base = Base((KEYED, LOOSE, STRICT), ROWS)
    played = play(property_server, tmp_path, property_home, base, Change(statements), (), "all")
    assert (played.ending, played.wrong) == ("taken back", []), played.told


@pytest.mark.parametrize("statements", IN_TWO_FILES.values(), ids=IN_TWO_FILES.keys())
def test_it_comes_back_file_by_file(
    property_server: Running, property_home: Path, tmp_path: Path, statements: tuple[str, ...]
) -> None:
    base = Base((KEYED, LOOSE, STRICT), ROWS)
    played = play(
        property_server, tmp_path, property_home, base, Change(statements, second=len(statements) - 1), (), "all"
    )
    assert (played.ending, played.wrong) == ("taken back", []), played.told


def test_values_made_anew_in_their_own_type_are_refused(
    property_server: Running, property_home: Path, tmp_path: Path
) -> None:
    base = Base((KEYED, LOOSE, STRICT), ROWS)
    change = Change(("alter table public.plain alter column was type int using -was",))
    played = play(property_server, tmp_path, property_home, base, change, (), "all")
    assert "rows of public.plain (its values were computed anew in place" in played.ending
    assert played.wrong == []


def test_a_column_added_where_only_an_index_tells_rows_apart_is_kept(
    property_server: Running, property_home: Path, tmp_path: Path
) -> None:
    base = Base((INDEXED,), ("insert into public.indexed values (1, 'one'), (2, 'two')",))
    wrote = Write("after", 0, "", 0, 0, 0, 0, "update public.indexed set more = 7 where a = 2")
    change = Change(("alter table public.indexed add column more int default 5",))
    with_rows: list[tuple[int, int]] = []

    class Looking(Straight):
        def back(self, made: World, users: Users) -> HaulbackError | None:
            failure = super().back(made, users)
            with made.connect() as connection:
                name = connection.execute("select attic_table from haulback.capture where keeps = 'after'").fetchone()
                with_rows.extend(
                    connection.execute(f"select a, more from haulback_attic.{name[0]} order by a").fetchall()
                )
            return failure

    played = play(property_server, tmp_path, property_home, base, change, (wrote,), "all", Looking())
    assert (played.ending, played.wrong, with_rows) == ("taken back", [], [(1, 5), (2, 7)]), played.told
