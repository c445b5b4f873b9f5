"""How much tables of a target hold, and how wide their columns are, from a few of their pages.

A sample tells more than pg_stats: it shows the same columns to the same roles, counts what lies out of line, and is
there for a table that nobody has analyzed yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import sql

from haulback.model.capture_cost import TableExtent
from haulback.pg.queries import queries

_SQL = queries("haulback.pg", "extents.sql")
_PAGES = 200  # read of a table; with 50 rows a page its rows are known to about a tenth
_BYTES_A_ROW = 100  # of a table of which nothing is known but its size
_BOUNDS = (("lock_timeout", "100ms"), ("statement_timeout", "5s"), ("row_security", "off"))


def extents(connection: psycopg.Connection, identities: Iterable[str]) -> dict[str, TableExtent]:
    """The extent of each table by its identity; one that is not there is left out.

    So is one whose schema the role may not look into, and one that somebody locks alone and that was never analyzed.

    Reads 200 pages of each table at most. Where the role may not read rows, or a policy would hide some, the
    statistics tell the rows, and no widths are known.

    Args:
        connection: in autocommit.
        identities: quoted, schema-qualified.

    Raises:
        psycopg.Error: the catalogs could not be read.
    """
    found = (_extent(connection, one) for one in dict.fromkeys(identities))
    return {one.identity: one for one in found if one is not None}


def _extent(connection: psycopg.Connection, identity: str) -> TableExtent | None:
    row = _row(connection, identity)
    if row is None:
        return None
    heap, toast, counted, key, users, columns, page, name = row
    rows, widths = _sample(connection, sql.Identifier(*name), columns, heap // page)
    if rows is None or (heap // page > _PAGES and counted is not None):
        # ANALYZE looks at a hundred times as many pages as we do.
        rows = counted if counted is not None else heap / _BYTES_A_ROW
    return TableExtent(identity, rows, heap, toast, tuple(key), tuple(users), widths)


def _row(connection: psycopg.Connection, identity: str) -> tuple[Any, ...] | None:
    try:
        with connection.transaction():
            _bound(connection)
            return connection.execute(_SQL["extent"], {"identity": identity, "open": True}).fetchone()
    except psycopg.errors.InsufficientPrivilege:
        return None
    except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled):
        # Somebody locks it alone: what the statistics tell needs no lock, and is something where there is any.
        row = connection.execute(_SQL["extent"], {"identity": identity, "open": False}).fetchone()
        return row if row is not None and row[2] is not None else None


def _sample(
    connection: psycopg.Connection, table: sql.Identifier, columns: list[str], pages: int
) -> tuple[float | None, dict[str, float]]:
    """(rows, average width by column); (None, {}) where no row may be read."""
    percent = min(100.0, 100.0 * _PAGES / max(pages, 1))
    query = sql.SQL(_SQL["sample"]).format(
        widths=sql.SQL(", ").join(
            sql.SQL("pg_catalog.avg(coalesce(pg_catalog.pg_column_size({}), 0))::float8").format(
                sql.Identifier("t", one)
            )
            for one in columns
        ),
        table=table,
        percent=sql.Literal(percent),
    )
    try:
        with connection.transaction():
            _bound(connection)
            count, *widths = connection.execute(query).fetchall()[0]
    except (
        psycopg.errors.InsufficientPrivilege,
        psycopg.errors.LockNotAvailable,
        psycopg.errors.QueryCanceled,
    ):
        return None, {}
    known = {name: width for name, width in zip(columns, widths, strict=True) if width is not None}
    return count * 100.0 / percent, known


def _bound(connection: psycopg.Connection) -> None:
    """Waits for nobody for long, and gets an error where a policy would hide rows."""
    for name, value in _BOUNDS:
        connection.execute("select pg_catalog.set_config(%s, %s, true)", [name, value])
