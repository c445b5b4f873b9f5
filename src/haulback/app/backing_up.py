"""Use case: take backups of a target, list them, and prove them by restoring them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import psycopg

from haulback.backups import engine, manifest, store
from haulback.backups.cipher import Key, cipher_of
from haulback.backups.engines._engine import Proving, Taking
from haulback.backups.errors import BackupGone, ManifestUnreadable, NoTables
from haulback.backups.shelf import Shelf
from haulback.backups.table import everything
from haulback.backups.trust import Trust
from haulback.clock import Clock, SystemClock
from haulback.deploy.progress import Progress
from haulback.errors import Exit, HaulbackError
from haulback.model.backup import Backup, BackupKind, KeptBackup, Proof, Verdict
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.server_words import failure_words
from haulback.pg.session import connect, steady

# The module's rows, with what its own rows of erasure need.
DEFAULT_TABLES = ("public.engagement_events", "public.engagement_events_archive", "public.erased_users")
_STEP = "backup"
_CLUSTERS = frozenset({BackupKind.PHYSICAL, BackupKind.INCREMENTAL})


@dataclass(frozen=True)
class Request:
    """What is to be backed up.

    Attributes:
        kind: what kind of backup.
        tables: identities; empty for the configured ones.
        all_tables: whether every table of the users is copied.
        parent: of an incremental backup; empty for the newest that can be one.
        engine: that takes it; empty for the one of its kind.
        in_clear: whether a physical backup is left in the clear though a key is set.
    """

    kind: BackupKind = BackupKind.TABLE
    tables: tuple[str, ...] = ()
    all_tables: bool = False
    parent: str = ""
    engine: str = ""
    in_clear: bool = False


def shelf(settings: Settings, target: Target) -> Shelf:
    """The backups of a target in the configured store.

    Raises:
        KeyUnusable: the configured key is none.
    """
    return Shelf.of(store.opened(settings.backups.store), target.name, trust(settings))


def key(settings: Settings) -> Key | None:
    """The configured key.

    Raises:
        KeyUnusable: it is none.
    """
    # A file that is empty names a key as well: without one all would be believed, and written in the clear.
    return None if settings.backups.key is None else Key.parsed(settings.backups.key)


def trust(settings: Settings) -> Trust:
    """Which backups are believed.

    Raises:
        KeyUnusable: the configured key is none.
    """
    said = settings.backups
    clear = frozenset(BackupKind) if said.accept_clear else _CLUSTERS if said.cluster_in_clear else frozenset()
    return Trust(key(settings), clear)


def configured(settings: Settings) -> tuple[str, ...]:
    """The tables that a backup of tables should hold, as far as the target has them."""
    return settings.backups.tables or DEFAULT_TABLES


def concerned(settings: Settings, found: Sequence[KeptBackup]) -> tuple[str, ...]:
    """The tables that must come back, told without asking the target.

    Those that somebody named; else those of the module, where any backup shows that the target has them.
    """
    held = {table.identity for one in found if one.backup for table in one.backup.tables}
    return settings.backups.tables or tuple(one for one in DEFAULT_TABLES if one in held)


def take(
    settings: Settings, target: Target, request: Request, progress: Progress, clock: Clock | None = None
) -> Backup:
    """Takes one backup; changes nothing on the target.

    Raises:
        HaulbackError: no backup was made; what was written of it is not listed as one.
    """
    clock = clock or SystemClock()
    with connect(target, "haulback/backup") as connection:
        steady(connection)
        wanted = _tables(settings, target, connection, request) if request.kind is BackupKind.TABLE else ()
        chosen = engine.for_kind(request.kind, request.engine)
        begun = clock.monotonic()
        progress.step_begun(_STEP, f"copy {len(wanted)} tables" if wanted else f"copy the cluster of {target.name}")
        taking = Taking(
            target,
            connection,
            shelf(settings, target),
            clock,
            lambda what, done, about: progress.part(_STEP, f"{done:,} {what}", done, max(done, about)),
            key(settings),
            wanted,
            request.parent,
            {"in_clear": "yes"} if request.in_clear else {},
        )
        backup = chosen.take(taking, request.kind)
        if refusal := taking.shelf.trust.refusal(backup, target.name):
            progress.note(f"{refusal.message}; it counts once backups.cluster_in_clear is set")
        held = f"{backup.rows:,} rows, " if backup.tables else ""
        progress.step_done(_STEP, clock.monotonic() - begun, f"{held}{backup.size:,} bytes")
        return backup


def listed(settings: Settings, target: Target) -> tuple[KeptBackup, ...]:
    """Every backup of a target, oldest first."""
    return shelf(settings, target).all()


def verify(
    settings: Settings,
    target: Target,
    ids: Sequence[str],
    progress: Progress,
    *,
    all_backups: bool = False,
    clock: Clock | None = None,
) -> tuple[Proof, ...]:
    """Restores backups on a private cluster and notes what that showed; without ids the newest.

    Raises:
        NoBackups, NoSuchBackup: there is nothing to prove.
        NotSealed, OtherTarget, WrongKey: nothing that is believed.
    """
    clock = clock or SystemClock()
    on = shelf(settings, target)
    chosen = [on.one(id_) for id_ in ids] or (on.all() if all_backups else (on.newest(),))
    proofs: list[Proof] = []
    for kept in chosen:
        progress.step_begun("prove", kept.id)
        try:
            found = _tried(settings, on, kept, progress, clock)
        except HaulbackError as held:  # the private cluster is somebody else's just now: that is no word on the backup
            progress.step_failed("prove", held.message)
            if all(one.verdict is not Verdict.BAD for one in proofs):
                raise
            return (*proofs, _unknown(kept, clock, held, unfiled="it was not tried"))  # one found bad outlives this
        if found.verdict is Verdict.BAD and not kept.unfinished and _is_gone(on, kept):
            found = _unknown(kept, clock, BackupGone(id=kept.id), unfiled="it is there no more")
        elif not kept.unfinished:  # it may be in the making this very moment, and must not begin its life as a bad one
            found = _filed(on, found)
        summary = found.verdict.value + (f": {found.problems[0]}" if found.problems else "")
        if found.verdict is Verdict.PROVED and not found.unfiled:
            progress.step_done("prove", found.seconds, summary)
        else:
            progress.step_failed("prove", f"{summary}; not kept: {found.unfiled}" if found.unfiled else summary)
        proofs.append(found)
    return tuple(proofs)


def _is_gone(on: Shelf, kept: KeptBackup) -> bool:
    """Whether it was pruned since: that its files are missing says nothing of it."""
    try:
        on.manifest(kept.id)
    except ManifestUnreadable:
        return True
    except HaulbackError:
        return False
    return False


def _filed(on: Shelf, proof: Proof) -> Proof:
    """Keeps a proof; where that cannot be done the verdict stands all the same, and says so."""
    try:
        on.note(proof)
    except (HaulbackError, OSError) as failure:
        return replace(proof, unfiled=failure_words(failure))
    return proof


def _tried(settings: Settings, on: Shelf, kept: KeptBackup, progress: Progress, clock: Clock) -> Proof:
    """What trying showed; of a failure that says nothing of the backup, that it could not be tried.

    Raises:
        HaulbackError: somebody else holds what it takes.
    """
    try:
        return _proved(settings, on, kept, progress, clock)
    except (HaulbackError, psycopg.Error, OSError) as failure:
        if isinstance(failure, HaulbackError) and failure.exit_code is Exit.HELD:
            raise
        return _unknown(kept, clock, failure)


def _unknown(kept: KeptBackup, clock: Clock, failure: Exception, unfiled: str = "") -> Proof:
    return Proof(kept.id, Verdict.UNKNOWN, clock.now(), 0.0, (failure_words(failure),), unfiled=unfiled)


def _proved(settings: Settings, on: Shelf, kept: KeptBackup, progress: Progress, clock: Clock) -> Proof:
    if kept.backup is None:
        verdict = Verdict.UNKNOWN if kept.unfinished or kept.refused else Verdict.BAD
        return Proof(kept.id, verdict, clock.now(), 0.0, (kept.problem,))
    try:
        taker = engine.of(kept.backup)
        cipher = cipher_of(kept.backup, key(settings))
        if cipher:
            manifest.require_tag(on.manifest(kept.id), kept.id, cipher)
    except ManifestUnreadable as problem:
        return Proof(kept.id, Verdict.BAD, clock.now(), 0.0, (problem.message,))
    except HaulbackError as problem:  # without its key or its engine nothing can be said of it
        return Proof(kept.id, Verdict.UNKNOWN, clock.now(), 0.0, (problem.message,))
    return taker.prove(
        Proving(
            kept.backup,
            on,
            settings.home,
            clock,
            cipher,
            lambda what, done, total: progress.part("prove", what, done, total),
            key=key(settings),
        )
    )


def _tables(settings: Settings, target: Target, connection: psycopg.Connection, request: Request) -> tuple[str, ...]:
    """Identities of the tables to copy.

    Raises:
        NoTables: nothing was named, and none of the module's are there.
    """
    if request.all_tables:
        found = everything(connection)
        wanted = "its own"
    elif request.tables or settings.backups.tables:
        return request.tables or settings.backups.tables
    else:
        found = tuple(one for one in DEFAULT_TABLES if _is_there(connection, one))
        wanted = ", ".join(DEFAULT_TABLES)
    if not found:
        raise NoTables(target=target.name, wanted=wanted)
    return found


def _is_there(connection: psycopg.Connection, identity: str) -> bool:
    row = connection.execute("select pg_catalog.to_regclass(%s) is not null", [identity]).fetchone()
    return bool(row and row[0])
