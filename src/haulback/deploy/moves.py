"""Which tables of a deployment are still to move to the attic, and the transaction that moves them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from haulback.capture import live, registry
from haulback.capture.original import original
from haulback.capture.setting_aside import CannotMove, named, set_aside
from haulback.deploy.context import Context
from haulback.deploy.copies import STEP
from haulback.migrations.drops import dropped_tables
from haulback.model.capture import CaptureKind, Keeps
from haulback.model.deployment import Deployment
from haulback.model.migration import Statement

_SHAPE = ("schema", "name", "columns")  # whoever alters these loses values, or moves something else


class CopyInstead(Exception):
    """The open transaction takes tables away that cannot move and have to be copied ahead; the reasons by identity."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class PendingMove:
    """A table that shall move, and what it was when the deployment began."""

    identity: str
    was: Mapping[str, Any]

    @property
    def oid(self) -> int:
        return int(self.was["oid"])


def noted(connection: psycopg.Connection, identity: str) -> dict[str, Any] | None:
    """What the journal says of a table that shall move; None where it is not there."""
    table = live.find(connection, identity)
    was = original(connection, table.oid) if table else None
    return {"identity": identity, "was": was} if was else None


def pending(context: Context) -> tuple[PendingMove, ...]:
    """What the capture step found to move and no migration has moved."""
    if not context.deployment.detail(STEP).get("moves"):
        return ()
    told = context.journal.again(context.deployment).detail(STEP).get("moves", ())
    moved = _moved(context.work.keeper, context.deployment)
    return tuple(PendingMove(one["identity"], one["was"]) for one in told if one["identity"] not in moved)


def given_up(context: Context) -> tuple[str, ...]:
    """The tables that were to move and had to be copied."""
    return tuple(context.journal.again(context.deployment).detail(STEP).get("given_up", ()))


class Moves:
    """The moves that one transaction of a migration may make."""

    def __init__(self, context: Context, waiting: Sequence[PendingMove]) -> None:
        self._deployment, self._waiting = context.deployment, waiting
        self._begun: dict[int, Mapping[str, Any] | None] = {}

    def begin(self, connection: psycopg.Connection) -> None:
        """Looks at the tables before the first statement."""
        self._begun = {one.oid: original(connection, one.oid) for one in self._waiting}

    def instead(self, connection: psycopg.Connection, statement: Statement, drop: Callable[[], None]) -> bool:
        """Moves what the statement drops, in its place; whether there was such a table.

        Raises:
            CopyInstead: it has to be copied ahead.
        """
        names = dropped_tables(statement) if self._waiting else ()
        oids = named(connection, names) if names else ()
        mine = [one for one in self._waiting if one.oid in oids]
        if not mine:
            return False
        if len(mine) < len(oids):
            raise CopyInstead(dict.fromkeys((one.identity for one in mine), "it is dropped with one that cannot move"))
        for one in mine:
            # What moves is what comes back: it has to be what was there before.
            if original(connection, one.oid) != self._begun[one.oid]:
                raise CopyInstead({one.identity: "the migration changes it before it drops it"})
        try:
            set_aside(connection, self._deployment, {one.oid: one.identity for one in mine}, drop)
        except CannotMove as reason:
            raise CopyInstead(dict.fromkeys((one.identity for one in mine), str(reason))) from reason
        return True

    def end(self, connection: psycopg.Connection) -> None:
        """Makes sure, after the last statement, that what did not move is there as it was.

        Raises:
            CopyInstead: something is not.
        """
        moved = _moved(connection, self._deployment) if self._waiting else frozenset()
        lost = {}
        for one in self._waiting:
            now = original(connection, one.oid)
            if one.identity in moved or self._begun[one.oid] is None:
                continue
            if now is None:
                lost[one.identity] = "something else than a DROP TABLE of the file itself takes it away"
            elif any(now[facet] != one.was[facet] for facet in _SHAPE):
                lost[one.identity] = "the migration alters it before it drops it"
        if lost:
            raise CopyInstead(lost)


def _moved(connection: psycopg.Connection, deployment: Deployment) -> frozenset[str]:
    kept = registry.captures(connection, deployment.id)
    return frozenset(one.identity for one in kept if one.keeps is Keeps.BEFORE and one.kind is CaptureKind.MOVED_TABLE)
