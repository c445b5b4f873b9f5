"""How far a segment was written that is still being received, or that ended with its timeline.

Such a file has its full length from the beginning: behind what was written it holds zeros, or what an older segment of
that name's place held. Whatever writes it appends, so what is there at one time is there whole at every later one.
"""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path
from typing import BinaryIO

PAGE = 8192
_HEADER = struct.Struct("=HHIQI4x")  # magic, info, timeline, address, length of a record's rest
_GOES_ON = 0x0001  # XLP_FIRST_IS_CONTRECORD: the page begins with the rest of a record
_SHORTEST = 24  # bytes of a record's header
_ZERO = bytes(PAGE)
_BLOCK = 1 << 20  # a segment may have a gigabyte


def written(path: Path, address: int) -> int:
    """How many bytes of a segment were written: up to the last that is not zero on the last page of this log.

    Args:
        path: the file.
        address: of its first byte in the log.
    """
    with path.open("rb") as stream:
        block = stream.seek(0, os.SEEK_END) // _BLOCK * _BLOCK
        while block >= 0:
            stream.seek(block)
            content = stream.read(_BLOCK)
            for place in range(len(content) - len(content) % PAGE, -1, -PAGE):
                page = content[place : place + PAGE]
                if page != _ZERO and len(page) >= _HEADER.size and _address(page) == address + block + place:
                    return block + place + len(page.rstrip(b"\0"))
            block -= _BLOCK
    return 0


def whole_pages(length: int) -> int:
    """The length with the zeros up to the end of its page: a record may well end in some."""
    return -(-length // PAGE) * PAGE


def copy_written(source: Path, length: int, size: int, into: Path) -> None:
    """Copies what was written, and fills up with zeros.

    No more than `length`: a reader that runs from front to back through a file that grows sees later pages filled and
    earlier ones not yet.
    """
    try:
        stream = source.open("rb")
    except FileNotFoundError:  # it became whole since, and lost its suffix
        stream = source.with_suffix("").open("rb")
    with stream, into.open("wb") as copy:
        shutil.copyfileobj(stream, copy)
        # What came while it was copied goes again.
        copy.truncate(length)
        copy.truncate(size)


def is_cut(path: Path, address: int, position: int) -> bool:
    """Whether the log simply ends where a reader stopped: what stands there was cut, and nothing follows on it.

    Args:
        path: the segment, with zeros behind what was written.
        address: of its first byte in the log.
        position: of the record or page that could not be read; it may lie before the segment, in the one before.
    """
    end = written(path, address)
    at = position - address
    if at >= end:
        return True
    if at >= 0 and at % PAGE == 0:
        return end <= at + _SHORTEST  # a page without the whole of its header
    first = 0
    with path.open("rb") as stream:
        if at >= 0:
            stream.seek(at)
            (length,) = struct.unpack("=I", stream.read(4))
            if length < _SHORTEST or _end_of(at, length) <= end:
                return False
            first = (at // PAGE + 1) * PAGE
        # A record that was cut fills every page up to the end.
        return all(_goes_on(stream, page) for page in range(first, end, PAGE))


def _end_of(at: int, length: int) -> int:
    """Where a record ends that begins at a place in a segment: each page that it reaches into has a header first."""
    room = PAGE - at % PAGE
    if length <= room:
        return at + length
    pages, rest = divmod(length - room, PAGE - _HEADER.size)
    return at + room + pages * PAGE + (_HEADER.size + rest if rest else 0)


def _goes_on(stream: BinaryIO, page: int) -> bool:
    """Whether a page begins with the rest of a record."""
    stream.seek(page)
    return bool(_HEADER.unpack(stream.read(_HEADER.size))[1] & _GOES_ON)


def _address(page: bytes) -> int:
    return int(_HEADER.unpack_from(page)[3])
