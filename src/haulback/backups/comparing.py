"""Compares a table in use with its backup, row by row, in one pass over the table and one over the backup.

The backup brings the hash of each of its rows along. The table is read once, in one snapshot; a row whose hash the
backup knows is the same. Only the others are looked at: those that the backup alone has are read from their frames,
and both are joined by the hash of their key. With n rows on each side, two different ones are taken for the same with
a probability of about n * d / 2**64, d of them differing: below 1 to 10**8 with two million rows.

Memory holds hashes and never rows: 8 bytes a row of the backup, three times, and 8 a row that differs.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from haulback.backups.contents import Contents, Sidecar
from haulback.backups.errors import BackupDamaged, CopyBroken, MayNotRead, RowsHidden
from haulback.backups.key_texts import key_texts
from haulback.backups.row_layout import RowsMisfit
from haulback.backups.rows import RowsHash, canonical, copied_out, hashes_of, table_query
from haulback.backups.shape import Shape
from haulback.backups.spool import Spool
from haulback.backups.table import Table
from haulback.model.backup import TableContent
from haulback.model.restore import Differences, How

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]
    Mask = NDArray[np.bool_]

Progress = Callable[[str, int, int], None]
_SHOWN = 5  # keys of a kind
_STEPS = 16  # from where a hash may stand at the first; 1 in 10**14 takes more


@dataclass
class _Side:
    """The rows of one side that the other does not have as they are, with the hash of the key of each."""

    rows: Spool
    keys: array[int]

    @classmethod
    def empty(cls) -> _Side:
        return cls(Spool(), array("Q"))

    def add(self, row: bytes, key: bytes) -> None:
        self.rows.add(row)
        self.keys.extend(hashes_of((key,)))

    @property
    def hashes(self) -> Hashes:
        return _numbers(self.keys)


class Found:
    """What differs; holds the rows that do until it is closed.

    Attributes:
        extra: the keys of rows that only the table has, as many as were asked for.
    """

    extra: tuple[str, ...] = ()

    def __init__(
        self, contents: Contents, table: TableContent, shape: Shape, here: int, then: _Side, now: _Side
    ) -> None:
        import numpy as np  # noqa: PLC0415 - start-up: 80 ms

        self._contents, self._table, self._shape, self._here = contents, table, shape, here
        self._then, self._now = then, now
        self._then_changed: Mask = np.isin(then.hashes, now.hashes)
        self._now_changed: Mask = np.isin(now.hashes, then.hashes)
        self._first: dict[How, tuple[str, ...]] = {}

    def name_keys(self, connection: psycopg.Connection, extra: int) -> None:
        """Has the server write out the first keys of each kind, and `extra` keys of rows that only the table has."""
        types = {one.name: one.type for one in self._table.columns}
        of_key = [types[one] for one in self._table.key]

        def texts(keys: Iterator[bytes], most: int) -> tuple[str, ...]:
            return key_texts(connection, of_key, list(islice(keys, most)), self._shape.format)

        self._first = {
            How.MISSING: texts(self._then_keys(changed=False), _SHOWN),
            How.CHANGED: texts(self._then_keys(changed=True), _SHOWN),
            How.EXTRA: texts(self._extra_keys(), _SHOWN),
        }
        self.extra = texts(self._extra_keys(), extra)

    @property
    def differences(self) -> Differences:
        """How much differs, with the first keys."""
        changed = int(self._then_changed.sum())
        return Differences(
            self._table.identity,
            self._contents.backup.id,
            self._contents.backup.began_at,
            self._table.rows,
            self._here,
            self._then.rows.rows - changed,
            changed,
            self._now.rows.rows - int(self._now_changed.sum()),
            self._first,
            self._shape.only_backup,
            self._shape.only_table,
        )

    def wanted(self, hows: frozenset[How]) -> Iterator[bytes]:
        """Whole rows of the backup, as COPY writes them, that are missing or changed."""
        for row, is_changed in zip(self._then.rows, self._then_changed, strict=True):
            if (How.CHANGED if is_changed else How.MISSING) in hows:
                yield row

    def staged(self, hows: frozenset[How], chosen: frozenset[int] | None = None) -> Iterator[bytes]:
        """The same rows with the columns that are compared; of the hashes in `chosen` only, where it is given."""
        for row in self.wanted(hows):
            if chosen is None or hashes_of((row,))[0] in chosen:
                yield self._shape.alike(row)

    def before(self) -> Iterator[bytes]:
        """The rows in use that are changed, as they were when they were compared."""
        for row, is_changed in zip(self._now.rows, self._now_changed, strict=True):
            if is_changed:
                yield row

    def close(self) -> None:
        self._then.rows.close()
        self._now.rows.close()

    def _then_keys(self, *, changed: bool) -> Iterator[bytes]:
        for row, is_changed in zip(self._then.rows, self._then_changed, strict=True):
            if is_changed == changed:
                yield self._shape.key_of_backup(row)

    def _extra_keys(self) -> Iterator[bytes]:
        for row, is_changed in zip(self._now.rows, self._now_changed, strict=True):
            if not is_changed:
                yield self._shape.key_of_table(row)


def compare(
    connection: psycopg.Connection,
    contents: Contents,
    content: TableContent,
    table: Table,
    shape: Shape,
    progress: Progress = lambda _what, _done, _all: None,
    *,
    extra: int = 0,
) -> Found:
    """Reads both sides; changes nothing.

    Args:
        connection: in autocommit; a replica will do.
        contents: the backup.
        content: of the table in it.
        table: as it is now.
        shape: of both.
        progress: told after each batch.
        extra: how many keys of rows that only the table has are listed.

    Raises:
        RowsHidden, MayNotRead: refused.
        CopyBroken: the connection was lost.
        BackupDamaged: what was read of the backup is not what was written.
    """
    beside = contents.sidecar(content)
    known = _Known(_hashes(contents, content, beside, shape))
    with ExitStack() as unfinished:
        now, then = _Side.empty(), _Side.empty()
        unfinished.callback(now.rows.close)
        unfinished.callback(then.rows.close)
        here = _look(connection, table, shape, known, now, lambda rows: progress(table.identity, rows, content.rows))
        for row in _unseen(contents, content, beside, known, shape):
            then.add(row, shape.key_of_backup(row))
        found = Found(contents, content, shape, here, then, now)
        found.name_keys(connection, extra)
        unfinished.pop_all()
        return found


def _look(
    connection: psycopg.Connection, table: Table, shape: Shape, known: _Known, now: _Side, told: Callable[[int], None]
) -> int:
    """Ticks off the rows that the backup has, and takes the others into `now`; returns how many there are."""
    here = 0
    try:
        for batch in _read(connection, table, shape):
            here += len(batch)
            for place in known.strange(hashes_of(batch)):
                row = bytes(batch[place])
                now.add(row, shape.key_of_table(row))
            told(here)
    except psycopg.errors.InsufficientPrivilege as error:
        kind = RowsHidden if "row-level security" in str(error) else MayNotRead
        raise kind(identity=table.identity) from error
    except psycopg.OperationalError as error:
        raise CopyBroken(identity=table.identity, reason=str(error).splitlines()[0]) from error
    return here


class _Known:
    """The hashes of the backup's rows, and which of them the table has.

    Hashes are evenly spread, so the first bits of one tell where it stands among all in order, but for a step or two:
    eight times as fast as a search.
    """

    def __init__(self, hashes: Hashes) -> None:
        import numpy as np  # noqa: PLC0415 - start-up: 80 ms

        self.hashes = hashes
        self._order = np.argsort(hashes)
        # With one more that none is beyond: steps end there at the latest.
        self._sorted = np.append(hashes[self._order], np.uint64(2**64 - 1))
        self._seen: Mask = np.zeros(len(hashes), dtype=np.bool_)
        bits = max(len(hashes).bit_length(), 1)
        self._shift = np.uint64(64 - bits)
        begun = np.bincount(self._first_bits(hashes), minlength=2**bits)
        self._starts = np.concatenate(([0], np.cumsum(begun[:-1])))

    def strange(self, hashes: array[int]) -> list[int]:
        """Places of hashes that the backup does not know; the others are ticked off."""
        import numpy as np  # noqa: PLC0415 - as above

        asked = _numbers(hashes)
        places = self._starts[self._first_bits(asked)]
        before = np.flatnonzero(self._sorted[places] < asked)
        for _ in range(_STEPS):
            places[before] += 1
            before = before[self._sorted[places[before]] < asked[before]]
        # Mostly none; there are some where somebody chose values whose hashes begin alike.
        places[before] = np.searchsorted(self._sorted, asked[before])
        found = (places < len(self.hashes)) & (self._sorted[places] == asked)
        self._seen[self._order[places[found]]] = True
        return np.flatnonzero(~found).tolist()

    def _first_bits(self, hashes: Hashes) -> NDArray[np.int64]:
        return (hashes >> self._shift).astype("int64")

    def unseen(self) -> NDArray[Any]:
        """Numbers of rows that the table does not have, in order."""
        import numpy as np  # noqa: PLC0415 - as above

        return np.flatnonzero(~self._seen)


def _read(connection: psycopg.Connection, table: Table, shape: Shape) -> Iterator[Sequence[bytes | memoryview]]:
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        canonical(connection)
        name = sql.Identifier(table.schema, table.name)
        query = table_query(name, shape.columns, shape.format, partitioned=table.partitioned)
        yield from copied_out(connection, query)


def _hashes(contents: Contents, content: TableContent, beside: Sidecar, shape: Shape) -> Hashes:
    """Of every row of the backup: as written with it, or made anew where only some columns are compared."""
    if not shape.places:
        whole = RowsHash()
        whole.add_hashes(beside.hashes)
        if whole.text != content.hash:
            raise BackupDamaged(id=contents.backup.id, reason=f"{content.sidecar} was changed since it was written")
        return _numbers(beside.hashes)
    found = array("Q")
    try:
        for raw, ends in contents.framed(content, beside):
            found.extend(hashes_of(shape.layout.narrowed(raw, ends, shape.places, shape.width)))
    except RowsMisfit:
        reason = f"{content.file} holds rows of other columns"
        raise BackupDamaged(id=contents.backup.id, reason=reason) from None
    return _numbers(found)


def _unseen(contents: Contents, content: TableContent, beside: Sidecar, known: _Known, shape: Shape) -> Iterator[bytes]:
    """The rows of the backup that the table does not have; only the frames that hold some are read."""
    import numpy as np  # noqa: PLC0415 - as above

    wanted = known.unseen()
    starts = np.cumsum([0, *(one.rows for one in content.frames)])
    # The places of each frame's first wanted row among the wanted ones.
    bounds = np.searchsorted(wanted, starts)
    frames = [one for one in range(len(content.frames)) if bounds[one] < bounds[one + 1]]
    for frame, (raw, ends) in zip(frames, contents.framed(content, beside, frames), strict=True):
        for number in wanted[bounds[frame] : bounds[frame + 1]].tolist():
            place = number - int(starts[frame])
            row = raw[int(ends[place - 1]) if place else 0 : int(ends[place])]
            if hashes_of((shape.alike(row),))[0] != int(known.hashes[number]):
                raise BackupDamaged(id=contents.backup.id, reason=f"row {number + 1} of {content.file} was changed")
            yield row


def _numbers(hashes: array[int]) -> Hashes:
    import numpy as np  # noqa: PLC0415 - as above

    return np.frombuffer(hashes, dtype=np.uint64) if hashes else np.empty(0, dtype=np.uint64)
