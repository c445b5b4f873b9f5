"""A folder of this machine, or one that is mounted here."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from haulback.backups.errors import StoreFull, StoreUnreachable
from haulback.backups.stores._store import DOOMED, Stored, StoreKind

_UNFINISHED = ".part"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class FolderStore:
    """A store below one folder. Files are written under another name, synced, and renamed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()

    @property
    def address(self) -> str:
        return str(self._folder)

    @property
    def folder(self) -> Path | None:
        return self._folder

    def files(self, prefix: str = "") -> Iterator[Stored]:
        top = self._folder / prefix if prefix.endswith("/") or not prefix else (self._folder / prefix).parent
        found = []
        with self._told():
            for folder, _, names in os.walk(top, onerror=_unless_missing):
                for name in names:
                    path = Path(folder, name)
                    full = path.relative_to(self._folder).as_posix()
                    if full.startswith(prefix) and not name.endswith(_UNFINISHED):
                        with suppress(FileNotFoundError):  # somebody removed it since
                            state = path.stat()
                            if stat.S_ISREG(state.st_mode):
                                found.append(Stored(full, state.st_size))
        yield from sorted(found, key=lambda one: one.name)

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        path = self._folder / name
        # Two writers of one name have a file each; the last one to finish stays.
        unfinished = path.with_name(f"{path.name}.{secrets.token_hex(4)}{_UNFINISHED}")
        try:
            with self._told():
                _make(path.parent)
                descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            # Told outside of closing it as well: what is still in the buffer finds a full disk a second time there.
            with self._told(), os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            with self._told():
                unfinished.rename(path)
                _sync(path.parent)
        except FileNotFoundError as error:  # the folder was taken away meanwhile, or none can be made there
            raise self._error(error) from error
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def read(self, name: str, offset: int = 0, length: int = -1) -> bytes:
        with self.reading(name) as file:
            file.seek(offset)
            return file.read(length)

    @contextmanager
    def reading(self, name: str) -> Iterator[BinaryIO]:
        with self._told():
            file = open(self._folder / name, "rb", opener=_unwaiting)  # noqa: SIM115 - closed below
        with file, self._told():
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise OSError(errno.EINVAL, "it is no file", str(self._folder / name))
            yield file

    def remove(self, prefix: str) -> None:
        path = self._folder / prefix
        with self._told():
            if path.is_dir():
                # A crash half-way leaves something that is no backup any more, under a name that says so.
                doomed = path if path.name.endswith(DOOMED) else path.with_name(f"{path.name}{DOOMED}")
                if doomed != path:
                    if doomed.exists():
                        shutil.rmtree(doomed)
                    path.rename(doomed)
                    _sync(doomed.parent)
                shutil.rmtree(doomed)
            else:
                path.unlink(missing_ok=True)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self._error(error) from error

    def _error(self, error: OSError) -> StoreFull | StoreUnreachable:
        """Names the file: among thousands, one that cannot be read is hard to find."""
        reason = error.strerror or str(error)
        if error.filename is not None and Path(os.fsdecode(error.filename)) != self._folder:
            reason = f"{os.fsdecode(error.filename).removeprefix(f'{self._folder}/')}: {reason}"
        return (StoreFull if error.errno in FULL else StoreUnreachable)(store=self.address, reason=reason)


def _unwaiting(path: str, flags: int) -> int:
    """A pipe that somebody put there would be waited for without end."""
    return os.open(path, flags | os.O_NONBLOCK)


def _unless_missing(error: OSError) -> None:
    """A folder that may not be read is no empty one; one that is not there is."""
    if not isinstance(error, FileNotFoundError):
        raise error


def _make(folder: Path) -> None:
    """Makes folders durably: a synced file in a folder that a crash forgets is lost all the same."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
        _sync(one.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _opened(address: str) -> FolderStore:
    return FolderStore(Path(unquote(urlsplit(address).path) if address.startswith("file://") else address))


STORE = StoreKind("file", _opened)
