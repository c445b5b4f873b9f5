"""How large the tables of a target are, without waiting for anybody."""

from __future__ import annotations

import psycopg

from haulback.model.hazard import TableSize
from haulback.pg.queries import queries

_SQL = queries("haulback.pg", "sizes.sql")
_BYTES_A_ROW = 100  # of a table that was never analyzed
_WAIT = "100ms"


def sizes(connection: psycopg.Connection) -> dict[tuple[str, str], TableSize]:
    """Size by schema and name, unquoted; a partitioned or inherited table counts with its children.

    A table that was never analyzed is measured; where somebody locks it alone, its size is not there.

    Raises:
        psycopg.Error: the catalogs could not be read.
    """
    page = int(connection.execute("select pg_catalog.current_setting('block_size')").fetchall()[0][0])
    own: dict[int, TableSize] = {}
    names: dict[int, tuple[str, str]] = {}
    parents: dict[int, list[int]] = {}
    uncounted: list[int] = []
    for schema, name, rows, pages, others, oid, above in connection.execute(_SQL["sizes"]).fetchall():
        names[oid], parents[oid] = (schema, name), above
        if rows >= 0:
            own[oid] = TableSize(rows, pages * page, others * page)
        else:
            uncounted.append(oid)
    own |= _measured(connection, uncounted)
    total = dict(own)
    for oid, size in own.items():
        for ancestor in _ancestors(oid, parents):
            total[ancestor] = _sum(total.get(ancestor), size)
    return {names[oid]: size for oid, size in total.items()}


def _measured(connection: psycopg.Connection, oids: list[int]) -> dict[int, TableSize]:
    """The sizes of those that nobody locks alone."""
    if not oids:
        return {}
    try:
        with connection.transaction():
            connection.execute("select pg_catalog.set_config('lock_timeout', %s, true)", [_WAIT])
            found = connection.execute(_SQL["measured"], {"oids": oids}).fetchall()
    except psycopg.errors.LockNotAvailable:
        half = len(oids) // 2
        return _measured(connection, oids[:half]) | _measured(connection, oids[half:]) if half else {}
    return {oid: TableSize(heap / _BYTES_A_ROW, heap, indexes) for oid, heap, indexes in found if heap is not None}


def _ancestors(oid: int, parents: dict[int, list[int]]) -> set[int]:
    found: set[int] = set()
    open_ = list(parents.get(oid, ()))
    while open_:
        one = open_.pop()
        if one not in found:
            found.add(one)
            open_ += parents.get(one, ())
    return found


def _sum(one: TableSize | None, other: TableSize) -> TableSize:
    if one is None:
        return other
    return TableSize(one.rows + other.rows, one.heap + other.heap, one.indexes + other.indexes)
