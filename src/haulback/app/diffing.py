"""Use case: compare a recovered server, or another target, with the target as it is; changes neither."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime

import psycopg

from haulback.app.backing_up import shelf
from haulback.app.recoveries import restores_of, server_of
from haulback.app.restoring import ARCHIVES
from haulback.app.target import opened
from haulback.backups import two_sides
from haulback.backups.cluster_errors import NothingToCompare, RecoveryDown
from haulback.backups.errors import NoSuchTable
from haulback.backups.rows import canonical
from haulback.backups.table import Table, everything, found
from haulback.backups.two_sides import Side, Wanted
from haulback.capture import live
from haulback.clock import Clock, SystemClock
from haulback.config.policy import default_policy
from haulback.config.url import SECRET_PARAMETERS, parameters_of
from haulback.deploy.progress import Progress
from haulback.errors import HaulbackError, UsageError
from haulback.model.backup import BackupKind
from haulback.model.diff import Diff, TableDiff
from haulback.model.schema import compare
from haulback.model.settings import Settings
from haulback.model.target import Environment, Target
from haulback.pg.catalog.reader import read
from haulback.pg.session import conninfo, session, steady

_STEP = "compare"


@dataclass(frozen=True)
class Request:
    """What is compared with the target.

    Attributes:
        recovery: id of a recovery that was left running; empty for the only one.
        against: name of another target, or an address without a password; empty for a recovery.
        tables: names; empty for all of both sides.
        limit: rows of each kind that are shown of a table.
        values: whether their values are shown.
    """

    recovery: str = ""
    against: str = ""
    tables: tuple[str, ...] = ()
    limit: int = 5
    values: bool = False


@dataclass(frozen=True)
class _Then:
    """The side that was.

    Attributes:
        at: the moment that it holds; None where nobody knows.
    """

    name: str
    conninfo: str
    at: datetime | None = None


def diff(settings: Settings, target: Target, request: Request, progress: Progress, clock: Clock | None = None) -> Diff:
    """Compares schema, rows and sequences.

    Args:
        settings: of the project.
        target: as it is; its server runs.
        request: what it is compared with.
        progress: told table by table.
        clock: to measure with.

    Raises:
        NothingToCompare, NoSuchRecovery, RecoveryDown, NoSuchTable: there is nothing to compare.
        HaulbackError: a side cannot be reached.
    """
    clock = clock or SystemClock()
    then = _then(settings, target, request)
    with ExitStack() as stack:
        before = stack.enter_context(_session(then.conninfo, then.name))
        after = stack.enter_context(session(target, "haulback/diff"))
        steady(after)
        schema = _schema(before, after)
        names = _tables(before, after, request, target)
        held = _held(settings, target, then.at)
        tables = []
        for name in names:
            begun = clock.monotonic()
            progress.step_begun(_STEP, name)
            one = _table(before, after, name, request, progress)
            tables.append(replace(one, command=_command(settings, target, then, one) if name in held else ""))
            progress.step_done(_STEP, clock.monotonic() - begun, f"{name}: {_summary(one)}")
        return Diff(then.name, target.name, schema, tuple(tables), two_sides.sequences(before, after))


def _then(settings: Settings, target: Target, request: Request) -> _Then:
    if request.against:
        other = _other(settings, request.against)
        return _Then(other.name, conninfo(other, "haulback/diff"))
    kept = restores_of(settings, target)
    if request.recovery:
        restore = kept.one(request.recovery)
    else:
        running = [one for one in kept.all() if one.major and server_of(kept, one).running()]
        if len(running) != 1:
            raise NothingToCompare(target=target.name, count=len(running) or "no")
        restore = running[0]
    server = server_of(kept, restore)
    if server.running() is None:
        raise RecoveryDown(id=restore.id)
    return _Then(restore.id, server.conninfo(target.parameters.get("dbname", "postgres")), restore.at)


def _other(settings: Settings, against: str) -> Target:
    """Another target by name, or by an address: that one is seen by everybody on this machine."""
    if against in settings.targets:
        return opened(settings, against, start=False)
    if "=" not in against and "://" not in against:
        known = ", ".join(settings.targets)
        raise UsageError(problem=f"there is no target {against}", hint=f"Known targets: {known}. Or pass an address.")
    parameters, password = parameters_of(against, "--against")
    if password or SECRET_PARAMETERS & parameters.keys():
        raise UsageError(
            problem="--against holds a password, which everybody on this machine can see",
            hint="Leave it out, and set PGPASSWORD or .pgpass.",
        )
    return Target("the other", Environment.DEVELOPMENT, parameters, default_policy(Environment.DEVELOPMENT))


@contextmanager
def _session(address: str, name: str) -> Iterator[psycopg.Connection]:
    try:
        connection = psycopg.connect(address, autocommit=True)
    except psycopg.OperationalError:
        raise RecoveryDown(id=name) from None  # the original text may hold the connection string
    connection.prepare_threshold = None
    with connection:
        yield connection


def _schema(before: psycopg.Connection, after: psycopg.Connection) -> tuple[str, ...]:
    major = min(one.info.server_version // 10000 for one in (before, after))
    return compare(read(before, as_major=major), read(after, as_major=major)).lines()


def _tables(before: psycopg.Connection, after: psycopg.Connection, request: Request, target: Target) -> tuple[str, ...]:
    there = {*everything(before), *everything(after)}
    if not request.tables:
        return tuple(sorted(there))
    chosen = []
    for name in request.tables:
        quoted = next((one for one in (name, f"public.{name}") if one in there), None)
        if quoted is None:
            raise NoSuchTable(identity=name, target=target.name)
        chosen.append(quoted)
    return tuple(dict.fromkeys(chosen))


def _table(
    before: psycopg.Connection, after: psycopg.Connection, name: str, request: Request, progress: Progress
) -> TableDiff:
    """One table; what keeps a side from being read is told of it, and the others go on."""
    try:
        then, now = (_side(one, name) for one in (before, after))
        if then is None or now is None:
            return _of_one_side(then, now, name)
        about = then.table.about + now.table.about
        return two_sides.compare(
            then, now, _wanted(after, now.table, request),
            lambda rows: progress.part(_STEP, f"rows of {name} on both sides", rows, max(rows, about)),
        )  # fmt: skip
    except HaulbackError as refusal:
        return TableDiff(name, None, None, None, refusal.message)


def _side(connection: psycopg.Connection, name: str) -> Side | None:
    with suppress(NoSuchTable), connection.transaction():
        canonical(connection)  # types are named alike on both sides
        return Side(connection, found(connection, name))
    return None


def _of_one_side(then: Side | None, now: Side | None, name: str) -> TableDiff:
    before, after = (two_sides.counted(one) if one else None for one in (then, now))
    gone = "the table is gone" if now is None else "the table came since"
    return TableDiff(name, before, after, same=False, reason=gone, missing=before or 0, changed=0, extra=after or 0)


def _wanted(after: psycopg.Connection, now: Table, request: Request) -> Wanted:
    there = live.find(after, now.identity)
    archive = ARCHIVES.get(now.identity)
    side = _side(after, archive) if archive else None
    users = there.user_columns if there else ()
    return Wanted(request.limit, request.values, side.table if side else None, users)


def _held(settings: Settings, target: Target, at: datetime | None) -> frozenset[str]:
    """Tables that `haulback restore table --at` finds in a backup."""
    if at is None:
        return frozenset()
    with suppress(HaulbackError):  # a store that is away keeps nobody from comparing
        return frozenset(
            table.identity
            for one in shelf(settings, target).all()
            if one.backup and one.is_proved and one.backup.kind is BackupKind.TABLE and one.backup.began_at <= at
            for table in one.backup.tables
        )
    return frozenset()


def _command(settings: Settings, target: Target, then: _Then, one: TableDiff) -> str:
    """What brings rows back; a table that is gone is not there to be brought rows to."""
    hows = [f"--{how}" for how, rows in (("missing", one.missing), ("changed", one.changed)) if rows]
    if not one.comes_back or one.now is None or then.at is None:
        return ""
    named = [] if target.name == settings.default_target else ["--target", target.name]
    return shlex.join(["haulback", "restore", "table", one.identity, "--at", then.at.isoformat(), *hows, *named])


def _summary(one: TableDiff) -> str:
    if one.same is None or one.missing is None:
        return one.reason if one.same is None else f"{'the same' if one.same else 'different'}; {one.reason}"
    return "the same" if one.same else f"{one.missing:,} missing, {one.changed:,} changed, {one.extra:,} extra"
