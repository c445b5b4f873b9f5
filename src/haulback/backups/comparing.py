"""Compares a table in use with its backup, row by row, in one pass over the table and one over the backup.

The backup brings the hash of each of its rows along. The table is read once, in one snapshot; a row whose hash the
backup knows is the same. Only the others are looked at: those that the backup alone has are read from their frames,
and both are joined by the hash of their key. With n rows on each side, two different ones are taken for the same with
a probability of about n * d / 2**64, d of them differing: below 1 to 10**8 with two million rows.

Memory holds hashes and never rows: 8 bytes a row of the backup, three times, and 8 a row that differs.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from haulback.backups.contents import Contents
from haulback.backups.errors import BackupDamaged, CopyBroken, MayNotRead, RowsHidden
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
_LINE_END = 10


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
    """What differs; holds the rows that do until it is closed."""

    def __init__(
        self, contents: Contents, table: TableContent, shape: Shape, here: int, then: _Side, now: _Side
    ) -> None:
        import numpy as np  # noqa: PLC0415 - start-up: 80 ms

        self._contents, self._table, self._shape, self._here = contents, table, shape, here
        self._then, self._now = then, now
        self._then_changed: Mask = np.isin(then.hashes, now.hashes)
        self._now_changed: Mask = np.isin(now.hashes, then.hashes)

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
            {
                How.MISSING: _first(self._then_keys(changed=False)),
                How.CHANGED: _first(self._then_keys(changed=True)),
                How.EXTRA: _first(self.extra()),
            },
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

    def extra(self) -> Iterator[str]:
        """The keys of rows that only the table has, as COPY writes them."""
        for row, is_changed in zip(self._now.rows, self._now_changed, strict=True):
            if not is_changed:
                yield _shown(self._shape.key_of_table(row))

    def close(self) -> None:
        self._then.rows.close()
        self._now.rows.close()

    def _then_keys(self, *, changed: bool) -> Iterator[str]:
        for row, is_changed in zip(self._then.rows, self._then_changed, strict=True):
            if is_changed == changed:
                yield _shown(self._shape.key_of_backup(row))


def compare(
    connection: psycopg.Connection,
    contents: Contents,
    content: TableContent,
    table: Table,
    shape: Shape,
    progress: Progress = lambda _what, _done, _all: None,
) -> Found:
    """Reads both sides; changes nothing.

    Args:
        connection: in autocommit; a replica will do.
        contents: the backup.
        content: of the table in it.
        table: as it is now.
        shape: of both.
        progress: told after each batch.

    Raises:
        RowsHidden, MayNotRead: refused.
        CopyBroken: the connection was lost.
        BackupDamaged: what was read of the backup is not what was written.
    """
    known = _Known(_hashes(contents, content, shape))
    with ExitStack() as unfinished:
        now, then = _Side.empty(), _Side.empty()
        unfinished.callback(now.rows.close)
        unfinished.callback(then.rows.close)
        here = _look(connection, table, shape, known, now, lambda rows: progress(table.identity, rows, content.rows))
        for row in _unseen(contents, content, known, shape):
            then.add(row, shape.key_of_backup(row))
        unfinished.pop_all()
        return Found(contents, content, shape, here, then, now)


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
    """The hashes of the backup's rows, and which of them the table has."""

    def __init__(self, hashes: Hashes) -> None:
        import numpy as np  # noqa: PLC0415 - start-up: 80 ms

        self.hashes = hashes
        self._order = np.argsort(hashes)
        self._sorted = hashes[self._order]
        self._seen: Mask = np.zeros(len(hashes), dtype=np.bool_)

    def strange(self, hashes: array[int]) -> list[int]:
        """Places of hashes that the backup does not know; the others are ticked off."""
        import numpy as np  # noqa: PLC0415 - as above

        asked = _numbers(hashes)
        if not len(self.hashes):
            return list(range(len(asked)))
        # Asked in order, since the search then stays where it was: four times as fast.
        order = np.argsort(asked)
        places = np.searchsorted(self._sorted, asked[order])
        places[places == len(self._sorted)] = 0
        found = self._sorted[places] == asked[order]
        self._seen[self._order[places[found]]] = True
        return sorted(order[~found].tolist())

    def unseen(self) -> NDArray[Any]:
        """Numbers of rows that the table does not have, in order."""
        import numpy as np  # noqa: PLC0415 - as above

        return np.flatnonzero(~self._seen)


def _read(connection: psycopg.Connection, table: Table, shape: Shape) -> Iterator[Sequence[bytes | memoryview]]:
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        canonical(connection)
        name = sql.Identifier(table.schema, table.name)
        yield from copied_out(connection, table_query(name, shape.columns, partitioned=table.partitioned))


def _hashes(contents: Contents, content: TableContent, shape: Shape) -> Hashes:
    """Of every row of the backup: as written with it, or made anew where only some columns are compared."""
    if not shape.places:
        found = contents.hashes(content)
        whole = RowsHash()
        whole.add_hashes(found)
        if whole.text != content.hash:
            raise BackupDamaged(id=contents.backup.id, reason=f"{content.sidecar} was changed since it was written")
        return _numbers(found)
    found = array("Q")
    for raw in contents.rows(content):
        found.extend(hashes_of(map(shape.alike, raw.splitlines(keepends=True))))
    if len(found) != content.rows:
        raise BackupDamaged(id=contents.backup.id, reason=f"{content.file} holds {len(found):,} rows")
    return _numbers(found)


def _unseen(contents: Contents, content: TableContent, known: _Known, shape: Shape) -> Iterator[bytes]:
    """The rows of the backup that the table does not have; only the frames that hold some are read."""
    import numpy as np  # noqa: PLC0415 - as above

    wanted = known.unseen()
    starts = np.cumsum([0, *(one.rows for one in content.frames)])
    # The places of each frame's first wanted row among the wanted ones.
    bounds = np.searchsorted(wanted, starts)
    frames = [one for one in range(len(content.frames)) if bounds[one] < bounds[one + 1]]
    for frame, raw in zip(frames, contents.rows(content, frames), strict=True):
        ends = np.flatnonzero(np.frombuffer(raw, dtype=np.uint8) == _LINE_END) + 1
        if len(ends) != content.frames[frame].rows:
            raise BackupDamaged(id=contents.backup.id, reason=f"frame {frame} of {content.file} holds {len(ends)} rows")
        for number in wanted[bounds[frame] : bounds[frame + 1]].tolist():
            place = number - int(starts[frame])
            row = raw[int(ends[place - 1]) if place else 0 : int(ends[place])]
            if hashes_of((shape.alike(row),))[0] != int(known.hashes[number]):
                raise BackupDamaged(id=contents.backup.id, reason=f"row {number + 1} of {content.file} was changed")
            yield row


def _numbers(hashes: array[int]) -> Hashes:
    import numpy as np  # noqa: PLC0415 - as above

    return np.frombuffer(hashes, dtype=np.uint64) if hashes else np.empty(0, dtype=np.uint64)


def _first(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(key for _, key in zip(range(_SHOWN), keys, strict=False))


def _shown(key: bytes) -> str:
    return ", ".join(key.decode(errors="replace").split("\t"))
