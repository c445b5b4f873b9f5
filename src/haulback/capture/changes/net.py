"""The net under the capture: what the open transaction wrote and nothing notes, told by the server's own counters.

A rehearsal only predicts. The counters also see writes of cascades, of functions, through a single partition, and with
triggers switched off. They count rolled-back savepoints as well: then a table is watched that need not be.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from haulback.capture import registry
from haulback.capture.changes import arming, keyless
from haulback.capture.naming import SCHEMA
from haulback.model.capture import Capture, CaptureKind
from haulback.model.deployment import Deployment

# Statements that can empty a table at once, by themselves or through what they run.
_CAN_EMPTY = frozenset({"truncate", "do", "call", "select", "execute"})
# Statements that can write a table anew; CLUSTER does too, and leaves every value as it was.
_CAN_REWRITE = _CAN_EMPTY | {"alter table"}


@dataclass(frozen=True, slots=True)
class Counted:
    """A table in the open transaction.

    Attributes:
        written: rows that it wrote so far.
        node: the file that the rows lie in.
        identity: what a person calls the table.
        root, root_identity: the table that a partition is one of; else the table itself.
    """

    written: int
    node: int | None
    identity: str
    root: int
    root_identity: str


@dataclass(frozen=True, slots=True)
class Counters:
    """The open transaction so far.

    Attributes:
        tables: by object id.
        watched: what watches each table; see `arming.armed`.
    """

    tables: Mapping[int, Counted]
    watched: Mapping[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Unnoted:
    """What the open transaction did that nothing keeps; identities as they were when it began.

    Attributes:
        changed: tables whose rows it changed.
        emptied: tables whose rows it took away all at once.
        impossible: what cannot be noted, with the reason.
    """

    changed: frozenset[str] = frozenset()
    emptied: frozenset[str] = frozenset()
    impossible: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.changed or self.emptied or self.impossible)

    def without(self, tolerated: Collection[str]) -> Unnoted:
        """The same but for what somebody accepted to lose."""
        impossible = {one: why for one, why in self.impossible.items() if one not in tolerated}
        return Unnoted(self.changed - set(tolerated), self.emptied - set(tolerated), impossible)


def tables(connection: psycopg.Connection) -> tuple[int, ...]:
    """Object ids of all tables that there are."""
    return tuple(row[0] for row in connection.execute(arming.SQL["tables"]).fetchall())


def look(connection: psycopg.Connection, deployment: Deployment) -> Counters:
    """Reads the counters; inside the transaction that they are of."""
    found = connection.execute(arming.SQL["counters"]).fetchall()
    return Counters({oid: Counted(*one) for oid, *one in found}, arming.armed(connection, deployment))


def unnoted(
    connection: psycopg.Connection,
    observer: psycopg.Connection,
    deployment: Deployment,
    begun: Counters,
    existing: Collection[int],
    kinds: Collection[str],
    kept: AbstractSet[str],
) -> Unnoted:
    """Compares with what is noted, before the commit.

    Args:
        connection: inside the transaction.
        observer: another session, which sees what there was when it began.
        deployment: whose triggers note.
        begun: the counters when the transaction began.
        existing: tables from before the deployment; what it made itself holds nothing that was there.
        kinds: of its statements.
        kept: identities of tables copied whole in this transaction.
    """
    now = look(connection, deployment)
    rows, elsewhere = _since(begun, now, existing)
    moved = elsewhere if _CAN_EMPTY & set(kinds) else set()
    odd = _rewritten(connection, observer, elsewhere, kinds)
    if not (rows or moved or odd):
        return Unnoted()
    truncated = _truncated(connection, deployment) if moved else frozenset()
    noted = _noted(connection, deployment)
    changed: set[str] = set()
    emptied: set[str] = set()
    impossible: dict[str, str] = {}
    for oid, of_extension, inherits, empty in connection.execute(
        arming.SQL["suspects"], {"oids": sorted(rows.keys() | moved | odd)}
    ).fetchall():
        if of_extension:
            continue
        was = begun.tables[oid]
        if oid in moved and (empty or "truncate" in kinds or was.root in truncated):
            emptied.add(was.identity)
        if kept & {was.identity, was.root_identity}:
            continue
        if oid in odd and was.identity not in emptied:
            impossible[was.root_identity] = "its values were computed anew in place (ALTER COLUMN TYPE … USING)"
        if oid not in rows:
            continue
        watching = begun.watched.get(was.root, ()), begun.watched.get(oid, ())
        mine = noted.get(was.root)
        if mine is None or not watching[1]:
            changed.add(was.root_identity)
            continue
        on = all(map(arming.is_whole, watching)) and watching == (now.watched.get(was.root), now.watched.get(oid))
        _require_whole(connection, mine, was, rows[oid], impossible, on=on, inherits=inherits)
    return Unnoted(frozenset(changed), frozenset(emptied - kept), impossible)


def _since(begun: Counters, now: Counters, existing: Collection[int]) -> tuple[dict[int, int], set[int]]:
    """How many rows were written to each table that was there, and which tables lie in another file now."""
    known = {oid: one for oid, one in now.tables.items() if oid in begun.tables and oid in existing}
    rows = {oid: more for oid, one in known.items() if (more := one.written - begun.tables[oid].written) > 0}
    return rows, {oid for oid, one in known.items() if one.node != begun.tables[oid].node}


def _require_whole(
    connection: psycopg.Connection,
    mine: Capture,
    was: Counted,
    written: int,
    impossible: dict[str, str],
    *,
    on: bool,
    inherits: bool,
) -> None:
    """Adds why the notes of a table do not tell all that was written to it, where they do not."""
    if not on:
        impossible[was.root_identity] = "the triggers that note its rows were dropped or switched off"
    elif inherits and _rows(connection, mine)[0] < written:
        impossible[was.root_identity] = "its rows were changed through the table that it inherits from"
    elif not mine.key and _rows(connection, mine)[1] > keyless.MOST:
        impossible[was.root_identity] = f"more than {keyless.MOST:,} changed rows of a table without a key"


def _rewritten(
    connection: psycopg.Connection, observer: psycopg.Connection, oids: Collection[int], kinds: Collection[str]
) -> set[int]:
    """Tables that lie in another file though nothing of their shape tells why: then it was for other values.

    A conversion between two types shows in the shape, and is kept for it; USING may make new values of the same type.
    """
    if not oids or "cluster" in kinds or not _CAN_REWRITE & set(kinds):
        return set()
    asked = {"oids": sorted(oids)}
    was: dict[int, str] = dict(observer.execute(arming.SQL["shapes"], asked).fetchall())
    return {oid for oid, shape in connection.execute(arming.SQL["shapes"], asked).fetchall() if was.get(oid) == shape}


def forget_kept(connection: psycopg.Connection, deployment: Deployment, kept: AbstractSet[str]) -> None:
    """Takes out what the open transaction noted of tables that it drops: their copies are of before its first change.

    Both together would bring a row back twice.
    """
    for capture in _noted(connection, deployment).values() if kept else ():
        if capture.identity in kept:
            log = sql.Identifier(SCHEMA, capture.attic_table)
            connection.execute(sql.SQL(arming.SQL["forget_noted"]).format(log=log))


def _noted(connection: psycopg.Connection, deployment: Deployment) -> dict[int, Capture]:
    """What notes a table, by the table's object id."""
    captures = registry.captures(connection, deployment.id)
    return {int(one.detail["oid"]): one for one in captures if one.kind is CaptureKind.CHANGED_ROWS}


def _rows(connection: psycopg.Connection, capture: Capture) -> tuple[int, int]:
    """Rows noted by the open transaction, and in all."""
    log = sql.Identifier(SCHEMA, capture.attic_table)
    row = connection.execute(sql.SQL(arming.SQL["of_log"]).format(log=log)).fetchone()
    assert row is not None  # noqa: S101 - an aggregate has one row
    return row[0], row[1]


def _truncated(connection: psycopg.Connection, deployment: Deployment) -> frozenset[int]:
    """Watched tables that were emptied at once, by object id; the notes of it are taken out."""
    found = set()
    for oid, capture in _noted(connection, deployment).items():
        log = sql.Identifier(SCHEMA, capture.attic_table)
        if connection.execute(sql.SQL(arming.SQL["truncated"]).format(log=log)).rowcount:
            found.add(oid)
    return frozenset(found)
