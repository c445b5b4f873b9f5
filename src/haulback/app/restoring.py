"""Use case: compare a table with a backup, and bring back the rows that are missing or changed."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any

from haulback.app.restore_source import Request, Source, alike, looked_at, source
from haulback.app.sessions import Command, begin, converging
from haulback.backups.aside import Aside
from haulback.backups.choosing import chosen
from haulback.backups.comparing import Found, compare
from haulback.backups.errors import BadExpression, TableGone
from haulback.backups.shape import Shape
from haulback.backups.table import Table
from haulback.capture import live
from haulback.capture.restoring import kept as keeping
from haulback.capture.restoring.patience import Patience
from haulback.capture.restoring.putting_back import put_back
from haulback.clock import Clock, SystemClock
from haulback.deploy.progress import Progress
from haulback.errors import Exit, HaulbackError
from haulback.journal import restores
from haulback.migrations import condition
from haulback.model.capture import Capture
from haulback.model.restore import Differences, How, Restore, RestoreEvent, TableRestored
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.session import connect, steady

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


def restore_table(
    settings: Settings, target: Target, request: Request, progress: Progress, clock: Clock | None = None
) -> TableRestored:
    """Compares; brings back what was asked for.

    Raises:
        ConnectionLost: cut short, and the same request goes on where it was.
        HaulbackError: refused, and nothing was touched; or cut short as well, and it says so.
    """
    clock = clock or SystemClock()
    if request.only_where is not None and (problem := condition.problem(request.only_where)):
        raise BadExpression(problem=problem)
    backup = source(settings, target, request)
    if request.hows:
        return _restored(settings, target, request, backup, progress, clock)
    with ExitStack() as stack:
        table, of_both = looked_at(target, backup)
        backup = alike(stack, settings, request, backup, table, progress, clock)
        differing = _compared(stack, target, request, backup, table, of_both, progress, clock)
        hashes = _hashes(settings, request, backup, differing, frozenset({How.MISSING, How.CHANGED}), progress)
        return _told(request, backup, differing, hashes)


def _restored(
    settings: Settings, target: Target, request: Request, backup: Source, progress: Progress, clock: Clock
) -> TableRestored:
    with ExitStack() as stack:
        command = begin(settings, target, progress, clock, stack)
        table, of_both = looked_at(target, backup)
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
            with converging(command):
                return _applied(command, unfinished, kept, there, told, backup)
        backup = alike(stack, settings, request, backup, table, progress, clock)
        differing = _compared(stack, target, request, backup, table, of_both, progress, clock)
        hashes = _hashes(settings, request, backup, differing, request.hows, progress)
        told = _told(request, backup, differing, hashes)
        if not next(differing.staged(request.hows, hashes), None):
            if unfinished:
                restores.write(command.keeper, unfinished.id, RestoreEvent.UNDONE)
            return told
        with converging(command):
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
    backup: Source,
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
                backup.content.format,
                int(command.settings.lock_budget * 500),
            )
            restores.write(command.keeper, restore.id, RestoreEvent.STAGED, _as_detail(told.differences))
        found.append(kept)

    patience(command, restore.identity).until_free(stage)
    return found[-1]


def _applied(
    command: Command, restore: Restore, kept: keeping.Kept, there: live.Table, told: TableRestored, backup: Source
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
    return TableRestored(told.differences, restore, rows, told.extra, backup.proved)


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


def _compared(
    stack: ExitStack,
    target: Target,
    request: Request,
    backup: Source,
    table: Table,
    of_both: Shape,
    progress: Progress,
    clock: Clock,
) -> Found:
    begun = clock.monotonic()
    progress.step_begun(_COMPARE, f"{table.identity} with {backup.backup.id}")
    with connect(target, "haulback/restore") as connection:
        steady(connection)
        differing = compare(
            connection,
            backup.contents,
            backup.content,
            table,
            # The rows may be a copy that was cast, in another format.
            replace(of_both, format=backup.content.format),
            lambda what, rows, about: progress.part(_COMPARE, f"{rows:,} rows of {what}", rows, max(rows, about)),
            extra=MOST_EXTRA if request.extra else 0,
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
    backup: Source,
    differing: Found,
    hows: frozenset[How],
    progress: Progress,
) -> frozenset[int] | None:
    """Which rows the condition chooses; None where there is none."""
    if request.only_where is None:
        return None
    progress.step_begun("choose", request.only_where)
    aside = Aside(settings.home, backup.backup.major)
    return chosen(backup.contents, backup.content, differing.wanted(hows), request.only_where, aside)


def _told(request: Request, backup: Source, differing: Found, hashes: frozenset[int] | None) -> TableRestored:
    seen = replace(
        differing.differences,
        backup=backup.backup.id,
        holds=backup.backup.began_at,
        chosen=None if hashes is None else len(hashes),
    )
    return TableRestored(seen, extra=differing.extra if request.extra else (), proved=backup.proved)


def _asked(request: Request, backup: Source) -> dict[str, Any]:
    return {
        "backup": backup.backup.id,
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


def _remembered(restore: Restore, backup: Source) -> TableRestored:
    """What comparing had shown before the restore was cut short."""
    told = restore.detail(RestoreEvent.STAGED)
    seen = Differences(
        restore.identity,
        backup.backup.id,
        backup.backup.began_at,
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
    return TableRestored(seen, proved=backup.proved)
