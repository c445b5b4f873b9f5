"""An archive of a cluster as a server sends it: ustar with no extension, read once, from front to back.

An extension (pax, GNU's long names, sparse files) has a header of any length, which a reader of all of tar holds in
memory; no server sends one.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass

_BLOCK = 512  # bytes, which every header takes and every file is filled up to
_PIECE = 1024 * 1024
_END = bytes(_BLOCK)
_FILES = frozenset({tarfile.REGTYPE, tarfile.AREGTYPE})


@dataclass(frozen=True, slots=True)
class Member:
    """One file or folder.

    Attributes:
        name: as the archive has it; it may lead anywhere.
        content: bytes of a file, valid until the next member is asked for; None of a folder.
    """

    name: str
    content: Iterator[bytes] | None


def members(pieces: Iterator[bytes]) -> Iterator[Member]:
    """Each member in turn; behind the last, whatever fills the archive up is read too.

    Raises:
        tarfile.TarError, ValueError: it is cut, or none that a server sends.
    """
    source = _Source(pieces)
    while (header := b"".join(source.take(_BLOCK))) != _END:
        told = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        if told.size < 0 or not (told.type in _FILES or (told.isdir() and not told.size)):
            raise ValueError(f"{told.name} is neither a file nor a folder")
        content = source.take(told.size)
        yield Member(told.name, None if told.isdir() else content)
        for _ in content:  # what nobody asked for
            pass
        for _ in source.take(-told.size % _BLOCK):
            pass
    for _ in pieces:
        pass


class _Source:
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._held = pieces, memoryview(b"")

    def take(self, size: int) -> Iterator[bytes]:
        """The next bytes, in whatever pieces they come."""
        while size:
            if not self._held:
                self._held = memoryview(next(self._pieces, b""))
            if not self._held:
                raise ValueError("the archive ends too early")
            found = self._held[: min(size, _PIECE)]
            self._held = self._held[len(found) :]
            size -= len(found)
            yield bytes(found)
