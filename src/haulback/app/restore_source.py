"""Which backup a table is compared with, and how its rows are made like those of the table."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime

from haulback.app.backing_up import key, shelf
from haulback.backups import manifest
from haulback.backups.aside import Aside
from haulback.backups.cipher import cipher_of
from haulback.backups.contents import Contents
from haulback.backups.errors import (
    ManifestUnreadable,
    NoProvedBackup,
    NoSuchTable,
    NotInBackup,
    OtherKind,
    TableGone,
    TypesChanged,
)
from haulback.backups.recast import recast
from haulback.backups.rows import canonical
from haulback.backups.shape import Shape, retyped, shape
from haulback.backups.shelf import Shelf
from haulback.backups.table import Table, found
from haulback.clock import Clock
from haulback.deploy.progress import Progress
from haulback.model.backup import Backup, BackupKind, KeptBackup, RowFormat, TableContent
from haulback.model.restore import How
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.session import session


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
class Source:
    """A backup with the table in it.

    Attributes:
        backup: as it lies in the store.
        contents, content: what is read; of a copy where the types are others by now.
        proved: whether it was restored before to prove it.
    """

    backup: Backup
    contents: Contents
    content: TableContent
    proved: bool


def source(settings: Settings, target: Target, request: Request) -> Source:
    on = shelf(settings, target)
    kept = _at(on, request) if request.at else on.one(request.backup)
    if kept.backup is None:
        on.require_believed(kept)
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
    return Source(kept.backup, Contents(on.store, kept.backup, cipher), content, kept.is_proved)


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


def looked_at(target: Target, backup: Source) -> tuple[Table, Shape]:
    with session(target, "haulback/restore") as connection, connection.transaction():
        canonical(connection)  # types are named as the backup names them
        try:
            table = found(connection, backup.content.identity)
        except NoSuchTable:
            raise TableGone(target=target.name, identity=backup.content.identity) from None
        return table, shape(backup.content, table)


def alike(
    stack: ExitStack,
    settings: Settings,
    request: Request,
    backup: Source,
    table: Table,
    progress: Progress,
    clock: Clock,
) -> Source:
    """The backup with the types that its columns have now."""
    types = retyped(backup.content, table)
    # A type of a name that stands for something else by now may have no binary form that both sides share.
    alike_as_binary = table.binary or backup.content.format is RowFormat.TEXT
    if not types and alike_as_binary:
        return backup
    if types and request.only_where is not None:
        name, now = next(iter(types.items()))
        then = next(one.type for one in backup.content.columns if one.name == name)
        raise TypesChanged(identity=table.identity, column=name, then=then, now=now)
    progress.step_begun("cast", f"{', '.join(types)} on the private cluster")
    aside = Aside(settings.home, backup.backup.major)
    contents, content = stack.enter_context(
        recast(backup.contents, backup.content, types, aside, clock, binary=table.binary)
    )
    return replace(backup, contents=contents, content=content)
