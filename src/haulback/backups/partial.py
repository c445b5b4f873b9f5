"""How far a segment was written that is still being received, or that ended with its timeline.

Such a file has its full length from the beginning: behind what was written it holds zeros, or what an older segment of
that name's place held. Whatever writes it appends, so what is there at one time is there whole at every later one.
"""

from __future__ import annotations

import struct
from pathlib import Path

PAGE = 8192
_HEADER = struct.Struct("=HHIQI4x")  # magic, info, timeline, address, length of a record's rest
_GOES_ON = 0x0001  # XLP_FIRST_IS_CONTRECORD: the page begins with the rest of a record
_SHORTEST = 24  # bytes of a record's header
_ZERO = bytes(PAGE)


def written(path: Path, address: int) -> int:
    """How many bytes of a segment were written: up to the last that is not zero on the last page of this log.

    Args:
        path: the file.
        address: of its first byte in the log.
    """
    content = path.read_bytes()
    for start in range(len(content) - len(content) % PAGE, -1, -PAGE):
        page = content[start : start + PAGE]
        if page != _ZERO and len(page) >= _HEADER.size and _address(page) == address + start:
            return start + len(page.rstrip(b"\0"))
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
        copy.write(stream.read(length))
        copy.truncate(size)


def is_cut(path: Path, address: int, position: int) -> bool:
    """Whether the log simply ends where a reader stopped: what stands there was cut, and nothing follows on it.

    Args:
        path: the segment, with zeros behind what was written.
        address: of its first byte in the log.
        position: of the record or page that could not be read; it may lie before the segment, in the one before.
    """
    content = path.read_bytes()
    end = written(path, address)
    at = position - address
    if at >= end:
        return True
    first = 0
    if at >= 0:
        if at % PAGE == 0:
            return end <= at + _SHORTEST  # a page without the whole of its header
        (length,) = struct.unpack_from("=I", content, at)
        if length < _SHORTEST or _end_of(at, length) <= end:
            return False
        first = (at // PAGE + 1) * PAGE
    # A record that was cut fills every page up to the end.
    return all(_HEADER.unpack_from(content, page)[1] & _GOES_ON for page in range(first, end, PAGE))


def _end_of(at: int, length: int) -> int:
    """Where a record ends that begins at a place in a segment: each page that it reaches into has a header first."""
    room = PAGE - at % PAGE
    if length <= room:
        return at + length
    pages, rest = divmod(length - room, PAGE - _HEADER.size)
    return at + room + pages * PAGE + (_HEADER.size + rest if rest else 0)


def _address(page: bytes) -> int:
    return int(_HEADER.unpack_from(page)[3])
