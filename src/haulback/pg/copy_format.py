"""What COPY's two formats need besides the rows: an option of the command, a beginning and an end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from psycopg import sql

from haulback.model.backup import RowFormat

# PostgreSQL's documentation of COPY: a signature, then flags and the length of an extension, both of them 0.
BINARY_BEGIN: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
BINARY_END: Final = b"\xff\xff"  # in place of a number of columns


def option(format_: RowFormat) -> sql.SQL:
    """What ends the COPY command."""
    return sql.SQL(" (format binary)") if format_ is RowFormat.BINARY else sql.SQL("")


def stream(rows: Iterable[bytes], format_: RowFormat) -> Iterator[bytes]:
    """Rows as `COPY … FROM STDIN` takes them."""
    if format_ is RowFormat.BINARY:
        yield BINARY_BEGIN
    yield from rows
    if format_ is RowFormat.BINARY:
        yield BINARY_END
