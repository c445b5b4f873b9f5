"""Rows of COPY taken apart and put together: as text or as binary, one by one or a frame of them at once."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from haulback.model.backup import RowFormat

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Places = NDArray[np.int64]

_LINE_END = 10
_COUNT, _LENGTH = 2, 4  # bytes of the number of columns, and of the length before each


class RowsMisfit(Exception):
    """Bytes that are not the rows they were taken for."""


class Layout(Protocol):
    """How the rows of one format are built."""

    def fields(self, row: bytes) -> list[bytes]:
        """The columns of a row, each so that a null is like no value."""
        ...

    def row(self, fields: Sequence[bytes]) -> bytes:
        """A row of these columns."""
        ...

    def key(self, row: bytes, places: tuple[int, ...]) -> bytes:
        """The columns at these places: two keys are the same where these bytes are."""
        ...

    def key_fields(self, key: bytes) -> list[bytes]:
        """What `key` put together."""
        ...

    def ends(self, raw: bytes, lengths: array[int]) -> Places:
        """Where the rows of a frame end; `lengths` are those that are kept beside it, if any.

        Raises:
            RowsMisfit: they are not the lengths of these rows.
        """
        ...

    def narrowed(self, raw: bytes, ends: Places, places: Sequence[int], columns: int) -> list[bytes]:
        """The rows of a frame with the columns at these places, of `columns`.

        Raises:
            RowsMisfit: the frame does not hold such rows.
        """
        ...


class TextRows:
    """A line a row, with tabs between the columns."""

    def fields(self, row: bytes) -> list[bytes]:
        return row.removesuffix(b"\n").split(b"\t")

    def row(self, fields: Sequence[bytes]) -> bytes:
        return b"\t".join(fields) + b"\n"

    def key(self, row: bytes, places: tuple[int, ...]) -> bytes:
        if places == (0,):  # mostly
            return row.partition(b"\t")[0].removesuffix(b"\n")
        fields = self.fields(row)
        return b"\t".join([fields[one] for one in places])

    def key_fields(self, key: bytes) -> list[bytes]:
        return key.split(b"\t")

    def ends(self, raw: bytes, lengths: array[int]) -> Places:  # noqa: ARG002 - the rows themselves tell
        import numpy as np  # noqa: PLC0415 - start-up: 80 ms

        return np.flatnonzero(np.frombuffer(raw, dtype=np.uint8) == _LINE_END) + 1

    def narrowed(self, raw: bytes, ends: Places, places: Sequence[int], columns: int) -> list[bytes]:  # noqa: ARG002
        rows = map(self.fields, raw.splitlines(keepends=True))
        try:
            return [self.row([fields[one] for one in places]) for fields in rows]
        except IndexError:
            raise RowsMisfit from None


class BinaryRows:
    """The number of columns, then each of them with its length before it, in the network's order."""

    def fields(self, row: bytes) -> list[bytes]:
        found, place = [], _COUNT
        while place < len(row):
            end = self._end(row, place)
            found.append(row[place:end])
            place = end
        return found

    def row(self, fields: Sequence[bytes]) -> bytes:
        return struct.pack(">h", len(fields)) + b"".join(fields)

    def key(self, row: bytes, places: tuple[int, ...]) -> bytes:
        if places == (0,):  # mostly
            return row[_COUNT : self._end(row, _COUNT)]
        fields = self.fields(row)
        return b"".join([fields[one] for one in places])

    def key_fields(self, key: bytes) -> list[bytes]:
        return self.fields(bytes(_COUNT) + key)

    def ends(self, raw: bytes, lengths: array[int]) -> Places:
        import numpy as np  # noqa: PLC0415 - as above

        ends: Places = np.cumsum(np.frombuffer(lengths, dtype=np.uint32), dtype=np.int64)
        if len(raw) != (int(ends[-1]) if len(ends) else 0):
            raise RowsMisfit
        return ends

    def narrowed(self, raw: bytes, ends: Places, places: Sequence[int], columns: int) -> list[bytes]:
        """All rows step from column to column together, and leave the bytes of those that stay marked.

        To take each row apart in Python takes seven times as long.
        """
        import numpy as np  # noqa: PLC0415 - as above

        if not len(ends):
            return []
        starts = np.concatenate(([0], ends[:-1]))
        if np.any(ends - starts < _COUNT):
            raise RowsMisfit
        # The four bytes from each byte on, as a length.
        lengths = np.ndarray((max(len(raw) - _LENGTH + 1, 0),), ">i4", raw, strides=(1,))
        edges = np.zeros(len(raw) + 1, dtype=np.int8)
        edges[starts] += 1
        edges[starts + _COUNT] -= 1
        sizes = np.full(len(ends), _COUNT)
        place = starts + _COUNT
        for column in range(columns):
            if np.any(place > ends - _LENGTH):
                raise RowsMisfit
            end = place + _LENGTH + np.maximum(lengths[place].astype(np.int64), 0)
            if np.any(end > ends):
                raise RowsMisfit
            if column in places:
                edges[place] += 1
                edges[end] -= 1
                sizes += end - place
            place = end
        if np.any(place != ends):
            raise RowsMisfit
        whole = np.frombuffer(raw, dtype=np.uint8)
        kept = whole[np.cumsum(edges[:-1], dtype=np.int8).view(np.bool_)].tobytes()
        count = struct.pack(">h", len(places))
        bounds = np.cumsum(sizes).tolist()
        return [count + kept[at + _COUNT : end] for at, end in zip([0, *bounds], bounds, strict=False)]

    def _end(self, row: bytes, place: int) -> int:
        (length,) = struct.unpack_from(">i", row, place)
        return place + _LENGTH + max(int(length), 0)


_LAYOUTS: dict[RowFormat, Layout] = {RowFormat.TEXT: TextRows(), RowFormat.BINARY: BinaryRows()}


def layout(format_: RowFormat) -> Layout:
    return _LAYOUTS[format_]
