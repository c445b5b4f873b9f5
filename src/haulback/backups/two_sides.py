"""Compares a table of two databases row by row; changes neither.

Each side is read once, in one snapshot, into `buckets`: hashes of keys and rows, and never rows. Keys, and values where
somebody wants them, are looked up afterwards for the few rows that are shown. Rows are matched by the text of their
primary key, so neither the order nor the collation of a side counts.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import psycopg
from psycopg import sql

from haulback.backups.buckets import Buckets, Differing, Sorted, differing
from haulback.backups.errors import CopyBroken, MayNotRead, RowsHidden
from haulback.backups.rows import RowsHash, canonical, copied_out, hashes_of
from haulback.backups.table import Table
from haulback.model.diff import SequenceDiff, ShownRow, TableDiff, Values
from haulback.model.restore import How
from haulback.pg.queries import queries

_SQL = queries("haulback.backups", "sql/two_sides.sql")
_ALIKE = (frozenset({"smallint", "integer", "bigint"}), frozenset({"text", "character varying"}))
_NULL = b"\\N"
_USERS = 10_000  # asked for at a time
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
Told = Callable[[int], None]


@dataclass(frozen=True)
class Side:
    """A table on one side.

    Attributes:
        connection: in autocommit; each reading is a transaction of its own.
    """

    connection: psycopg.Connection
    table: Table


@dataclass(frozen=True)
class Columns:
    """What is compared of a table, the key first. Pure.

    Attributes:
        reason: why no key tells rows apart; empty where one does.
    """

    key: tuple[str, ...]
    others: tuple[str, ...]
    only_then: tuple[str, ...]
    only_now: tuple[str, ...]
    retyped: tuple[str, ...]
    reason: str = ""

    @property
    def all(self) -> tuple[str, ...]:
        return self.key + self.others


@dataclass(frozen=True)
class Wanted:
    """How much is shown.

    Attributes:
        limit: rows of each kind.
        values: whether their values are.
        archive: of the side that is: where rows of the table go when they are archived.
        users: columns of the side that is which name a user who can be erased.
    """

    limit: int = 5
    values: bool = False
    archive: Table | None = None
    users: tuple[str, ...] = ()


def columns_of(then: Table, now: Table) -> Columns:
    """Which columns both sides have in a way that can be compared as text."""
    types = {one.name: one.type for one in now.columns}
    shared = [one for one in then.columns if one.name in types]
    retyped = tuple(one.name for one in shared if not _alike(one.type, types[one.name]))
    compared = [one.name for one in shared if one.name not in retyped]
    reason = ""
    if not then.key or not now.key:
        reason = "it has no primary key" if then.key == now.key else "it has a primary key on one side only"
    elif then.key != now.key:
        reason = f"its primary key was {', '.join(then.key)} and is {', '.join(now.key)}"
    elif not set(then.key).issubset(compared):
        reason = "its primary key has another type by now"
    key = () if reason else then.key
    there = {one.name for one in then.columns}
    return Columns(
        key,
        tuple(one for one in compared if one not in key),
        tuple(one.name for one in then.columns if one.name not in types),
        tuple(one.name for one in now.columns if one.name not in there),
        retyped,
        reason,
    )


def compare(then: Side, now: Side, wanted: Wanted, told: Told = lambda _rows: None) -> TableDiff:
    """Reads both sides.

    Args:
        then: as it was.
        now: as it is.
        wanted: how much is shown.
        told: the rows read so far, of both sides.

    Raises:
        RowsHidden, MayNotRead: refused.
        CopyBroken: a connection was lost.
    """
    columns = columns_of(then.table, now.table)
    found = TableDiff(
        now.table.identity, None, None, None, columns.reason,
        only_then=columns.only_then, only_now=columns.only_now, retyped=columns.retyped,
    )  # fmt: skip
    return _by_key(then, now, columns, wanted, found, told) if columns.key else _by_sum(then, now, columns, found, told)


def sequences(then: psycopg.Connection, now: psycopg.Connection) -> tuple[SequenceDiff, ...]:
    """Those that stand elsewhere."""
    before, after = _standing(then), _standing(now)
    return tuple(
        SequenceDiff(name, before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    )


def _standing(connection: psycopg.Connection) -> dict[str, int | None]:
    return dict(connection.execute(_SQL["sequences"]).fetchall())


def counted(side: Side) -> int:
    """The rows of a table that the other side does not have.

    Raises:
        RowsHidden, MayNotRead, CopyBroken: as `compare`.
    """
    only = sql.SQL("" if side.table.partitioned else "only ")
    query = sql.SQL("copy (select pg_catalog.count(*) from {}{}) to stdout").format(only, _name(side.table))
    return int(_line(side, query) or 0)


def _by_sum(then: Side, now: Side, columns: Columns, found: TableDiff, told: Told) -> TableDiff:
    """Without a key only the count, and a hash of all rows in any order."""
    sums = (RowsHash(), RowsHash())
    for side, whole in zip((then, now), sums, strict=True):
        for batch in _batches(side, _select(side.table, columns.all)):
            whole.add(batch)
            told(sums[0].rows + sums[1].rows)
    return replace(found, then=sums[0].rows, now=sums[1].rows, same=sums[0].text == sums[1].text)


def _by_key(then: Side, now: Side, columns: Columns, wanted: Wanted, found: TableDiff, told: Told) -> TableDiff:
    with closing(Buckets()) as before, closing(Buckets()) as after:
        for side, buckets in ((then, before), (now, after)):
            for batch in _batches(side, _select(side.table, columns.all)):
                buckets.add(_keys(batch, columns), hashes_of(batch))
                told(before.rows + after.rows)
        apart = differing(before, after)
        found = replace(
            found, then=before.rows, now=after.rows, same=not any((apart.missing, apart.changed, apart.extra)),
            missing=len(apart.missing), changed=len(apart.changed), extra=len(apart.extra),
        )  # fmt: skip
    if found.same:
        return found
    gone_for_good, archived, erased = _not_to_come_back(then, now, columns, wanted, apart.missing)
    apart = replace(apart, missing=apart.missing.without(gone_for_good))
    return replace(found, archived=archived, erased=erased, first=_first(then, now, columns, wanted, apart))


def _not_to_come_back(
    then: Side, now: Side, columns: Columns, wanted: Wanted, missing: Sorted
) -> tuple[array[int], int, int | None]:
    """Keys of missing rows that a restore leaves away: how many are in the archive, and how many of erased users."""
    archived: array[int] = array("Q")
    key = len(columns.key)
    if wanted.archive is not None and wanted.archive.key == columns.key and len(missing):
        for _, hashed in _matching(replace(now, table=wanted.archive), columns.key, key, missing):
            archived.append(hashed)
    left = missing.without(archived)
    users = [one for one in wanted.users if one in columns.all]
    if not users or not len(left):
        return archived, len(archived), 0
    try:
        erased = _of_erased(then, now, columns, users, left)
    except psycopg.errors.InsufficientPrivilege:
        return archived, len(archived), None
    return archived + erased, len(archived), len(erased)


def _of_erased(then: Side, now: Side, columns: Columns, users: Sequence[str], missing: Sorted) -> array[int]:
    row = now.connection.execute(_SQL["honours_erasure"]).fetchone()
    if row is None or not row[0]:
        return array("Q")
    key = len(columns.key)
    asked = (*columns.key, *(one for one in users if one not in columns.key))
    places = [asked.index(one) for one in users]
    named = {fields[one] for fields, _ in _matching(then, asked, key, missing) for one in places} - {_NULL}
    gone: set[bytes] = set()
    waiting = sorted(one.decode() for one in named)
    for first in range(0, len(waiting), _USERS):
        answer = now.connection.execute(_SQL["erased"], {"users": waiting[first : first + _USERS]})
        gone.update(str(subject).encode() for (subject,) in answer)
    if not gone:
        return array("Q")
    rows = _matching(then, asked, key, missing)
    return array("Q", (hashed for fields, hashed in rows if any(fields[one] in gone for one in places)))


def _first(
    then: Side, now: Side, columns: Columns, wanted: Wanted, apart: Differing
) -> dict[How, tuple[ShownRow, ...]]:
    """Some rows of each kind, as they come."""
    sides = {
        How.MISSING: (then, apart.missing, (then,)),
        How.CHANGED: (then, apart.changed, (then, now)),
        How.EXTRA: (now, apart.extra, (now,)),
    }
    found = {}
    for how, (side, hashes, seen) in sides.items():
        keys = []
        with closing(_matching(side, columns.key, len(columns.key), hashes)) as matching:
            for _, (fields, _) in zip(range(min(wanted.limit, len(hashes))), matching, strict=False):
                keys.append(fields)
        found[how] = tuple(
            ShownRow(
                ", ".join(one.decode(errors="replace") for one in key),
                _values(then, columns, key) if wanted.values and then in seen else None,
                _values(now, columns, key) if wanted.values and now in seen else None,
            )
            for key in keys
        )
    return found


def _matching(
    side: Side, columns: Sequence[str], key: int, hashes: Sorted
) -> Generator[tuple[list[bytes], int], None, None]:
    """Rows whose key is among `hashes`, with the hash of each; the first `key` columns are it."""
    if not len(hashes):
        return
    with closing(_batches(side, _select(side.table, columns))) as batches:
        for batch in batches:
            found = hashes_of(_key(row, key) for row in map(bytes, batch))
            for place in hashes.places(found):
                yield bytes(batch[place])[:-1].split(b"\t"), found[place]


def _values(side: Side, columns: Columns, key: Sequence[bytes]) -> Values | None:
    """The row of that key; None where it is gone since."""
    types = {one.name: one.type for one in side.table.columns}
    where = sql.SQL(" and ").join(
        sql.SQL("{} = {}::{}").format(sql.Identifier(name), sql.Literal(_text(value)), sql.SQL(types[name]))
        for name, value in zip(columns.key, key, strict=True)
    )
    line = _line(side, sql.SQL("copy ({} where {}) to stdout").format(_plain_select(side.table, columns.all), where))
    if line is None:
        return None
    return {name: _text(one) for name, one in zip(columns.all, line[:-1].split(b"\t"), strict=True)}


def _text(field: bytes) -> str | None:
    """A field of COPY as the server's text."""
    if field == _NULL:
        return None
    text = field.decode(errors="replace")
    if "\\" not in text:
        return text
    letters, found = iter(text), []
    for one in letters:
        following = next(letters, "") if one == "\\" else ""
        found.append(_ESCAPES.get(following, following) if one == "\\" else one)
    return "".join(found)


def _keys(batch: Sequence[bytes | memoryview], columns: Columns) -> array[int]:
    count = len(columns.key)
    return hashes_of(_key(row, count) for row in map(bytes, batch))


def _key(row: bytes, count: int) -> bytes:
    if count == 1:  # mostly
        return row.partition(b"\t")[0].rstrip(b"\n")
    return b"\t".join(row[:-1].split(b"\t", count)[:count])


def _line(side: Side, query: sql.Composable) -> bytes | None:
    """The first row; None where there is none."""
    with closing(_batches(side, query)) as batches:
        return next((bytes(row) for batch in batches for row in batch), None)


def _batches(side: Side, query: sql.Composable) -> Generator[Sequence[bytes | memoryview], None, None]:
    """Runs a COPY in a snapshot of its own."""
    try:
        with side.connection.transaction():
            side.connection.execute("set transaction isolation level repeatable read, read only")
            canonical(side.connection)
            with closing(copied_out(side.connection, query)) as batches:
                yield from batches
    except psycopg.errors.InsufficientPrivilege as error:
        kind = RowsHidden if "row-level security" in str(error) else MayNotRead
        raise kind(identity=side.table.identity) from error
    except psycopg.OperationalError as error:
        raise CopyBroken(identity=side.table.identity, reason=str(error).splitlines()[0]) from error


def _select(table: Table, columns: Iterable[str]) -> sql.Composed:
    return sql.SQL("copy ({}) to stdout").format(_plain_select(table, columns))


def _plain_select(table: Table, columns: Iterable[str]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    only = sql.SQL("" if table.partitioned else "only ")
    return sql.SQL("select {} from {}{}").format(names, only, _name(table))


def _name(table: Table) -> sql.Identifier:
    return sql.Identifier(table.schema, table.name)


def _alike(then: str, now: str) -> bool:
    """Whether equal values of both types have equal texts."""
    bare = {one.partition("(")[0] for one in (then, now)}
    return then == now or any(bare <= family for family in _ALIKE)
