"""Rows of COPY taken apart and put together: pure."""

from __future__ import annotations

import struct
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.backups.row_layout import BinaryRows, RowsMisfit, TextRows

Values = tuple[bytes | None, ...]


def binary(values: Values) -> bytes:
    """As PostgreSQL's documentation of COPY has it."""
    fields = [struct.pack(">i", -1) if one is None else struct.pack(">i", len(one)) + one for one in values]
    return struct.pack(">h", len(values)) + b"".join(fields)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[Values], tuple[int, ...], int]:
    """Rows of one width, and the places of some of their columns."""
    width = draw(st.integers(1, 6))
    values = st.tuples(*[st.none() | st.binary(max_size=9)] * width)
    places = draw(st.lists(st.integers(0, width - 1), unique=True).map(sorted))
    return draw(st.lists(values, max_size=20)), tuple(places), width


def framed(rows: list[bytes]) -> tuple[bytes, array[int]]:
    return b"".join(rows), array("I", map(len, rows))


@given(tables())
def test_a_frame_is_narrowed_as_each_of_its_rows_is(given_table: tuple[list[Values], tuple[int, ...], int]) -> None:
    rows, places, width = given_table
    raw, lengths = framed([binary(one) for one in rows])
    of_rows = BinaryRows()
    found = of_rows.narrowed(raw, of_rows.ends(raw, lengths), places, width)
    assert found == [binary(tuple(one[place] for place in places)) for one in rows]
    assert found == [of_rows.row([of_rows.fields(binary(one))[place] for place in places]) for one in rows]


@given(tables(), st.data())
def test_keys_are_the_same_where_their_columns_are(
    given_table: tuple[list[Values], tuple[int, ...], int], data: st.DataObject
) -> None:
    rows, places, width = given_table
    of_rows = BinaryRows()
    keys = {of_rows.key(binary(one), places) for one in rows}
    assert len(keys) == len({tuple(one[place] for place in places) for one in rows})
    if rows:
        row = binary(data.draw(st.sampled_from(rows)))
        assert of_rows.key_fields(of_rows.key(row, tuple(range(width)))) == of_rows.fields(row)
        assert of_rows.key(row, (0,)) == of_rows.fields(row)[0]


@given(tables(), st.data())
def test_another_byte_raises_nothing_but_what_it_says(
    given_table: tuple[list[Values], tuple[int, ...], int], data: st.DataObject
) -> None:
    rows, places, width = given_table
    raw, lengths = framed([binary(one) for one in rows])
    if raw:
        damaged = bytearray(raw)
        damaged[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        of_rows = BinaryRows()
        try:
            found = of_rows.narrowed(bytes(damaged), of_rows.ends(raw, lengths), places, width)
        except RowsMisfit:
            return
        assert len(found) == len(rows)


@pytest.mark.parametrize("lengths", [[5, 6], [5], [], [5, 5, 5]])
def test_lengths_of_other_rows_are_refused(lengths: list[int]) -> None:
    with pytest.raises(RowsMisfit):
        BinaryRows().ends(bytes(10), array("I", lengths))


@pytest.mark.parametrize("width", [1, 3])
def test_rows_of_another_width_are_refused(width: int) -> None:
    raw, lengths = framed([binary((b"a", None))])
    of_rows = BinaryRows()
    with pytest.raises(RowsMisfit):
        of_rows.narrowed(raw, of_rows.ends(raw, lengths), (0,), width)


def test_lines_are_narrowed_as_each_of_them_is() -> None:
    of_rows = TextRows()
    raw = b"1\ta\\tb\t\\N\n2\t\tc\n"
    assert of_rows.narrowed(raw, of_rows.ends(raw, array("I")), (0, 2), 3) == [b"1\t\\N\n", b"2\tc\n"]
    with pytest.raises(RowsMisfit):
        of_rows.narrowed(raw, of_rows.ends(raw, array("I")), (3,), 4)
