"""Brings tables that a deployment dropped, and that moved to the attic instead, back as they lie there.

They come back with rows, indexes and sequences in the transaction that brings the structure back, in milliseconds;
what was taken off them the inverse puts on again. A row that has lost its parent meanwhile, as rows in the attic do
not go with it, is taken out of the table once all other rows are back: it stays in the attic, with the reason, in a
table that then has the name of the one that came back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from haulback.capture import attic, filling, live, registry
from haulback.capture.columns import listed
from haulback.capture.naming import SCHEMA
from haulback.model.capture import Capture, CaptureKind, Filled, Keeps
from haulback.model.deployment import Deployment
from haulback.model.schema import ObjectKey
from haulback.pg.queries import bound, queries

_SQL = queries("haulback.capture", "sql/coming_back.sql")
_BACK, _SETTLED = "back", "fill"
_MOST = 100_000  # rows without a parent looked for at once


def is_moved(capture: Capture) -> bool:
    """Whether it is a table that was there before and moved."""
    return capture.keeps is Keeps.BEFORE and capture.kind is CaptureKind.MOVED_TABLE


def keys(captures: Iterable[Capture]) -> frozenset[ObjectKey]:
    """The tables among these that moved."""
    return frozenset(ObjectKey("table", one.identity) for one in captures if is_moved(one))


def forget_erased(connection: psycopg.Connection, deployment: Deployment) -> None:
    """Erases the rows of users who are marked as erased from the tables that come back; before they do.

    Whoever was erased since is gone from them already: this is for marks that somebody else wrote. In autocommit;
    harmless to repeat.
    """
    if not live.honours_erasure(connection):
        return
    for capture in registry.captures(connection, deployment.id):
        table = live.kept(connection, capture) if is_moved(capture) and _BACK not in capture.progress else None
        for column in capture.user_columns if table else ():
            assert table is not None  # noqa: S101 - by the condition above
            query = sql.SQL(_SQL["erased"]).format(table=table.identifier, column=sql.Identifier("t", column))
            for (subject,) in connection.execute(query).fetchall():
                connection.execute("select haulback.erase_user(%s)", [UUID(str(subject))])


def bring_back(connection: psycopg.Connection, deployment: Deployment) -> tuple[Capture, ...]:
    """Moves the tables into the schemas they had, still under their names of the attic, in the caller's transaction.

    Their own names come back with all others that have to: whoever has them now steps aside then.

    Raises:
        CaptureDamaged: one is not there; nothing was changed.
    """
    captures = []
    for capture in registry.captures(connection, deployment.id):
        if not is_moved(capture) or _BACK in capture.progress:
            continue
        table = live.kept(connection, capture)
        if table is None:
            raise attic.CaptureDamaged(id=capture.id, identity=capture.identity, rows=capture.rows, found="no")
        schema = str(capture.detail["schema"])
        connection.execute(sql.SQL("alter table {} set schema {}").format(table.identifier, sql.Identifier(schema)))
        _leave_room(connection, replace(table, schema=schema), capture)
        connection.execute(_SQL["empty"], {"id": capture.id})
        captures.append(registry.note(connection, capture, **{_BACK: {"rows": capture.rows or 0}}))
    return tuple(captures)


def _leave_room(connection: psycopg.Connection, table: live.Table, capture: Capture) -> None:
    """Makes the table for rows that cannot stay; of types of the server alone, so that it holds no other fast."""
    plain = {row[0] for row in connection.execute(_SQL["plain"], {"oid": table.oid}).fetchall()}
    columns = sql.SQL(", ").join(
        (sql.SQL("{}") if one.name in plain else sql.SQL("{0}::pg_catalog.text as {0}")).format(
            sql.Identifier(one.name)
        )
        for one in table.columns
    )
    connection.execute(
        sql.SQL("create table {} as select {} from {} with no data").format(
            sql.Identifier(SCHEMA, capture.attic_table), columns, table.identifier
        )
    )


def settle(connection: psycopg.Connection, captures: Sequence[Capture], *, lock_timeout_ms: int) -> tuple[Filled, ...]:
    """Takes out of the tables that came back what has no parent any more; in autocommit, harmless to repeat.

    Args:
        connection: where all other rows are back already.
        captures: parents before children.
        lock_timeout_ms: how long one table may wait for a lock.

    Raises:
        psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected: try again; nothing is lost.
    """
    waiting = [one for one in captures if _BACK in one.progress and not _told(one).get("over")]
    # Children may lose their parent by this, in a table before or after.
    while sum(_orphans(connection, one, lock_timeout_ms) for one in waiting):
        pass
    return tuple(_over(connection, one) for one in captures if _BACK in one.progress)


def _orphans(connection: psycopg.Connection, capture: Capture, lock_timeout_ms: int) -> int:
    """Takes out what has lost a parent; returns how many rows that were."""
    table, room = live.find(connection, capture.identity), live.kept(connection, capture)
    if table is None or room is None:
        return 0
    taken = 0
    for parent in _parents(connection, capture):
        names = _names(table, room, parent)
        told = {"capture": capture.id, "part": capture.attic_table, "reason": f"no row in {parent.label}"}
        found, more = _places(connection, names, lock_timeout_ms), 0
        while found:
            for first in range(0, len(found), filling.BATCH):
                given = {**told, "places": found[first : first + filling.BATCH]}
                with connection.transaction():
                    live.limit(connection, lock_timeout_ms)
                    # Where triggers have to be disabled for that, writers are kept out: so few rows each time.
                    with live.silent(connection, table):
                        more += connection.execute(bound(sql.SQL(_SQL["take_out"]).format(**names), given)).rowcount
            # Where none would go, the foreign key says why when it is put on.
            found = _places(connection, names, lock_timeout_ms) if more else []
            taken, more = taken + more, 0
    return taken


def _places(connection: psycopg.Connection, names: Mapping[str, sql.Composable], lock_timeout_ms: int) -> list[str]:
    """Where rows without a parent lie; reads the whole table and keeps nobody out.

    Nothing where a policy hides rows from us: the foreign key, which no policy stops, then tells of them.
    """
    try:
        with connection.transaction():
            live.limit(connection, lock_timeout_ms)
            query = sql.SQL(_SQL["orphans"]).format(**names)
            return [row[0] for row in connection.execute(bound(query, {"most": _MOST})).fetchall()]
    except psycopg.errors.InsufficientPrivilege:
        return []


def _parents(connection: psycopg.Connection, capture: Capture) -> list[live.Parent]:
    """What its rows must find: where nobody ever made sure of that they need not."""
    checked = [one for one in capture.detail.get("foreign_keys", ()) if one.get("checked")]
    return list(live.remembered(connection, replace(capture, detail={"foreign_keys": checked})))


def _names(table: live.Table, room: live.Table, parent: live.Parent) -> dict[str, sql.Composable]:
    known = {one.name: one.type for one in room.columns}
    return {
        "table": table.identifier,
        "refers": sql.SQL(" and ").join(
            sql.SQL("{} is not null").format(sql.Identifier("t", one)) for one in parent.columns
        ),
        "parent": parent.table,
        "found": parent.leads_from("t", "p"),
        "room": room.identifier,
        "columns": listed(tuple(known)),
        # The type's text is the server's own format_type.
        "values": sql.SQL(", ").join(
            sql.SQL("{}::{}").format(sql.Identifier("g", name), sql.SQL(type_)) for name, type_ in known.items()
        ),
    }


def _over(connection: psycopg.Connection, capture: Capture) -> Filled:
    told = _told(registry.load(connection, capture.id))
    if not told.get("over"):
        counted = attic.count(connection, capture)
        came: int = capture.progress[_BACK]["rows"]
        told = {"over": True, "given": came - (counted.rows or 0), "gone": counted.rows or 0}
        registry.note(connection, counted, **{_SETTLED: told})
    now = registry.load(connection, capture.id)
    return Filled(now, given=int(told["given"]), kept=0, gone=int(told["gone"]), erased=0)


def _told(capture: Capture) -> Mapping[str, Any]:
    told: Mapping[str, Any] = capture.progress.get(_SETTLED, {})
    return told
