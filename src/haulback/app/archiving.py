"""Use case: have a server archive its WAL, prove that it does, and tell which moments the archive reaches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg import sql

from haulback.app import recoveries
from haulback.app import target as targets
from haulback.app.backing_up import shelf
from haulback.backups import loss, pitr_plan, reach, receiving, shipping, wal
from haulback.backups.cluster_errors import ArchiveNotProved, MayNotSetUp, OtherArchiveCommand, RestartNeeded
from haulback.clock import Clock, SystemClock
from haulback.deploy.progress import Progress
from haulback.errors import HaulbackError
from haulback.journal import heartbeat
from haulback.model.archiving import Archiver, Archiving
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.queries import queries
from haulback.pg.session import connect
from haulback.pg.settings import archive_command

_SQL = queries("haulback.backups", "sql/shipping.sql")
_PROVE_SECONDS = 90.0
_TIMEOUT = 60
_SUMMARIES_MAJOR = 17
_STEP = "archive"
_NEEDS_RESTART = frozenset({"wal_level", "archive_mode"})


def status(settings: Settings, target: Target, clock: Clock | None = None) -> Archiving:
    """What the archive of a target reaches; reads only.

    Raises:
        NoArchive, ArchiveUnreachable: there is nothing to read.
    """
    folder = recoveries.archive_of(settings, target)
    system, timeline, archiver, following, beat = "", 0, None, None, None
    try:
        with _session(settings, target) as connection:
            system, timeline = shipping.identity(connection)
            archiver = _archiver(connection, target)
            # Before the archive is read: what is written in between must not count as lost.
            following = shipping.next_transaction(connection)
            with suppress(psycopg.errors.InsufficientPrivilege):
                beat = heartbeat.read(connection)
    except (HaulbackError, psycopg.Error):
        # It can be down: that is when one looks.
        system, timeline = recoveries.at_rest(settings) if target.embedded else ("", 0)
    found = wal.read(folder, system)
    whole = [one.backup for one in pitr_plan.whole_backups(shelf(settings, target)) if one.backup]
    timeline = timeline or (int(whole[-1].detail["timeline"]) if whole else 1)
    strange = tuple((one.name, one.problem) for one in found.strange)
    own = [one for one in whole if system in {"", one.system}]
    newest, archived = (reach.newest_of(one, own, timeline) for one in (found, found.archived))
    return Archiving(
        target.name,
        str(folder),
        system,
        timeline,
        len(found.segments),
        reach.windows(found, own, timeline),
        strange,
        archiver,
        reach.warnings(archiver, len(strange), receive=target.receive != "off"),
        loss.told(newest, archived, following, beat, (clock or SystemClock()).now()),
    )


def set_up(
    settings: Settings, target: Target, progress: Progress, *, replace: bool = False, clock: Clock | None = None
) -> str:
    """Has the server archive its WAL, and waits for a segment; its name.

    Args:
        settings: of the project.
        target: whose server it is.
        progress: told what is changed.
        replace: whether an archive_command of somebody else may be replaced.
        clock: to wait with.

    Raises:
        MayNotSetUp: the role is no superuser; with the statements that one would run.
        OtherArchiveCommand: somebody else archives already.
        RestartNeeded: everything is set, and counts only after a restart.
        ArchiveNotProved: nothing came into the archive.
    """
    clock = clock or SystemClock()
    folder = recoveries.archive_of(settings, target)
    command = archive_command(folder.absolute())
    with _session(settings, target, start=True) as connection:
        found = _archiver(connection, target)
        wanted = _wanted(found, command, target, replace=replace)
        if wanted and not found.superuser:
            raise MayNotSetUp(target=target.name, statements="; ".join(map(_shown, wanted.items())))
        for name, value in wanted.items():
            connection.execute(sql.SQL("alter system set {} = {}").format(sql.Identifier(name), sql.Literal(value)))
            progress.note(f"set {name}")
        if wanted:
            connection.execute("select pg_catalog.pg_reload_conf()")
        restart = sorted(_NEEDS_RESTART & wanted.keys() | set(found.pending))
    if restart and not target.embedded:
        # A reload says yes to these and changes nothing: until a restart not one segment is archived.
        raise RestartNeeded(target=target.name, settings=" and ".join(restart))
    if restart:
        targets.cluster(settings).stop()
    begun = clock.monotonic()
    progress.step_begun(_STEP, "wait for a segment")
    with _session(settings, target, start=True) as connection:
        name = shipping.ship(connection, folder, clock, _PROVE_SECONDS)
        if not name:
            failing = _archiver(connection, target).failing
            reason = f"the server could not archive {failing}" if failing else "the server did not try"
            raise ArchiveNotProved(archive=folder, seconds=_PROVE_SECONDS, reason=reason)
    progress.step_done(_STEP, clock.monotonic() - begun, f"{name} is in {folder}")
    return name


def _wanted(found: Archiver, command: str, target: Target, *, replace: bool) -> dict[str, str]:
    """The settings that must change."""
    wanted = {}
    if found.wal_level == "minimal":
        wanted["wal_level"] = "replica"
    if found.mode == "off":
        wanted["archive_mode"] = "on"
    empty = found.command in {"", "(disabled)"}
    if found.command != command and found.mode != "off" and not empty and not replace:
        raise OtherArchiveCommand(target=target.name, command=re.sub(r"\s+", " ", found.command)[:80])
    if found.command != command:
        wanted["archive_command"] = command
    if not 0 < found.timeout <= _TIMEOUT:
        wanted["archive_timeout"] = f"{_TIMEOUT}s"
    if found.major >= _SUMMARIES_MAJOR and not found.summarizes:
        wanted["summarize_wal"] = "on"  # without it no incremental backup can be taken
    return wanted


def _shown(setting: tuple[str, str]) -> str:
    name, value = setting
    return f"alter system set {name} = '{value.replace(chr(39), chr(39) * 2)}'"


def _archiver(connection: psycopg.Connection, target: Target) -> Archiver:
    row = connection.execute(_SQL["archiving"]).fetchone()
    assert row is not None  # noqa: S101 - the view has one row
    level, mode, command, timeout, pending, _failures, failed, failing, superuser, major, summarizes = row
    slots = tuple((name, int(held or 0), bool(active)) for name, held, active in connection.execute(_SQL["slots"]))
    return Archiver(
        level,
        mode,
        command,
        timeout,
        tuple(pending),
        failed if failing else "",
        slots,
        superuser,
        major,
        summarizes,
        receiving.slot(connection, target),
    )


@contextmanager
def _session(settings: Settings, target: Target, *, start: bool = False) -> Iterator[psycopg.Connection]:
    operator = targets.operator(settings, target)
    if operator is not None:
        if not start and targets.cluster(settings).status().running is None:
            raise targets.EmbeddedDown(target=target.name)
        with operator() as connection:
            yield connection
        return
    with connect(target, "haulback/archive") as connection:
        yield connection
