"""Which copies of a deployment are still to be finished, and whether what they copy is still there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from haulback.capture import parting, registry, retyping, sequences
from haulback.capture.copying import CopyAhead, abandon
from haulback.deploy.context import Context
from haulback.deploy.old_names import old_names
from haulback.model.capture import CaptureKind, Keeps, PlannedCopy
from haulback.pg.queries import queries

_SQL = queries("haulback.deploy", "sql/copies.sql")

STEP = "capture"
_COPIED = (CaptureKind.COPIED_TABLE, CaptureKind.COPIED_COLUMNS)


@dataclass(frozen=True, slots=True)
class PendingCopy:
    """A copy under way and what its original looked like when the copying began.

    Attributes:
        signature: object id of the table, numbers and types of the copied columns, and the file of its rows where
            they all go at once: once any of it differs, the original is gone, whatever took it away.
    """

    planned: PlannedCopy
    signature: str

    @property
    def identity(self) -> str:
        return self.planned.identity


def pending(context: Context) -> tuple[PendingCopy, ...]:
    """What the capture step began and no migration has finished."""
    if not context.deployment.detail(STEP).get("copies"):
        return ()  # asked before every migration: without copies the journal is not read again for each
    noted = context.journal.again(context.deployment).detail(STEP).get("copies", ())
    kept = registry.captures(context.work.keeper, context.deployment.id)
    finished = Counter(one.identity for one in kept if one.keeps is Keeps.BEFORE and one.kind in _COPIED)
    return tuple(
        PendingCopy(
            PlannedCopy(
                one["identity"],
                tuple(one["columns"]),
                changed=tuple(one.get("changed", ())),
                texts=tuple(one.get("texts", ())),
                number=one.get("number", 0),
                emptied=one.get("emptied", False),
            ),
            one["signature"],
        )
        for one in noted
        if one.get("number", 0) >= finished[one["identity"]]
    )


def seen(context: Context) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tables whose rows the deployment was to change, and those that it found emptied at once."""
    kept = registry.captures(context.work.keeper, context.deployment.id)
    noted = tuple(one.identity for one in kept if one.progress.get("settled", {}).get("aimed_at"))
    copied = context.journal.again(context.deployment).detail(STEP).get("copies", ())
    return noted, tuple(one["identity"] for one in copied if one.get("emptied"))


def noted(planned: PlannedCopy, seen: str) -> dict[str, Any]:
    """What the journal says of a copy under way; `pending` reads it."""
    return {
        "identity": planned.identity,
        "columns": list(planned.columns),
        "changed": list(planned.changed),
        "texts": list(planned.texts),
        "number": planned.number,
        "emptied": planned.emptied,
        "signature": seen,
    }


def signature(connection: psycopg.Connection, planned: PlannedCopy) -> str:
    """What the table and the columns look like now; empty where the table is gone."""
    return _signature(connection, planned, None, ())


def gone(connection: psycopg.Connection, copies: Iterable[PendingCopy]) -> frozenset[str]:
    """Identities of the copies whose original the open transaction took away; one that it renamed is still there."""
    return frozenset(one.identity for one in copies if _now(connection, one) != one.signature)


def finish(
    context: Context, connection: psycopg.Connection, copies: Collection[PendingCopy], moving: Iterable[str] = ()
) -> None:
    """Finishes copies inside the transaction that then destroys the originals, and notes where sequences stand.

    Those of tables that are `moving` move with them as they are, now or later, and need no lock.
    """
    finished = set()
    with old_names(connection, context.before, [one.identity for one in copies]):
        for one in copies:
            CopyAhead(context.deployment, one.planned, Keeps.BEFORE).finish(connection)
            finished.add(one.identity)
    if context.before is not None:
        # The keeper: what it notes stays, whatever becomes of the migration, and no lock of it does.
        sequences.note(context.work.keeper, context.deployment, context.before)
    if context.before is not None and context.expected is not None:
        later = {one["identity"] for one in context.deployment.detail(STEP).get("copies", ())} - finished
        later.update(moving)
        sequences.keep(connection, context.deployment, context.before, context.expected, later)


def keep_after(context: Context, connection: psycopg.Connection, finished: Collection[str], text: str) -> None:
    """Keeps what the transaction made of columns that changed their type, at its end; parts what it left alone.

    Args:
        context: of the deployment.
        connection: inside the transaction.
        finished: identities of the copies that it finished.
        text: of the migration.

    Raises:
        KeysMoved: rows were given other keys.
    """
    if finished:  # asked at the end of every transaction
        parting.part(connection, context.deployment)
        retyping.keep_after(connection, context.deployment, text)
    if context.before is None or context.expected is None or sequences.dropped(context.expected, context.before):
        sequences.raise_kept(connection)  # one that was taken back once, and is made again here


def rest(context: Context) -> list[PlannedCopy]:
    """What the transactions so far left alone of what was copied with what they took away."""
    if not context.deployment.detail(STEP).get("copies"):
        return []
    return parting.rest(context.work.keeper, context.deployment, [one.planned for one in pending(context)])


def forget(context: Context) -> None:
    """Removes copies that no migration finished: what they are of is still there, as it was."""
    if left := pending(context):
        context.work.transaction("clear copies", lambda connection: abandon(connection, context.deployment))
        for one in left:
            context.progress.note(f"{one.identity} was copied and lost nothing: the copy is removed")


def _now(connection: psycopg.Connection, copy: PendingCopy) -> str:
    oid, _, rest = copy.signature.partition(":")
    if not oid.isdecimal():
        return ""
    numbers = [int(one.partition("/")[0]) for one in rest.partition(":")[0].split(",") if one]
    return _signature(connection, copy.planned, int(oid), numbers)


def _signature(connection: psycopg.Connection, planned: PlannedCopy, oid: int | None, numbers: Sequence[int]) -> str:
    row = connection.execute(
        _SQL["signature"],
        {
            "oid": oid,
            "identity": planned.identity,
            "columns": [] if oid else list(planned.columns),
            "numbers": list(numbers),
            "emptied": planned.emptied,
        },
    ).fetchone()
    return str(row[0]) if row and row[0] else ""
