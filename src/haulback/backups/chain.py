"""A physical backup with those it builds on, as they lie in a store, and the whole cluster made of them."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from haulback.backups import packed, parents
from haulback.backups.cipher import Key, cipher_of
from haulback.backups.cluster_errors import NeedsFolder, NoBinariesFor, NoRoom
from haulback.backups.copying import copy_folder, own_folder, room_told, size_of
from haulback.backups.data_folder import DATA, spaces_of
from haulback.backups.errors import BackupDamaged, ManifestUnreadable
from haulback.backups.packed import Packed
from haulback.backups.shelf import Shelf
from haulback.model.backup import Backup, BackupKind
from haulback.model.packed import is_packed
from haulback.model.physical import Physical
from haulback.pg import binaries, postmaster
from haulback.pg.binaries import Binaries
from haulback.pg.os_user import OsUser

_LINKS = ".links"  # ends the name of the folder in which a chain is unpacked
_FULL = re.compile(r"No space left|Disk quota")
_LINKED = 18  # the first major whose pg_combinebackup takes files of its input over


@dataclass(frozen=True)
class Plain:
    """A backup that lies as a data folder.

    Attributes:
        place: the data folder.
    """

    backup: Backup
    place: Path

    @property
    def raw(self) -> int:
        """Bytes of its files."""
        return Physical.of(self.backup).bytes + sum(file.size for file in self.backup.files)


@dataclass(frozen=True)
class Chain:
    """A physical backup that can be restored.

    Attributes:
        links: the whole backup first, then what changed since, in order.
        binaries: of its major version.
    """

    links: tuple[Plain | Packed, ...]
    binaries: Binaries

    @property
    def backup(self) -> Backup:
        return self.links[-1].backup

    @property
    def physical(self) -> Physical:
        return Physical.of(self.backup)

    @property
    def places(self) -> tuple[Path, ...]:
        """The data folders that are read as they lie in the store."""
        return tuple(one.place for one in self.links if isinstance(one, Plain))

    @property
    def has_spaces(self) -> bool:
        """Whether the cluster has tablespaces."""
        last = self.links[-1]
        return isinstance(last, Packed) and last.has_spaces

    @property
    def bytes(self) -> int:
        """Of the cluster that it makes, roughly where blocks are combined."""
        return sum(one.raw for one in self.links)

    @property
    def room(self) -> int:
        """Bytes that making it writes: packed links lie beside what is combined of them."""
        return self.bytes + self._unpacked

    @property
    def _unpacked(self) -> int:
        return sum(one.raw for one in self.links if isinstance(one, Packed)) if len(self.links) > 1 else 0

    def problems(self) -> list[str]:
        """What is wrong with the files as they lie there.

        Of a plain link our sums first, then PostgreSQL's own of everything; of a packed one what a list of its files
        tells, since its sums are compared while it is unpacked.
        """
        found = []
        for link in self.links:
            said = link.problems() if isinstance(link, Packed) else _plain_problems(self.binaries, link)
            found += [f"{link.backup.id}: {one}" if link is not self.links[-1] else one for one in said]
        return found

    def make(self, into: Path, owner: OsUser, told: Callable[[int], None] = lambda _bytes: None) -> None:
        """Makes the whole cluster in a folder that is not there yet, with its tablespaces in a folder beside it.

        Args:
            into: the data folder.
            owner: who will run the server.
            told: bytes that were written, of `room`.

        Raises:
            NoRoom: the disk is full.
            BackupDamaged: a packed link is not what was written, or the links do not fit together.
            KeyMissing, WrongKey, StoreUnreachable: it cannot be read.
        """
        try:
            if len(self.links) == 1:
                self._lay_out(self.links[0], into, spaces_of(into), owner, told)
            else:
                with self._laid_out(into, owner, told) as places:
                    self._combine(places, into, owner)
                told(self._unpacked + size_of(into))
        except BaseException:
            remove_made(into)
            raise

    @contextmanager
    def _laid_out(self, into: Path, owner: OsUser, told: Callable[[int], None]) -> Iterator[list[Path]]:
        """The data folder of every link; what had to be unpacked is gone after the block."""
        links = into.with_name(f"{into.name}{_LINKS}")
        places, done = [], 0
        try:
            with room_told(links):
                links.mkdir(mode=0o700)
            for number, link in enumerate(self.links):
                if isinstance(link, Plain):
                    places.append(link.place)
                    continue
                with room_told(links):
                    (links / str(number)).mkdir(mode=0o700)
                place = links / str(number) / DATA
                self._lay_out(link, place, spaces_of(place), owner, partial(_further, told, done))
                places.append(place)
                done += link.raw
            yield places
        finally:
            shutil.rmtree(links, ignore_errors=True)

    def _lay_out(
        self, link: Plain | Packed, into: Path, spaces: Path, owner: OsUser, told: Callable[[int], None]
    ) -> None:
        if isinstance(link, Plain):
            copy_folder(link.place, into, owner, told)
            return
        link.unpack(into, spaces, owner, told)
        problems = _verified(self.binaries, into)
        if problems:
            raise BackupDamaged(id=link.backup.id, reason="; ".join(problems))
        # A server that starts with it has its tablespaces where they lay, which are another server's.
        (into / packed.MAP).unlink(missing_ok=True)

    def _combine(self, places: Sequence[Path], into: Path, owner: OsUser) -> None:
        # What was unpacked is thrown away afterwards, and need not be copied; what lies in the store stays as it is.
        taken_over = self.binaries.major >= _LINKED and not self.places
        command: list[str | Path] = [
            self.binaries.program("pg_combinebackup"), "--no-sync", *(["--link"] if taken_over else []),
            *_mapped(places[-1], spaces_of(into)), "-o", into, *places,
        ]  # fmt: skip
        with room_told(into):
            done = subprocess.run(
                command, capture_output=True, text=True, errors="replace", check=False, env=postmaster.environment()
            )
            if done.returncode != 0:
                reason = _first(done.stderr)
                if _FULL.search(done.stderr):
                    raise NoRoom(folder=into.parent, reason=reason)
                raise BackupDamaged(id=self.backup.id, reason=reason)
            for folder in (into, spaces_of(into)):
                if folder.exists():
                    own_folder(folder, owner)


def remove_made(into: Path) -> None:
    """Removes what `Chain.make` made, or a part of that which a killed one left."""
    for left in (into, spaces_of(into), into.with_name(f"{into.name}{_LINKS}")):
        shutil.rmtree(left, ignore_errors=True)


def of(shelf: Shelf, backup: Backup, key: Key | None = None) -> Chain:
    """The chain that ends with a backup; no manifest is read twice.

    Raises:
        NeedsFolder: a plain link lies in a store that is none.
        NoBinariesFor: nothing here can read it.
        KeyMissing, WrongKey: a link cannot be opened with the key.
        BackupDamaged: a backup that it builds on is gone, or is none to build on.
        NotSealed, OtherTarget: one that it builds on is not believed.
    """
    found = binaries.for_major(backup.major)
    if found is None:
        raise NoBinariesFor(major=backup.major)
    links = [backup]
    texts: dict[str, bytes] = {}
    while links[0].kind is BackupKind.INCREMENTAL:
        if links[0].parent in {one.id for one in links}:
            raise BackupDamaged(id=backup.id, reason="the backups that it builds on lead in a circle")
        before, text = _before(shelf, links[0], backup)
        parents.require_pinned(links[0], before, text)
        texts[before.id] = text
        links.insert(0, before)
    if any(one.system != backup.system or one.major != backup.major for one in links):
        raise BackupDamaged(id=backup.id, reason="it builds on a backup of another cluster")
    return Chain(tuple(_link(shelf, one, key, texts.get(one.id)) for one in links), found)


def _link(shelf: Shelf, backup: Backup, key: Key | None, text: bytes | None) -> Plain | Packed:
    if is_packed(backup):
        return packed.opened(shelf, backup, key, text)
    cipher_of(backup, key)  # none is plain that a key sealed: whoever made one up gets no further than its name
    if shelf.store.folder is None:
        raise NeedsFolder(id=backup.id, store=shelf.store.address)
    return Plain(backup, shelf.store.folder / backup.id / DATA)


def _before(shelf: Shelf, link: Backup, whole: Backup) -> tuple[Backup, bytes]:
    """What a link builds on, with its manifest."""
    if not shelf.holds(link.parent):
        raise BackupDamaged(id=whole.id, reason=f"{link.parent}, which it builds on, is gone")
    try:
        found, text = shelf.read(link.parent)
    except ManifestUnreadable as problem:
        reason = f"{link.parent}, which it builds on: {problem.message}"
        raise BackupDamaged(id=whole.id, reason=reason) from problem
    if found.kind is BackupKind.TABLE:
        raise BackupDamaged(id=whole.id, reason=f"{link.parent}, which it builds on: it is no physical backup")
    return found, text


def _plain_problems(found: Binaries, link: Plain) -> list[str]:
    return _listed_problems(link.backup, link.place.parent) or _verified(found, link.place)


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


def _mapped(data: Path, spaces: Path) -> Iterator[str]:
    """Where the tablespaces of the last link go."""
    for link in sorted(one for one in (data / "pg_tblspc").iterdir() if one.is_symlink()):
        old, new = (str(one).replace("=", r"\=") for one in (link.readlink(), spaces.absolute() / link.name))
        yield f"--tablespace-mapping={old}={new}"


def _further(told: Callable[[int], None], before: int, done: int) -> None:
    told(before + done)


def _first(problem: str) -> str:
    lines: Sequence[str] = [line for line in problem.splitlines() if line.strip()]
    return (lines[0].partition("error: ")[2] or lines[0]) if lines else "pg_combinebackup ended without a word"
