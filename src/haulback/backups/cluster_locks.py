"""One backup of a cluster at a time in a folder, so that what others left unfinished there can be told and goes."""

from __future__ import annotations

import fcntl
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from haulback.backups.cluster_errors import BackupRuns
from haulback.backups.errors import StoreFull, StoreUnreachable
from haulback.backups.naming import kind_of
from haulback.backups.shelf import Shelf
from haulback.backups.stores.file import FULL
from haulback.model.backup import BackupKind
from haulback.pg.server_words import failure_words

UNFINISHED = ".unfinished"


@contextmanager
def alone(shelf: Shelf) -> Iterator[None]:
    """Holds the folder, and clears away what was left in it; a store that is none has no lock, and is pruned alone.

    Raises:
        BackupRuns: somebody else holds it.
        StoreFull, StoreUnreachable: it cannot be used.
    """
    folder = shelf.store.folder
    if folder is None:
        yield
        return
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = (folder / ".physical.lock").open("w")
    with handle:
        with told(folder):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BackupRuns(target=shelf.target) from None
            _clear(shelf, folder)
        yield


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Names the store where the system alone would have the word."""
    try:
        yield
    except OSError as error:
        kind = StoreFull if error.errno in FULL else StoreUnreachable
        raise kind(store=folder, reason=failure_words(error)) from error


def _clear(shelf: Shelf, folder: Path) -> None:
    for left in folder.glob(f"*{UNFINISHED}"):
        # A pg_basebackup whose parent was killed goes on writing for a while: first the name goes.
        doomed = left.rename(left.with_name(f"{secrets.token_hex(4)}.doomed"))
        shutil.rmtree(doomed, ignore_errors=True)
    for kept in shelf.all():
        if kept.unfinished and not kept.held and kind_of(kept.id) is not BackupKind.TABLE:
            shelf.remove(kept.id)
