"""Reads an archive of WAL: which segments are there, whose they are, and where the log has a hole.

Everything is told by names and by the first page of each segment (XLogLongPageHeaderData in
src/include/access/xlog_internal.h): cheap enough for an archive of weeks. Whether each record can be read is another
question, see `wal_records`.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from haulback.backups.cluster_errors import ArchiveUnreachable, HistoryUnreadable, NoTimeline
from haulback.model.wal import SEGMENT_SIZE, Branch, FileKind, Stretch, WalFile, lsn_of, segment_name, segment_number

# magic, info, timeline, address, length of a record's rest, padding, system, segment size, block size
_LONG_HEADER = struct.Struct("=HHIQI4xQII")
_LONG = 0x0002  # XLP_LONG_HEADER
_SMALLEST, _LARGEST = 1 << 20, 1 << 30
_NAMES = (
    (re.compile(r"^[0-9A-F]{24}$"), FileKind.SEGMENT),
    (re.compile(r"^[0-9A-F]{24}\.partial$"), FileKind.PARTIAL),
    (re.compile(r"^[0-9A-F]{8}\.history$"), FileKind.HISTORY),
    (re.compile(r"^[0-9A-F]{24}\.[0-9A-F]{8}\.backup$"), FileKind.LABEL),
)
MISSING = "it is missing"
_UNFINISHED = re.compile(r"^\.[0-9A-F]{24}\.\d+$")  # what our archive command writes before it renames
_HISTORY_LINE = re.compile(r"^\s*(\d+)\s+([0-9A-Fa-f]+/[0-9A-Fa-f]+)")


@dataclass(frozen=True)
class Archive:
    """What lies in an archive.

    Attributes:
        system: identifier of the cluster that it is of; empty where nothing says so.
        segments: by timeline and number.
        histories: by timeline, oldest branch first.
        strange: files that no server of this cluster put there, each with what is wrong with it.
    """

    folder: Path
    segment_size: int
    segments: Mapping[tuple[int, int], WalFile]
    histories: Mapping[int, tuple[Branch, ...]] = field(default_factory=dict)
    strange: tuple[WalFile, ...] = ()
    system: str = ""

    def path_to(self, timeline: int) -> tuple[Stretch, ...]:
        """The parts of the log that lead to a timeline, oldest first.

        Raises:
            NoTimeline: nothing says where it came from.
        """
        if timeline > 1 and timeline not in self.histories:
            raise NoTimeline(timeline=timeline, archive=self.folder)
        found, start = [], 0
        for branch in self.histories.get(timeline, ()):
            found.append(Stretch(branch.timeline, start, branch.end))
            start = branch.end
        return (*found, Stretch(timeline, start, None))

    def name(self, timeline: int, number: int) -> str:
        return segment_name(timeline, number, self.segment_size)


@dataclass(frozen=True, slots=True)
class Run:
    """The segments that follow each other without a hole.

    Attributes:
        names: of the segments that a server would ask for, in order.
        end: the position up to which they reach.
        stopped_by: the first one that is missing or cannot be used.
        reason: what is wrong with it.
        beyond: how many usable segments lie behind it; above 0 the end is a hole, not the newest.
    """

    names: tuple[str, ...]
    end: int
    stopped_by: str
    reason: str
    beyond: int = 0


def read(folder: Path, system: str = "") -> Archive:
    """Looks at every file of an archive.

    Args:
        folder: the archive.
        system: identifier of the cluster that it is of; empty believes the majority of the segments.

    Raises:
        ArchiveUnreachable: it cannot be read.
        HistoryUnreadable: a timeline's history says nothing that could be followed.
    """
    try:
        found = [_file(path) for path in sorted(folder.iterdir()) if not _UNFINISHED.match(path.name)]
    except OSError as error:
        raise ArchiveUnreachable(archive=folder, reason=error.strerror or str(error)) from error
    system = system or _majority([one.system for one in found if one.system])
    size = int(_majority([str(one.segment_size) for one in found if one.segment_size and one.system == system]) or 0)
    size = size or SEGMENT_SIZE
    judged = [_judged(one, system, size) for one in found]
    return Archive(
        folder,
        size,
        {(one.timeline, one.number): one for one in judged if one.kind is FileKind.SEGMENT},
        {one.timeline: _history(folder / one.name) for one in judged if one.kind is FileKind.HISTORY},
        tuple(one for one in judged if one.kind is FileKind.STRANGE or one.problem),
        system,
    )


def look_at(folder: Path, name: str) -> WalFile | None:
    """One file of an archive; None where it is not there.

    Raises:
        ArchiveUnreachable: it cannot be read.
    """
    try:
        return _file(folder / name)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ArchiveUnreachable(archive=folder, reason=error.strerror or str(error)) from error


def run_from(archive: Archive, timeline: int, start: int) -> Run:
    """Follows the log from a position to a timeline's end, as far as there is no hole.

    Args:
        archive: what lies there.
        timeline: whose log it is; before it branched off, the log of those it came from.
        start: the position from which the log is needed.

    Raises:
        NoTimeline: nothing says where the timeline came from.
    """
    path = archive.path_to(timeline)
    size = archive.segment_size
    number = start // size
    names: list[str] = []
    while True:
        owner = owner_of(path, number, size)
        name = archive.name(owner, number)
        file = archive.segments.get((owner, number))
        if file is None or file.problem:
            reason = file.problem if file else MISSING
            beyond = sum(1 for tli, one in archive.segments if one > number and owner_of(path, one, size) == tli)
            return Run(tuple(names), number * size, name, reason, beyond)
        names.append(name)
        number += 1


def owner_of(path: Sequence[Stretch], number: int, size: int) -> int:
    """The timeline whose file a server reads for a segment: the newest that wrote any of it."""
    owners = [one.timeline for one in path if one.start < (number + 1) * size]
    return owners[-1]


def timeline_at(path: Sequence[Stretch], position: int) -> int:
    """The timeline that wrote a position."""
    return next(one.timeline for one in path if one.end is None or position < one.end)


def _file(path: Path) -> WalFile:
    kind = next((kind for pattern, kind in _NAMES if pattern.match(path.name)), FileKind.STRANGE)
    stat = path.stat()
    if kind is FileKind.STRANGE or not path.is_file():
        return WalFile(path.name, stat.st_size, FileKind.STRANGE, problem="it is nothing that a server archives")
    timeline = int(path.name[:8], 16)
    if kind is not FileKind.SEGMENT:
        return WalFile(path.name, stat.st_size, kind, timeline)
    with path.open("rb") as stream:
        return _segment(path.name, stat.st_size, timeline, stream.read(_LONG_HEADER.size))


def _segment(name: str, length: int, timeline: int, head: bytes) -> WalFile:
    def bad(problem: str) -> WalFile:
        return WalFile(name, length, FileKind.SEGMENT, timeline, segment_number(name, SEGMENT_SIZE), problem)

    if len(head) < _LONG_HEADER.size:
        return bad(f"it is cut off after {length:,} bytes")
    _magic, info, wrote, address, _rest, system, size, _block = _LONG_HEADER.unpack(head)
    if not info & _LONG or not _SMALLEST <= size <= _LARGEST or size & (size - 1):
        return bad("it does not begin like a segment of WAL")
    number = segment_number(name, size)
    problem = ""
    if length != size:
        problem = f"it has {length:,} bytes instead of {size:,}"
    elif address != number * size:
        problem = "it holds another part of the log than its name says"
    elif wrote > timeline:
        problem = f"it holds the log of timeline {wrote}"
    return WalFile(name, length, FileKind.SEGMENT, timeline, number, problem, str(system), size)


def _judged(file: WalFile, system: str, size: int) -> WalFile:
    """The file, held against the cluster that the archive is of."""
    if file.kind is not FileKind.SEGMENT:
        return file
    problem = file.problem
    if file.system and system and file.system != system:
        problem = f"it is of another cluster, {file.system}"
    number = file.number if file.system == system else segment_number(file.name, size)
    return WalFile(file.name, file.size, file.kind, file.timeline, number, problem, file.system, file.segment_size)


def _history(path: Path) -> tuple[Branch, ...]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise ArchiveUnreachable(archive=path.parent, reason=error.strerror or str(error)) from error
    found = []
    for line in lines:
        told = line.partition("#")[0].strip()
        if not told:
            continue
        matched = _HISTORY_LINE.match(told)
        if matched is None:
            raise HistoryUnreadable(name=path.name, archive=path.parent)
        found.append(Branch(int(matched[1]), lsn_of(matched[2])))
    rising = sorted(found, key=lambda one: (one.timeline, one.end))
    if found != rising or any(one.timeline >= int(path.name[:8], 16) for one in found):
        raise HistoryUnreadable(name=path.name, archive=path.parent)
    return tuple(found)


def _majority(told: Sequence[str]) -> str:
    return max(sorted(set(told)), key=told.count, default="")
