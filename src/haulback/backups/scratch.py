"""Folders for private servers that are thrown away; what a killed process left of them is cleared by the next."""

from __future__ import annotations

import fcntl
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER
from haulback.pg.os_user import server_user
from haulback.pg.postmaster import ClusterDidNotStop
from haulback.pg.private_server import PrivateServer

_LOCK = ".lock"


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """A folder of its own below `parent`; it is gone after the block, with the server that runs there.

    Its lock goes with this process, however that ends: a folder that nobody holds is left over.
    """
    parent.mkdir(parents=True, exist_ok=True)
    mode = 0o711 if server_user().switch else 0o700
    parent.chmod(mode)
    with parent.with_name(f"{parent.name}{_LOCK}").open("w") as door:
        # One at a time: a folder that was just made is not held yet, and must not be taken for left over.
        fcntl.flock(door, fcntl.LOCK_EX)
        _clear(parent)
        folder = parent / secrets.token_hex(4)
        folder.mkdir()
        folder.chmod(mode)
        mine = (folder / _LOCK).open("w")
        fcntl.flock(mine, fcntl.LOCK_EX)
    with mine:
        try:
            yield folder
        finally:
            _remove(folder)


def _clear(parent: Path) -> None:
    for folder in sorted(one for one in parent.iterdir() if one.is_dir()):
        # Not there any more where its owner removes it just now.
        with suppress(FileNotFoundError), (folder / _LOCK).open("w") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            _remove(folder)


def _remove(folder: Path) -> None:
    with suppress(ClusterDidNotStop):
        # Stopping takes no programs: it is a signal.
        PrivateServer(folder, binaries.embedded(), SUPERUSER).remove()
