"""A physical backup with those it builds on, as they lie in a folder, and the whole cluster made of them."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from haulback.backups.basebackup import DATA
from haulback.backups.cluster_errors import NeedsFolder, NoBinariesFor
from haulback.backups.copying import copy_folder, own_folder, room_told, size_of
from haulback.backups.errors import BackupDamaged, NoSuchBackup, SeveralBackups
from haulback.backups.shelf import Shelf
from haulback.model.backup import Backup, BackupKind
from haulback.model.physical import Physical
from haulback.pg import binaries, postmaster
from haulback.pg.binaries import Binaries
from haulback.pg.os_user import OsUser

_LONGEST = 1000  # a chain that is longer leads in a circle


@dataclass(frozen=True)
class Chain:
    """A physical backup that can be restored.

    Attributes:
        folder: of the shelf.
        links: the whole backup first, then what changed since, in order.
        binaries: of its major version.
    """

    folder: Path
    links: tuple[Backup, ...]
    binaries: Binaries

    @property
    def backup(self) -> Backup:
        return self.links[-1]

    @property
    def physical(self) -> Physical:
        return Physical.of(self.backup)

    @property
    def places(self) -> tuple[Path, ...]:
        return tuple(self.folder / one.id / DATA for one in self.links)

    @property
    def bytes(self) -> int:
        """Of the cluster that it makes, roughly where blocks are combined."""
        return sum(Physical.of(one).bytes + sum(file.size for file in one.files) for one in self.links)

    def problems(self) -> list[str]:
        """What is wrong with the files as they lie there: our sums first, then PostgreSQL's own of everything."""
        found = []
        for link, place in zip(self.links, self.places, strict=True):
            said = _listed_problems(link, place.parent) or _verified(self.binaries, place)
            found += [f"{link.id}: {one}" if link is not self.backup else one for one in said]
        return found

    def make(self, into: Path, owner: OsUser, told: Callable[[int], None] = lambda _bytes: None) -> None:
        """Makes the whole cluster in a folder that is not there yet.

        Raises:
            NoRoom: the disk is full.
            BackupDamaged: the links do not fit together.
        """
        if len(self.links) == 1:
            copy_folder(self.places[0], into, owner, told)
            return
        command: list[str | Path] = [self.binaries.program("pg_combinebackup"), "--no-sync", "-o", into, *self.places]
        with room_told(into):
            done = subprocess.run(
                command, capture_output=True, text=True, errors="replace", check=False, env=postmaster.environment()
            )
            if done.returncode != 0:
                shutil.rmtree(into, ignore_errors=True)
                raise BackupDamaged(id=self.backup.id, reason=_first(done.stderr))
            own_folder(into, owner)
        told(size_of(into))


def of(shelf: Shelf, backup: Backup) -> Chain:
    """The chain that ends with a backup.

    Raises:
        NeedsFolder: the store is none.
        NoBinariesFor: nothing here can read it.
        BackupDamaged: a backup that it builds on is gone, or is none to build on.
    """
    if shelf.store.folder is None:
        raise NeedsFolder(store=shelf.store.address)
    found = binaries.for_major(backup.major)
    if found is None:
        raise NoBinariesFor(major=backup.major)
    links = [backup]
    while links[0].kind is BackupKind.INCREMENTAL:
        links.insert(0, _before(shelf, links[0], backup))
        if len(links) > _LONGEST:
            raise BackupDamaged(id=backup.id, reason="the backups that it builds on lead in a circle")
    if any(one.system != backup.system or one.major != backup.major for one in links):
        raise BackupDamaged(id=backup.id, reason="it builds on a backup of another cluster")
    return Chain(shelf.store.folder, tuple(links), found)


def _before(shelf: Shelf, link: Backup, whole: Backup) -> Backup:
    try:
        kept = shelf.one(link.parent)
    except (NoSuchBackup, SeveralBackups):
        raise BackupDamaged(id=whole.id, reason=f"{link.parent}, which it builds on, is gone") from None
    if kept.backup is None or kept.backup.kind is BackupKind.TABLE:
        reason = kept.problem or "it is no physical backup"
        raise BackupDamaged(id=whole.id, reason=f"{link.parent}, which it builds on: {reason}")
    return kept.backup


def _listed_problems(backup: Backup, place: Path) -> list[str]:
    found = []
    for file in backup.files:
        try:
            with (place / file.name).open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except FileNotFoundError:
            found.append(f"{file.name} is missing")
            continue
        if (place / file.name).stat().st_size != file.size:
            found.append(f"{file.name} has {(place / file.name).stat().st_size:,} bytes instead of {file.size:,}")
        elif digest != file.sha256:
            found.append(f"{file.name} was changed since it was written")
    return found


def _verified(found: Binaries, place: Path) -> list[str]:
    done = subprocess.run(
        [found.program("pg_verifybackup"), place],
        capture_output=True, text=True, errors="replace", check=False, env=postmaster.environment(),
    )  # fmt: skip
    if done.returncode == 0:
        return []
    told = [line.partition("error: ")[2] or line for line in done.stderr.splitlines() if line.strip()]
    return told[:5] or ["pg_verifybackup ended without a word"]


def _first(problem: str) -> str:
    lines: Sequence[str] = [line for line in problem.splitlines() if line.strip()]
    return (lines[0].partition("error: ")[2] or lines[0]) if lines else "pg_combinebackup ended without a word"
