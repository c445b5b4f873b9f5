"""Takes a deployment back: first the structure, then the values, then what holds over them.

The structure changes in one short transaction, the values come back range by range while users write, and the
last transaction puts constraints over them and proves that the schema is what it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

import psycopg
from psycopg import sql

from haulback.capture import (
    attic,
    coming_back,
    converting,
    filling,
    finishing,
    live,
    merging,
    recomputing,
    registry,
    retyping,
    sequences,
)
from haulback.capture.changes import giving_back
from haulback.capture.copying import CopyAhead, abandon
from haulback.capture.errors import CannotKeep, InverseFailed, NotAsBefore, ScriptDestroys
from haulback.capture.finishing import Early
from haulback.capture.moving import move_aside
from haulback.capture.pace import SHARE, Copied
from haulback.capture.planning import bare, plan_return
from haulback.capture.scripts import run_back
from haulback.clock import Clock
from haulback.model.capture import Capture, CaptureKind, Filled, Keeps, ReturnPlan, TakenBack
from haulback.model.deployment import Deployment
from haulback.model.migration import Script
from haulback.model.schema import InverseStep, ObjectKey, Schema, SchemaObject, compare
from haulback.pg.catalog.inverse import inverse
from haulback.pg.catalog.quoting import unquoted
from haulback.pg.catalog.reader import read
from haulback.pg.catalog.renames import renames
from haulback.pg.catalog.survivors import created, survivors

# The object that `moving` took off, at the end of its name.
_STRIPPED = re.compile(
    r"""drop (?:constraint|policy|trigger|rule|statistics|index) (?:\S+?\.)?("(?:[^"]|"")+"|[^\s."]+)(?: on |$)"""
)


def prepare(connection: psycopg.Connection, deployment: Deployment, before: Schema) -> ReturnPlan:
    """Decides what to keep and starts noting changes of the columns to copy; short transactions, repeatable.

    Where the plan has copies, `copy` comes next, outside any transaction.

    Raises:
        CannotKeep: values that users may have written would be lost.
    """
    plan = plan_return(before, read(connection), live.keyed(connection))
    if plan.impossible:
        raise CannotKeep(what="; ".join(f"{key} ({reason})" for key, reason in plan.impossible))
    abandon(connection, deployment)
    recomputing.make(connection, deployment)
    for planned in plan.copies:
        CopyAhead(deployment, planned, Keeps.AFTER).arm(connection)
    for ahead in retyping.since(connection, deployment):
        ahead.arm(connection)
    return plan


def copy(
    connection: psycopg.Connection,
    deployment: Deployment,
    plan: ReturnPlan,
    *,
    clock: Clock | None = None,
    share: float = SHARE,
    progress: Callable[[str, Copied], None] = lambda _identity, _copied: None,
) -> None:
    """Copies the created columns, and what users wrote into retyped ones, while users write; in autocommit."""
    for planned in plan.copies:
        told = partial(progress, planned.identity)
        CopyAhead(deployment, planned, Keeps.AFTER).copy(connection, clock=clock, share=share, progress=told)
    retyping.index(connection, deployment)
    for ahead in retyping.since(connection, deployment):
        told = partial(progress, ahead.planned.identity)
        ahead.copy(connection, clock=clock, share=share, progress=told)


def structure(
    connection: psycopg.Connection, deployment: Deployment, before: Schema, scripts: Sequence[Script]
) -> TakenBack:
    """Brings the schema back but for what waits for values; one transaction, the caller's.

    Args:
        connection: inside a transaction with a lock_timeout, after `prepare` and `copy`.
        deployment: to take back.
        before: the schema to reach.
        scripts: rollback scripts in the order of their migrations; they run in reverse.

    Raises:
        CopyLost: `prepare` and `copy` must run again.
        StatementFailed: a script's statement failed.
        CannotKeep, ScriptDestroys, InverseFailed: it cannot be done without a loss; nothing was changed.
        psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected: try again.
    """
    found = read(connection)
    plan = plan_return(before, found, live.keyed(connection))
    if plan.impossible:
        raise CannotKeep(what="; ".join(f"{key} ({reason})" for key, reason in plan.impossible))
    copies = [CopyAhead(deployment, planned, Keeps.AFTER) for planned in plan.copies]
    copied = [ahead.finish(connection) for ahead in copies]
    written = [ahead.finish(connection) for ahead in retyping.since(connection, deployment)]
    retyping.note(connection, written)
    run_steps(connection, plan.loosening)
    moved = move_aside(
        connection,
        deployment,
        plan.tables,
        sequences=plan.sequences,
        types=plan.types,
        copied=[capture.attic_table for capture in copied],
    )
    # The scripts know the names of now, so they come before the old names come back.
    skipped = run_back(connection, scripts, _names(moved) | {_bare(step.key) for step in plan.loosening})
    returned = coming_back.bring_back(connection, deployment)
    now = _with_old_names(connection, before, found)
    _require_nothing_lost(before, found, now)
    back = inverse(before, now, filled=coming_back.keys(returned))
    run_steps(connection, back.steps, converting.Conversions(deployment, before).instead)
    for key in back.data_bearing_created:
        if key.kind == "column":
            _drop_column(connection, now, key)
    sequences.give_back(connection, deployment)  # here, so that nobody sees one at its start
    for capture in registry.captures(connection, deployment.id):
        if filling.is_wanted(capture):
            filling.guard(connection, capture)
    return TakenBack(
        captures=(*copied, *written, *moved),
        skipped=skipped,
        residual=tuple(step.statement for step in back.steps),
        pending=len(back.finishing),
    )


def fill(
    connection: psycopg.Connection,
    deployment: Deployment,
    *,
    before: Schema | None = None,
    batch: int = filling.BATCH,
    pause: float = filling.PAUSE,
    lock_timeout_ms: int = 500,
    clock: Clock | None = None,
    progress: Callable[[Capture, int], None] = lambda _capture, _rows: None,
) -> tuple[Filled, ...]:
    """Gives captured values and rows back in key ranges; in autocommit, resumable, harmless when it is done.

    Rows deleted since stay deleted, values that a user wrote since stay, rows of erased users do not come back,
    and the users' triggers do not fire.
    """
    kept = registry.captures(connection, deployment.id)
    how: dict[str, Any] = {
        "batch": batch,
        "pause": pause,
        "lock_timeout_ms": lock_timeout_ms,
        "clock": clock,
        "progress": progress,
    }
    # Tombstones first, then parents before children, so that every row finds what it refers to.
    copied, noted = merging.ordered([c for c in kept if filling.is_wanted(c)]), giving_back.noted(kept)
    rows = giving_back.GivingBack(connection, noted, **how)
    rows.take_out()
    filled = [_copied(connection, capture, copied[place:], how) for place, capture in enumerate(copied, start=1)]
    filled += [rows.restore(capture) for capture in noted]
    if noted:
        _what_had_to_wait(connection, copied, noted, how)
        rows.again()
    # Last of all, so that every parent is there that comes back.
    moved = merging.ordered([c for c in kept if coming_back.is_moved(c)])
    filled += coming_back.settle(connection, moved, lock_timeout_ms=lock_timeout_ms)
    for capture in kept:
        if _stood_in(connection, capture, before):
            filling.fill(connection, capture, **how)
    return tuple(filled)


def _stood_in(connection: psycopg.Connection, capture: Capture, before: Schema | None) -> bool:
    """Whether it holds a column that stood in the place of one that is back and takes no nulls.

    Rows inserted since have their value there alone: what is null by now is one of them.
    """
    if before is None or capture.keeps is not Keeps.AFTER or capture.kind is not CaptureKind.COPIED_COLUMNS:
        return False
    table = live.find(connection, capture.identity)
    names = [one for one in capture.given_back if table is not None and table.column(one)]
    parent = ObjectKey("table", capture.identity)
    strict = {bare(k, parent) for k, o in before.objects.items() if o.parent == parent and o.facets.get("not_null")}
    return bool(names) and strict.issuperset(names)


def _copied(
    connection: psycopg.Connection, capture: Capture, later: Sequence[Capture], how: Mapping[str, Any]
) -> Filled:
    if capture.kind is not CaptureKind.COPIED_TABLE:
        return filling.fill(connection, capture, **how)
    awaited = [one.identity for one in later if one.kind is CaptureKind.COPIED_TABLE]
    return _rows(connection, capture, awaited=awaited, **how)


def _what_had_to_wait(
    connection: psycopg.Connection, copied: Sequence[Capture], noted: Sequence[Capture], how: Mapping[str, Any]
) -> None:
    """Rows of dropped tables that wait for rows which the migration deleted, and dropped columns of such rows."""
    returned = {
        one.identity for one in noted if registry.load(connection, one.id).progress.get("merge", {}).get("merged")
    }
    for capture in copied:
        if capture.kind is CaptureKind.COPIED_TABLE:
            _rows(connection, capture, **how)
        elif capture.identity in returned:
            now = registry.load(connection, capture.id)
            if not now.progress.get("filled_again"):
                registry.note(connection, now, fill={}, filled_again=True)
                filling.fill(connection, now, **how)


def _rows(connection: psycopg.Connection, capture: Capture, **how: Any) -> Filled:
    """A table that was dropped: its rows go into the empty one."""
    merged = merging.merge(connection, capture, **how)
    erased = merged.left.get("erased user", 0)
    gone = sum(merged.left.values()) - erased
    return Filled(merged.capture, merged.merged, merged.present, gone, erased)


def early(connection: psycopg.Connection, before: Schema) -> tuple[Early, ...]:
    """What can be prepared for `finish` without keeping anybody waiting, now that the values are back."""
    return finishing.early(inverse(before, read(connection)), before)


def finish(connection: psycopg.Connection, deployment: Deployment, before: Schema) -> None:
    """Puts on what holds over the values, takes the guards off, and proves the schema; the caller's transaction.

    Raises:
        InverseFailed: a constraint does not hold over the values that are there; nothing was changed.
        NotAsBefore: something is still different; nothing was changed.
    """
    for capture in registry.captures(connection, deployment.id):
        if filling.is_wanted(capture):
            filling.unguard(connection, capture)
    found = read(connection)
    run_steps(connection, finishing.last(inverse(before, found), before, found))
    sequences.give_back(connection, deployment)  # an identity column may come only now
    now = read(connection)
    lines = [] if now.fingerprint_without_order == before.fingerprint_without_order else _differences(now, before)
    if registry.captures(connection):
        lines += [f"{what} refers to {name} in the attic" for name, what in attic.leaks(connection)]
    if lines:
        raise NotAsBefore(differences="; ".join(lines))


def run_steps(
    connection: psycopg.Connection,
    steps: Iterable[InverseStep],
    instead: Callable[[psycopg.Connection, InverseStep, psycopg.Error], bool] | None = None,
) -> None:
    """Runs statements of an inverse; `instead` may do what the server refused to do to a column.

    Raises:
        InverseFailed: the server refused one.
    """
    for step in steps:
        try:
            with connection.transaction() if instead and step.key.kind == "column" else nullcontext():
                connection.execute(step.statement.encode())
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            raise
        except psycopg.Error as error:
            if connection.closed:
                raise
            if instead and instead(connection, step, error):
                continue
            raise InverseFailed(
                key=step.key,
                problem=": ".join(filter(None, (error.diag.message_primary, error.diag.message_detail))),
                sqlstate=error.sqlstate or "no SQLSTATE",
                advice=error.diag.message_hint or "Mend what it says, then run the same command again.",
            ) from error


def _differences(now: Schema, before: Schema) -> list[str]:
    difference = compare(now, before)
    order = {f"~ {key}: stands elsewhere among the columns" for key in difference.reordered}
    return [line for line in difference.lines() if line not in order]


def _names(captures: Iterable[Capture]) -> set[str]:
    """Bare names by which a script may call what moved."""
    names: set[str] = set()
    for capture in captures:
        detail: Any = capture.detail
        identities = [capture.identity]
        identities += [one["identity"] for one in (*detail.get("parts", ()), *detail.get("sequences", ()))]
        names.update(identity.rsplit(".", 1)[-1].strip('"').replace('""', '"') for identity in identities)
        names.update(detail.get("renamed", {}).values())
        names.update(
            unquoted(found[1]) for one in detail.get("stripped", ()) if (found := _STRIPPED.search(one["statement"]))
        )
    return names


def _bare(key: ObjectKey) -> str:
    return unquoted(key.identity.partition("(")[0].rpartition(".")[2])


def _with_old_names(connection: psycopg.Connection, before: Schema, found: Schema) -> Schema:
    """Gives what is only renamed its old name; returns the schema then.

    A new column that took the name of one that is gone steps aside: that one is made again, and the new one goes.
    """
    now = read(connection)
    new = {found.addresses[key] for key in created(before, found) if key.kind == "column" and key in found.addresses}
    steps = renames(before, now, lambda key: key.kind == "column" and now.addresses[key] in new)
    if not steps:
        return now
    run_steps(connection, steps)
    return read(connection)


def _require_nothing_lost(before: Schema, found: Schema, now: Schema) -> None:
    there, left = survivors(before, found), survivors(before, now)
    lost = [
        other
        for key, other in there.items()
        if key not in left
        and found.objects[other].bears_data
        and _left_alone(before.objects[key], found.objects[other])
    ]
    if lost:
        raise ScriptDestroys(what=", ".join(map(str, sorted(lost))))


def _left_alone(before: SchemaObject, found: SchemaObject) -> bool:
    """Whether the migration did nothing to it, or renamed it at most."""
    if before.key == found.key or before.key.kind != "column":
        return before.key != found.key or before.definition == found.definition
    return bool(before.facets["type"] == found.facets["type"])


def _drop_column(connection: psycopg.Connection, schema: Schema, key: ObjectKey) -> None:
    parent = schema.objects[key].parent
    if parent is None or schema.objects[key].facets.get("inherited"):
        return  # an inherited column goes with its parent's
    table = live.find(connection, parent.identity)
    if table is not None:
        connection.execute(
            sql.SQL("alter table {} drop column if exists {}").format(
                table.identifier, sql.Identifier(bare(key, parent))
            )
        )
