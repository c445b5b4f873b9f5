"""Copies a data folder: by reference where the file system can, with bytes told, owned by who runs the server."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from haulback.backups.cluster_errors import NoRoom
from haulback.pg.os_user import OsUser

_FICLONE = 0x40049409  # ioctl of btrfs, XFS and others: the copy shares its blocks until one of the two changes
_PIECE = 8 * 1024 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def copy_folder(source: Path, target: Path, owner: OsUser, told: Callable[[int], None] = lambda _bytes: None) -> None:
    """Copies everything below a folder; nothing is synced: a server that recovers syncs all of its data first.

    Args:
        source: a data folder, or a backup of one.
        target: must not be there yet.
        owner: who will run the server.
        told: the bytes copied so far.

    Raises:
        NoRoom: the disk is full.
    """
    done = 0
    with room_told(target):
        target.mkdir(mode=0o700)
        owner.own(target)
        for path in _below(source):
            there = target / path.relative_to(source)
            if path.is_symlink():
                there.symlink_to(path.readlink())
            elif path.is_dir():
                there.mkdir(mode=0o700)
            else:
                copied = _copy_file(path, there)
                done += copied
                if copied:
                    told(done)
            owner.own(there)


def own_folder(folder: Path, owner: OsUser) -> None:
    """Gives a folder and everything below it to who runs the server, and closes it to all others."""
    if owner.switch:
        owner.own(folder, *_below(folder))
    folder.chmod(0o700)


def sync_whole(folder: Path) -> None:
    """Syncs everything below a folder, files before the folders that name them."""
    for path in reversed([folder, *_below(folder)]):
        if path.is_dir() or (path.is_file() and not path.is_symlink()):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in _below(folder) if path.is_file() and not path.is_symlink())


@contextmanager
def room_told(folder: Path) -> Iterator[None]:
    """Says of a full disk that it is full."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise NoRoom(folder=folder.parent, reason=error.strerror) from error


def require_room(folder: Path, needed: int) -> None:
    """Refuses what will not fit, before anything is written.

    Raises:
        NoRoom: there is less.
    """
    there = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise NoRoom(folder=there, reason=f"{needed / 1e6:,.0f} MB are needed and {free / 1e6:,.0f} MB are free")


def _below(folder: Path) -> Iterator[Path]:
    """Everything below, a folder before what is in it."""
    for top, folders, files in os.walk(folder):
        yield from (Path(top, name) for name in (*folders, *files))


def _copy_file(source: Path, target: Path) -> int:
    size = source.stat().st_size
    there = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source.open("rb") as given, os.fdopen(there, "wb") as taken:
        with suppress(OSError):
            fcntl.ioctl(taken.fileno(), _FICLONE, given.fileno())
            return size
        _copy_bytes(given.fileno(), taken.fileno(), size)
    return size


def _copy_bytes(source: int, target: int, size: int) -> None:
    """Within the kernel where it can, else through us."""
    place = 0
    within_kernel = hasattr(os, "copy_file_range")
    while place < size:
        if within_kernel:
            try:
                copied = os.copy_file_range(source, target, min(_PIECE, size - place), place, place)
            except OSError as error:
                if error.errno in _FULL:
                    raise
                within_kernel = False
                continue
            if copied == 0:
                break
            place += copied
        else:
            piece = os.pread(source, _PIECE, place)
            if not piece:
                break
            place += os.pwrite(target, piece, place)
