"""What every store of backups can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

DOOMED = ".doomed"  # ends the name of a folder whose removal has begun


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in a store: its name, with slashes, and its size in bytes."""

    name: str
    size: int


class Store(Protocol):
    """Files by name. A name is relative, with slashes; a file is there whole or not at all.

    Every method raises `StoreUnreachable` where the store does not answer, `StoreFull` where it has no room.
    """

    @property
    def address(self) -> str:
        """Where it is, for messages; without secrets."""

    @property
    def folder(self) -> Path | None:
        """The folder it is, where it is one of this machine."""

    def files(self, prefix: str = "") -> Iterator[Stored]:
        """What is there below `prefix`, in order of names; unfinished files are left out."""

    def writing(self, name: str) -> AbstractContextManager[BinaryIO]:
        """A stream to a new file, which is there once the block ends without an error, durably."""

    def read(self, name: str, offset: int = 0, length: int = -1) -> bytes:
        """Some bytes of a file.

        Raises:
            FileNotFoundError: there is no such file.
        """

    def reading(self, name: str) -> AbstractContextManager[BinaryIO]:
        """A stream from a file.

        Raises:
            FileNotFoundError: there is no such file.
        """

    def remove(self, prefix: str) -> None:
        """Removes all files below a prefix that ends with a slash, or one file; nothing where there is none."""


@dataclass(frozen=True, slots=True)
class StoreKind:
    """A member of this folder, bound to the name STORE.

    Attributes:
        id: the scheme of its addresses; `file` takes plain paths too.
        opened: makes a store of an address; secrets are where its library looks for them.
    """

    id: str
    opened: Callable[[str], Store]
