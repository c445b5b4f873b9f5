"""Rows that wait: in memory while they are few, then in a file without a name."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterator

_IN_MEMORY = 16 * 1024 * 1024  # bytes


class Spool:
    """Rows in the order in which they came."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by `close`
        self._lengths: array[int] = array("Q")

    @property
    def rows(self) -> int:
        return len(self._lengths)

    def add(self, row: bytes) -> None:
        self._file.write(row)
        self._lengths.append(len(row))

    def __iter__(self) -> Iterator[bytes]:
        """The rows; one walk at a time."""
        self._file.seek(0)
        for length in self._lengths:
            yield self._file.read(length)

    def close(self) -> None:
        self._file.close()
