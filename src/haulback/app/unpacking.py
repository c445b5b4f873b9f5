"""Use case: write the data folder of a backup of a cluster, for a server of somebody's own."""

from __future__ import annotations

import errno
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from haulback.app.backing_up import key, shelf
from haulback.app.byte_rate import Rate
from haulback.backups import chain, pitr_plan
from haulback.backups.cluster_errors import FolderTaken, NoDataFolder
from haulback.backups.copying import require_room, sync_whole
from haulback.backups.data_folder import DATA, SPACES, spaces_of
from haulback.backups.errors import BackupDamaged
from haulback.clock import Clock, SystemClock
from haulback.deploy.progress import Progress
from haulback.errors import UsageError
from haulback.model.backup import Backup
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.cluster_folder import sync_folder
from haulback.pg.os_user import server_user

_STEP = "unpack"
# Settings of the server that would harm it, or keep the copy from starting elsewhere: its archive would get a second
# history under the names of the first, and the folder of its socket is on its own machine.
_OPTIONS = "-c archive_mode=off -c unix_socket_directories=/tmp"
_TAKEN = frozenset({errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR})


@dataclass(frozen=True)
class Unpacked:
    """A data folder that was written.

    Attributes:
        spaces: the folder of its tablespaces; None where it has none.
        bytes: that were written.
        start: the command that starts a server on it, for the OS user that owns it.
        owner: name of that user.
    """

    backup: Backup
    folder: Path
    spaces: Path | None
    bytes: int
    start: str
    owner: str


def unpack(
    settings: Settings, target: Target, id_: str, into: Path, progress: Progress, clock: Clock | None = None
) -> Unpacked:
    """Writes the data folder, with what the backup builds on, synced; no server is started, no archive is needed.

    It gets its name when it is whole: killed at any moment, what is left is a hidden folder that ends in `.unfinished`.

    Args:
        settings: with the store, and the key where it takes one.
        target: whose backup it is.
        id_: of the backup.
        into: the folder; not there yet.
        progress: told of bytes.
        clock: to estimate with.

    Raises:
        NoDataFolder: it is no backup of a cluster, or lies elsewhere.
        FolderTaken, NoRoom: nothing was written.
        BackupDamaged, KeyMissing, WrongKey, NotSealed, OtherTarget, NoBinariesFor: nothing is left of it.
    """
    clock = clock or SystemClock()
    on = shelf(settings, target)
    kept = on.one(id_)
    if kept.backup is None:
        on.require_believed(kept)
        raise BackupDamaged(id=kept.id, reason=kept.problem)
    if not pitr_plan.lies_in_store(kept.backup):
        raise NoDataFolder(id=kept.id)
    into = into.absolute()
    for taken in (into, spaces_of(into)):
        if taken.exists() or taken.is_symlink():
            raise FolderTaken(folder=taken)
    found = chain.of(on, kept.backup, key(settings))
    if found.has_spaces and into.name == SPACES:
        raise UsageError(problem=f"{into} is where its tablespaces go", hint="Name the data folder otherwise.")
    require_room(into, found.room)
    if problems := found.problems():
        raise BackupDamaged(id=kept.id, reason="; ".join(problems))
    into.parent.mkdir(parents=True, exist_ok=True)
    begun = clock.monotonic()
    progress.step_begun(_STEP, f"write the data folder of {kept.id}")
    told = Rate(progress, clock).told(_STEP)
    with _unfinished(into) as making:
        found.make(making, server_user(), lambda done: told("bytes written", done, max(done, found.room)))
        _name(making, into)
    progress.step_done(_STEP, clock.monotonic() - begun, f"{found.bytes:,} bytes")
    spaces = spaces_of(into) if spaces_of(into).exists() else None
    start = shlex.join(map(str, (found.binaries.program("pg_ctl"), "-D", into, "-o", _OPTIONS, "start")))
    return Unpacked(kept.backup, into, spaces, found.bytes, start, server_user().name)


@contextmanager
def _unfinished(into: Path) -> Iterator[Path]:
    """A data folder beside, in a folder that nobody else has; what still is there after the block goes."""
    hidden = Path(tempfile.mkdtemp(prefix=f".{into.name}.", suffix=".unfinished", dir=into.parent))
    try:
        yield hidden / DATA
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def _name(made: Path, into: Path) -> None:
    """Gives it its name, its tablespaces first: without them it must not be started."""
    owner, spaces = server_user(), spaces_of(into)
    if spaces_of(made).exists():
        for link in (made / "pg_tblspc").iterdir():
            link.unlink()
            link.symlink_to(spaces / link.name)
            owner.own(link)
    sync_whole(made.parent)
    for whole, name in ((spaces_of(made), spaces), (made, into)):
        if whole.exists():
            try:
                whole.rename(name)
            except OSError as error:
                if error.errno not in _TAKEN:
                    raise
                raise FolderTaken(folder=name) from error
    sync_folder(into.parent)
