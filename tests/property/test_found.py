"""Examples that were found by chance once, each reduced to what it takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from property_migrations import Change
from property_play import play
from property_schema import Base, Column, Table
from property_values import KINDS

from haulback.pg.cluster import Running

INT, TEXT = KINDS["int"], KINDS["text"]
KEYED = Table("plain", (Column("a", INT, "not null"), Column("is_there", TEXT), Column("was", INT)), ("a",))
LOOSE = Table("loose", (Column("a", INT, "unique"), Column("b", TEXT)), ())
STRICT = Table("strict", (Column("a", INT, "not null"), Column("b", INT, "not null default 5")), ("a",))
ROWS = (
    "insert into public.plain values (1, 'one', 1), (2, 'two', 2)",
    "insert into public.loose values (1, 'one'), (2, 'two')",
)
FOUND = {
    "one statement deletes and inserts the same rows, the next one updates them": (
        "with gone as (delete from public.plain returning *) insert into public.plain select * from gone",
        "update public.plain set is_there = 'other'",
    ),
    "one statement deletes and inserts other values": (
        "with gone as (delete from public.plain returning *) insert into public.plain select a, 'new', was from gone",
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
