"""What two sides of any rows are told to differ in, and which columns can be compared at all."""

from __future__ import annotations

from array import array
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haulback.backups.buckets import Buckets, Differing, differing
from haulback.backups.rows import hashes_of
from haulback.backups.table import Table
from haulback.backups.two_sides import Columns, columns_of
from haulback.model.backup import CopiedColumn

Rows = dict[int, int]


def buckets(rows: Rows, batch: int) -> Buckets:
    found = Buckets()
    lines = [(b"%d" % key, b"%d\t%d\n" % (key, value)) for key, value in rows.items()]
    for first in range(0, len(lines), batch):
        part = lines[first : first + batch]
        found.add(hashes_of(key for key, _ in part), hashes_of(row for _, row in part))
    return found


def apart(before: Rows, after: Rows, batch: int = 9) -> Differing:
    with closing(buckets(before, batch)) as then, closing(buckets(after, batch)) as now:
        return differing(then, now)


def keys(numbers: set[int]) -> list[int]:
    return sorted(hashes_of(b"%d" % one for one in numbers))


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.integers(0, 60), st.integers(0, 2)),
    st.dictionaries(st.integers(0, 60), st.integers(0, 2)),
    st.integers(1, 9),
)
def test_every_row_is_told_as_what_it_is(before: Rows, after: Rows, batch: int) -> None:
    found = apart(before, after, batch)
    shared = before.keys() & after.keys()
    assert list(found.missing.hashes) == keys(before.keys() - after.keys())
    assert list(found.extra.hashes) == keys(after.keys() - before.keys())
    assert list(found.changed.hashes) == keys({one for one in shared if before[one] != after[one]})


def test_buckets_go_to_disk_and_come_back_whole() -> None:
    rows = dict.fromkeys(range(600_000), 0)
    with closing(buckets(rows, 10_000)) as then, closing(buckets(rows | {7: 1}, 9_999)) as now:
        assert any(one._rolled for one in then._files)  # 16 bytes a row are more than all buckets hold in memory
        found = differing(then, now)
    assert (len(found.missing), list(found.changed.hashes), len(found.extra)) == (0, keys({7}), 0)


def test_looking_up() -> None:
    found = apart({1: 0, 2: 0, 3: 0}, {}).missing
    assert found.places(hashes_of([b"9", b"2", b"8", b"3"])) == [1, 3]
    assert found.places(array("Q")) == []
    assert found.without(hashes_of([b"2"])).places(hashes_of([b"2", b"3"])) == [1]


def table(*columns: str, key: tuple[str, ...] = ("id",)) -> Table:
    held = tuple(CopiedColumn(*one.split(" ", 1)) for one in columns)
    return Table("public", "t", "public.t", partitioned=False, columns=held, key=key, about=0)


@pytest.mark.parametrize(
    ("then", "now", "wanted"),
    [
        (table("a text", "id integer"), table("id integer", "a text"), Columns(("id",), ("a",), (), (), ())),
        (table("id integer"), table("id bigint"), Columns(("id",), (), (), (), ())),
        (table("id integer", "a character varying(9)"), table("id integer", "a text"), Columns(("id",), ("a",), (), (), ())),
        (table("id integer", "a date"), table("id integer", "a text"), Columns(("id",), (), (), (), ("a",))),
        (table("id integer", "a date"), table("id integer", "b date"), Columns(("id",), (), ("a",), ("b",), ())),
    ],
)  # fmt: skip
def test_columns(then: Table, now: Table, wanted: Columns) -> None:
    assert columns_of(then, now) == wanted


@pytest.mark.parametrize(
    ("then", "now", "reason"),
    [
        (table("id integer", key=()), table("id integer", key=()), "no primary key"),
        (table("id integer"), table("id integer", key=()), "on one side only"),
        (table("id integer", "b text"), table("id integer", "b text", key=("b",)), "was id and is b"),
        (table("id uuid"), table("id text"), "another type"),
    ],
)
def test_no_key_tells_rows_apart(then: Table, now: Table, reason: str) -> None:
    found = columns_of(then, now)
    assert found.key == ()
    assert reason in found.reason
