"""Rows that wait: in memory while they are few, then in a file without a name."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

_IN_MEMORY = 16 * 1024 * 1024  # bytes


class Spool:
    """Rows in COPY's text format, in the order in which they came."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by `close`
        self.rows = 0

    def add(self, row: bytes) -> None:
        self._file.write(row)
        self.rows += 1

    def __iter__(self) -> Iterator[bytes]:
        """The rows; one walk at a time. A row never holds a line end: COPY writes it as a backslash and an n."""
        self._file.seek(0)
        for row in self._file:  # noqa: UP028 - to end a `yield from` early closes the file
            yield row

    def close(self) -> None:
        self._file.close()
