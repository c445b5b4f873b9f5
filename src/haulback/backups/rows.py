"""Rows of a table as the server copies them out, in COPY's text format or its binary one, and the hash of each.

The bytes of a row are the same on every server as long as the session's preferences are (`canonical`), and in the
binary format its types are (`sql/binary_types.sql`). A row's hash is XXH3 with 64 bits over these bytes; the hash of a
table is the number of rows with the sum and the exclusive or of their hashes, so it does not depend on their order, and
a row that is there twice counts twice.
"""

from __future__ import annotations

import select
from array import array
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import repeat

import psycopg
from psycopg import pq, sql

from haulback.model.backup import RowFormat
from haulback.pg.copy_format import BINARY_BEGIN, BINARY_END, option
from haulback.pg.queries import queries

_SQL = queries("haulback.backups", "sql/rows.sql")
_BATCH = 1024 * 1024  # bytes of rows, after which they are handed on: memory stays flat whatever their length
_WAIT = 1.0  # seconds, after which an interrupt of ours is heard

Row = bytes | memoryview


@dataclass
class RowsHash:
    """The hash of rows, in any order."""

    rows: int = 0
    _sum: int = 0
    _xor: int = 0

    def add(self, rows: Sequence[Row]) -> array[int]:
        """Takes these rows in; returns the hash of each, in order."""
        hashes = hashes_of(rows)
        self.add_hashes(hashes)
        return hashes

    def add_hashes(self, hashes: array[int]) -> None:
        """Takes in rows of which only the hashes are known."""
        import numpy as np  # noqa: PLC0415 - start-up: 80 ms

        if hashes:
            found = np.frombuffer(hashes, dtype=np.uint64)
            self.rows += len(hashes)
            self._sum = (self._sum + int(found.sum(dtype=np.uint64))) % 2**64
            self._xor ^= int(np.bitwise_xor.reduce(found))

    @property
    def text(self) -> str:
        return f"{self.rows}-{self._sum:016x}-{self._xor:016x}"


def hashes_of(rows: Iterable[Row]) -> array[int]:
    """The hash of each row, in order."""
    from xxhash import xxh3_64_intdigest  # noqa: PLC0415 - start-up

    return array("Q", map(xxh3_64_intdigest, rows))


def canonical(connection: psycopg.Connection) -> None:
    """Makes the transaction write every value in one way, and refuse to be thinned out by a policy."""
    connection.execute(_SQL["canonical"])


def copied_out(connection: psycopg.Connection, query: sql.Composable) -> Generator[list[Row], None, None]:
    """Runs a `COPY … TO STDOUT`; yields its rows in batches: as text each with its line end, as binary rows alone.

    A row at a time through psycopg costs five microseconds; libpq's own call a quarter of one.

    Raises:
        psycopg.Error: the server refused or left.
    """
    wire = connection.pgconn
    begun = wire.exec_(query.as_string(connection).encode())
    if begun.status != pq.ExecStatus.COPY_OUT:
        raise _refusal(wire, begun)
    batches = _batches(wire)
    yield from _rows_alone(batches) if begun.binary_tuples else batches


def _rows_alone(batches: Generator[list[Row], None, None]) -> Generator[list[Row], None, None]:
    """Takes off what the binary format begins with, in one message with the first row, and the message that ends it."""
    begun = False
    with closing(batches):
        for batch in batches:
            if not begun:
                if batch[0][: len(BINARY_BEGIN)] != BINARY_BEGIN:
                    raise psycopg.DataError("rows in COPY's binary format begin otherwise than PostgreSQL writes them")
                batch[0], begun = batch[0][len(BINARY_BEGIN) :], True
            if batch[-1] == BINARY_END:
                batch.pop()
            if batch:
                yield batch


def _batches(wire: pq.abc.PGconn) -> Generator[list[Row], None, None]:
    """What the server sends, a message a row."""
    batch: list[Row] = []
    filled = 0
    take = wire.get_copy_data
    try:
        for length, row in map(take, repeat(1)):
            if length > 0:
                batch.append(row)
                filled += length
                if filled >= _BATCH:
                    yield batch
                    batch, filled = [], 0
            elif length == 0:
                # What libpq has is used up, which it is after some hundred rows: only now is anything else looked at.
                select.select([wire.socket], [], [], _WAIT)
                wire.consume_input()
            else:
                break
        if batch:
            yield batch
        _end(wire)
    except (GeneratorExit, KeyboardInterrupt):
        # Somebody needs no more of it: the server is told, and what it still sends is read away.
        with suppress(psycopg.Error):  # it may be gone
            wire.get_cancel().cancel()
            while take(0)[0] > 0:
                pass
        with suppress(psycopg.Error):  # apart: where all rows had come already, the end alone is left to be read
            while wire.get_result():
                pass
        raise


def table_query(
    identity: sql.Identifier, columns: Iterable[str], format_: RowFormat, *, partitioned: bool = False
) -> sql.Composed:
    """The `COPY` of a table's own rows; of all its partitions where it is partitioned."""
    names = [sql.Identifier(one) for one in columns]
    rows = copied_columns(identity, names)
    if partitioned:
        rows = sql.SQL("(select {} from {})").format(sql.SQL(", ").join(names), identity)
    return sql.SQL("copy {} to stdout{}").format(rows, option(format_))


def copied_columns(identity: sql.Identifier, names: Sequence[sql.Identifier]) -> sql.Composable:
    """A table with its columns, as COPY takes it; an empty list of columns is no SQL."""
    if not names:
        return identity
    return sql.SQL("{} ({})").format(identity, sql.SQL(", ").join(names))


def _end(wire: pq.abc.PGconn) -> None:
    problem = None
    while result := wire.get_result():
        if result.status != pq.ExecStatus.COMMAND_OK:
            problem = problem or result
    if problem:
        raise _refusal(wire, problem)


def _refusal(wire: pq.abc.PGconn, result: pq.abc.PGresult) -> psycopg.Error:
    """What went wrong. A lost connection has no code, from which psycopg could tell that it is one."""
    if wire.status == pq.ConnStatus.BAD:
        return psycopg.OperationalError(wire.get_error_message().strip())
    return psycopg.errors.error_from_result(result)
