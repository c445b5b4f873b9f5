"""The net under the capture: what the open transaction wrote and nothing notes, told by the server's own counters.

A rehearsal only predicts. The counters also see writes of cascades, of functions, through a single partition, and with
triggers switched off. They count rolled-back savepoints as well: then a table is watched that need not be.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from haulback.capture import registry
from haulback.capture.changes import arming
from haulback.capture.naming import SCHEMA
from haulback.model.capture import CaptureKind
from haulback.model.deployment import Deployment

# Statements that can empty a table at once, by themselves or through what they run.
_CAN_EMPTY = frozenset({"truncate", "do", "call", "select", "execute"})


@dataclass(frozen=True, slots=True)
class Counters:
    """The open transaction so far.

    Attributes:
        tables: (rows written, file node) by object id.
        watched: what watches each table; see `arming.armed`.
    """

    tables: Mapping[int, tuple[int, int | None]]
    watched: Mapping[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Unnoted:
    """What the open transaction did that nothing keeps; identities as they are now.

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
    return Counters({oid: (written, node) for oid, written, node in found}, arming.armed(connection, deployment))


def unnoted(
    connection: psycopg.Connection,
    deployment: Deployment,
    begun: Counters,
    existing: Collection[int],
    kinds: Collection[str],
    kept: Collection[str],
) -> Unnoted:
    """Compares with what is noted, before the commit.

    Args:
        connection: inside the transaction.
        deployment: whose triggers note.
        begun: the counters when the transaction began.
        existing: tables from before the deployment; what it made itself holds nothing that was there.
        kinds: of its statements.
        kept: identities of tables copied whole in this transaction.
    """
    now = look(connection, deployment)
    known = {oid: one for oid, one in now.tables.items() if oid in begun.tables and oid in existing}
    written = {oid for oid, (rows, _) in known.items() if rows > begun.tables[oid][0]}
    moved = (
        {oid for oid, (_, node) in known.items() if node != begun.tables[oid][1]} if _CAN_EMPTY & set(kinds) else set()
    )
    truncated = _truncated(connection, deployment) if moved else frozenset()
    if not (written or moved):
        return Unnoted()
    changed: set[str] = set()
    emptied: set[str] = set()
    impossible: dict[str, str] = {}
    for oid, name, root, root_oid, of_extension, inherits, empty in connection.execute(
        arming.SQL["suspects"], {"oids": sorted(written | moved)}
    ).fetchall():
        if of_extension:
            continue
        if oid in moved and (empty or "truncate" in kinds or root in truncated):
            emptied.add(name)
        if oid not in written or root in kept or name in kept:
            continue
        watched = begun.watched.get(root_oid)
        if not watched or oid not in begun.watched:
            changed.add(root)
        elif (now.watched.get(root_oid), now.watched.get(oid)) != (watched, begun.watched[oid]):
            impossible[root] = "the migration dropped or switched off the triggers that note its rows"
        elif inherits and not _noted(connection, deployment, root):
            impossible[root] = "its rows were changed through the table that it inherits from"
    return Unnoted(frozenset(changed), frozenset(emptied - set(kept)), impossible)


def _noted(connection: psycopg.Connection, deployment: Deployment, identity: str) -> bool:
    """Whether the open transaction noted anything of a table."""
    for capture in registry.captures(connection, deployment.id):
        if capture.kind is CaptureKind.CHANGED_ROWS and capture.identity == identity:
            log = sql.Identifier(SCHEMA, capture.attic_table)
            row = connection.execute(sql.SQL(arming.SQL["of_log"]).format(log=log)).fetchone()
            return bool(row and row[0])
    return False


def _truncated(connection: psycopg.Connection, deployment: Deployment) -> frozenset[str]:
    """Watched tables that were emptied at once; the notes of it are taken out."""
    found = set()
    for capture in registry.captures(connection, deployment.id):
        if capture.kind is CaptureKind.CHANGED_ROWS:
            log = sql.Identifier(SCHEMA, capture.attic_table)
            if connection.execute(sql.SQL(arming.SQL["truncated"]).format(log=log)).rowcount:
                found.add(capture.identity)
    return frozenset(found)
