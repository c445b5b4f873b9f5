"""Use case: compare a table with a backup, and bring back the rows that are missing or changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from haulback.app.backing_up import key, shelf
from haulback.app.sessions import Command, begin
from haulback.backups import manifest
from haulback.backups.aside import Aside
from haulback.backups.choosing import chosen
from haulback.backups.cipher import cipher_of
from haulback.backups.comparing import Found, compare
from haulback.backups.contents import Contents
from haulback.backups.errors import (
    BadExpression,
    ManifestUnreadable,
    NoProvedBackup,
    NoSuchTable,
    NotInBackup,
    OtherKind,
    TableGone,
    TypesChanged,
)
from haulback.backups.recast import recast
from haulback.backups.shape import Shape, retyped, shape
from haulback.backups.shelf import Shelf
from haulback.backups.table import Table, found
from haulback.capture import live
from haulback.capture.restoring import kept as keeping
from haulback.capture.restoring.patience import Patience
from haulback.capture.restoring.putting_back import put_back
from haulback.clock import Clock, SystemClock
from haulback.deploy.progress import Progress
from haulback.errors import Exit, HaulbackError
from haulback.journal import restores
from haulback.migrations import condition
from haulback.model.backup import BackupKind, KeptBackup, TableContent
from haulback.model.capture import Capture
from haulback.model.restore import Differences, How, Restore, RestoreEvent, TableRestored
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.session import connect, session, steady

# Where rows of a table go when they are archived: a row that is there does not come back.
ARCHIVES = {"public.engagement_events": "public.engagement_events_archive"}
MOST_EXTRA = 10_000  # keys that a report lists
_COMPARE, _RESTORE = "compare", "restore"


class RestoreCutShort(HaulbackError):
    template = "restore {number} of {identity} was cut short, and it was another request"
    hint_template = (
        "Run that one again (haulback restore list shows it), or take it back: haulback restore undo {number}."
    )
    exit_code = Exit.REFUSED


@dataclass(frozen=True)
class Request:
    """What is to be compared and to come back.

    Attributes:
        table: its name; with its schema, or of `public`.
        backup: id of the backup; empty where `at` says which.
        at: the newest proved backup of the table at or before it.
        hows: what comes back; empty only compares.
        only_where: a condition over the rows of the backup.
        extra: whether the keys of rows that only the table has are listed.
    """

    table: str
    backup: str = ""
    at: datetime | None = None
    hows: frozenset[How] = frozenset()
    only_where: str | None = None
    extra: bool = False


@dataclass(frozen=True)
class _Chosen:
    kept: KeptBackup
    contents: Contents
    content: TableContent


def restore_table(
    settings: Settings, target: Target, request: Request, progress: Progress, clock: Clock | None = None
) -> TableRestored:
    """Compares; brings back what was asked for.

    Raises:
        HaulbackError: refused, and nothing was touched; or cut short, and the same request goes on where it was.
    """
    clock = clock or SystemClock()
    if request.only_where is not None and (problem := condition.problem(request.only_where)):
        raise BadExpression(problem=problem)
    backup = _chosen(settings, target, request)
    if request.hows:
        return _restored(settings, target, request, backup, progress, clock)
    with ExitStack() as stack:
        table, of_both = _looked_at(target, backup)
        backup = _alike(stack, settings, request, backup, table, progress, clock)
        differing = _compared(stack, target, backup, table, of_both, progress, clock)
        hashes = _hashes(settings, request, backup, differing, frozenset({How.MISSING, How.CHANGED}), progress)
        return _told(request, backup, differing, hashes)


def _restored(
    settings: Settings, target: Target, request: Request, backup: _Chosen, progress: Progress, clock: Clock
) -> TableRestored:
    with ExitStack() as stack:
        command = begin(settings, target, progress, clock, stack)
        table, of_both = _looked_at(target, backup)
        asked = _asked(request, backup)
        unfinished = _unfinished(command, table, asked)
        there = live.find(command.keeper, table.identity)
        if there is None:
            raise TableGone(target=target.name, identity=table.identity)
        keeping.require_writable(command.keeper, there)
        if unfinished and unfinished.has(RestoreEvent.STAGED):
            kept = keeping.load(command.keeper, unfinished)
            if kept is None:
                raise keeping.RestoreLost(number=unfinished.number, identity=table.identity)
            progress.note(f"restore {unfinished.number} was cut short and goes on")
            told = _remembered(unfinished, backup)
            return _applied(command, unfinished, kept, there, told, backup)
        backup = _alike(stack, settings, request, backup, table, progress, clock)
        differing = _compared(stack, target, backup, table, of_both, progress, clock)
        hashes = _hashes(settings, request, backup, differing, request.hows, progress)
        told = _told(request, backup, differing, hashes)
        if not next(differing.staged(request.hows, hashes), None):
            if unfinished:
                restores.write(command.keeper, unfinished.id, RestoreEvent.UNDONE)
            return told
        command.install()
        restore = unfinished or restores.begin(command.keeper, table.identity, asked, target.name)
        kept = _staged(command, restore, there, of_both, told, differing, hashes, backup, request.hows)
        return _applied(command, restore, kept, there, told, backup)


def _staged(
    command: Command,
    restore: Restore,
    there: live.Table,
    of_both: Shape,
    told: TableRestored,
    differing: Found,
    hashes: frozenset[int] | None,
    backup: _Chosen,
    hows: frozenset[How],
) -> keeping.Kept:
    """The rows are in the attic together with the journal's word that they are, or not at all."""
    found: list[keeping.Kept] = []

    def stage() -> None:
        with command.keeper.transaction():
            kept = keeping.stage(
                command.keeper,
                restore,
                there,
                backup.content.key,
                of_both.columns,
                differing.staged(hows, hashes),
                differing.before() if How.CHANGED in hows else (),
                int(command.settings.lock_budget * 500),
            )
            restores.write(command.keeper, restore.id, RestoreEvent.STAGED, _as_detail(told.differences))
        found.append(kept)

    patience(command, restore.identity).until_free(stage)
    return found[-1]


def _applied(
    command: Command, restore: Restore, kept: keeping.Kept, there: live.Table, told: TableRestored, backup: _Chosen
) -> TableRestored:
    archive = ARCHIVES.get(restore.identity)
    begun = command.clock.monotonic()
    wanted = told.differences.chosen if told.differences.chosen is not None else 0
    command.progress.step_begun(_RESTORE, f"restore {restore.number}: rows of {restore.identity}")
    rows = put_back(
        command.keeper,
        restore,
        kept,
        there,
        live.find(command.keeper, archive) if archive else None,
        patience(command, restore.identity),
        _Rate(command, wanted or told.differences.missing + told.differences.changed, begun),
        lock_timeout_ms=int(command.settings.lock_budget * 500),
    )
    with command.keeper.transaction():
        detail = {"inserted": rows.inserted, "updated": rows.updated, "left": dict(rows.left)}
        restores.write(command.keeper, restore.id, RestoreEvent.DONE, detail)
    seconds = command.clock.monotonic() - begun
    command.progress.step_done(_RESTORE, seconds, f"{rows.inserted:,} inserted, {rows.updated:,} set back")
    restore = restores.load(command.keeper, restore.number, command.target.name)
    return TableRestored(told.differences, restore, rows, told.extra, backup.kept.is_proved)


class _Rate:
    """Tells how many rows are back, and how long it takes at this rate."""

    def __init__(self, command: Command, wanted: int, begun: float) -> None:
        self._command, self._wanted, self._begun = command, wanted, begun

    def __call__(self, capture: Capture, rows: int) -> None:
        seconds = self._command.clock.monotonic() - self._begun
        left = (self._wanted - rows) * seconds / rows if rows and self._wanted > rows else 0.0
        text = f"{capture.identity}, about {left:,.0f} s left" if left else capture.identity
        self._command.progress.part(_RESTORE, text, rows, max(rows, self._wanted))


def patience(command: Command, identity: str) -> Patience:
    """How long a command goes on trying for a lock."""
    return Patience(
        identity,
        command.settings.patience,
        command.clock,
        lambda tries: command.progress.waiting(identity, tries, ()),
    )


def _chosen(settings: Settings, target: Target, request: Request) -> _Chosen:
    on = shelf(settings, target)
    kept = on.one(request.backup) if request.backup else _at(on, request)
    if kept.backup is None:
        raise ManifestUnreadable(id=kept.id, reason=kept.problem)
    if kept.backup.kind is not BackupKind.TABLE:
        raise OtherKind(id=kept.id, kind=kept.backup.kind.value)
    content = _content(kept, request.table)
    if content is None:
        held = ", ".join(one.identity for one in kept.backup.tables)
        raise NotInBackup(id=kept.id, identity=request.table, held=held)
    cipher = cipher_of(kept.backup, key(settings))
    if cipher:
        manifest.require_tag(on.manifest(kept.id), kept.id, cipher)
    return _Chosen(kept, Contents(on.store, kept.backup, cipher), content)


def _at(on: Shelf, request: Request) -> KeptBackup:
    fitting = [
        one
        for one in on.all()
        if one.backup
        and one.is_proved
        and request.at is not None
        and one.backup.began_at <= request.at
        and _content(one, request.table)
    ]
    if not fitting:
        raise NoProvedBackup(target=on.target, at=request.at, identity=request.table)
    return fitting[-1]


def _content(kept: KeptBackup, table: str) -> TableContent | None:
    """The table in a backup by the name a person types: as it is quoted, or of the schema public."""
    held = {one.identity: one for one in kept.backup.tables} if kept.backup else {}
    return held.get(table) or held.get(f"public.{table}")


def _looked_at(target: Target, backup: _Chosen) -> tuple[Table, Shape]:
    with session(target, "haulback/restore") as connection:
        try:
            table = found(connection, backup.content.identity)
        except NoSuchTable:
            raise TableGone(target=target.name, identity=backup.content.identity) from None
        return table, shape(backup.content, table)


def _alike(
    stack: ExitStack,
    settings: Settings,
    request: Request,
    backup: _Chosen,
    table: Table,
    progress: Progress,
    clock: Clock,
) -> _Chosen:
    """The backup with the types that its columns have now."""
    types = retyped(backup.content, table)
    if not types:
        return backup
    name, now = next(iter(types.items()))
    if request.only_where is not None:
        then = next(one.type for one in backup.content.columns if one.name == name)
        raise TypesChanged(identity=table.identity, column=name, then=then, now=now)
    progress.step_begun("cast", f"{', '.join(types)} on the private cluster")
    aside = Aside(settings.home, backup.contents.backup.major)
    contents, content = stack.enter_context(recast(backup.contents, backup.content, types, aside, clock))
    return replace(backup, contents=contents, content=content)


def _compared(
    stack: ExitStack,
    target: Target,
    backup: _Chosen,
    table: Table,
    of_both: Shape,
    progress: Progress,
    clock: Clock,
) -> Found:
    begun = clock.monotonic()
    progress.step_begun(_COMPARE, f"{table.identity} with {backup.kept.id}")
    with connect(target, "haulback/restore") as connection:
        steady(connection)
        differing = compare(
            connection,
            backup.contents,
            backup.content,
            table,
            of_both,
            lambda what, rows, about: progress.part(_COMPARE, f"{rows:,} rows of {what}", rows, max(rows, about)),
        )
    stack.enter_context(closing(differing))
    seen = differing.differences
    progress.step_done(
        _COMPARE,
        clock.monotonic() - begun,
        f"{seen.missing:,} missing, {seen.changed:,} changed, {seen.extra:,} extra",
    )
    return differing


def _hashes(
    settings: Settings,
    request: Request,
    backup: _Chosen,
    differing: Found,
    hows: frozenset[How],
    progress: Progress,
) -> frozenset[int] | None:
    """Which rows the condition chooses; None where there is none."""
    if request.only_where is None:
        return None
    assert backup.kept.backup is not None  # noqa: S101 - it was looked at
    progress.step_begun("choose", request.only_where)
    aside = Aside(settings.home, backup.kept.backup.major)
    return chosen(backup.contents, backup.content, differing.wanted(hows), request.only_where, aside)


def _told(request: Request, backup: _Chosen, differing: Found, hashes: frozenset[int] | None) -> TableRestored:
    seen = replace(
        differing.differences,
        backup=backup.kept.id,
        holds=_holds(backup),
        chosen=None if hashes is None else len(hashes),
    )
    extra: Iterator[str] = differing.extra() if request.extra else iter(())
    listed = tuple(one for _, one in zip(range(MOST_EXTRA), extra, strict=False))
    return TableRestored(seen, extra=listed, proved=backup.kept.is_proved)


def _holds(backup: _Chosen) -> datetime:
    assert backup.kept.backup is not None  # noqa: S101 - it was looked at
    return backup.kept.backup.began_at


def _asked(request: Request, backup: _Chosen) -> dict[str, Any]:
    return {
        "backup": backup.kept.id,
        "table": backup.content.identity,
        "hows": sorted(request.hows),
        "only_where": request.only_where,
    }


def _unfinished(command: Command, table: Table, asked: dict[str, Any]) -> Restore | None:
    """The restore of this table that was cut short, if it is the same request.

    One that never came to bring a row is given up in favour of another request: we hold the lock, so it is dead.

    Raises:
        RestoreCutShort: it is another request, and has brought rows already.
    """
    same = None
    for one in restores.listed(command.keeper):
        if one.identity != table.identity or not one.is_unfinished:
            continue
        if one.request == asked and one.state == "running" and same is None:
            same = one
        elif one.has(RestoreEvent.STAGED):
            raise RestoreCutShort(number=one.number, identity=one.identity)
        else:
            restores.write(command.keeper, one.id, RestoreEvent.UNDONE)
    return same


def _as_detail(seen: Differences) -> dict[str, Any]:
    return {
        "in_backup": seen.in_backup,
        "in_table": seen.in_table,
        "missing": seen.missing,
        "changed": seen.changed,
        "extra": seen.extra,
        "first": {how.value: list(keys) for how, keys in seen.first.items()},
        "only_backup": list(seen.only_backup),
        "only_table": list(seen.only_table),
        "chosen": seen.chosen,
    }


def _remembered(restore: Restore, backup: _Chosen) -> TableRestored:
    """What comparing had shown before the restore was cut short."""
    told = restore.detail(RestoreEvent.STAGED)
    seen = Differences(
        restore.identity,
        backup.kept.id,
        _holds(backup),
        told["in_backup"],
        told["in_table"],
        told["missing"],
        told["changed"],
        told["extra"],
        {How(how): tuple(keys) for how, keys in told["first"].items()},
        tuple(told["only_backup"]),
        tuple(told["only_table"]),
        told["chosen"],
    )
    return TableRestored(seen, proved=backup.kept.is_proved)
