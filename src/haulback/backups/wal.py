"""Reads an archive of WAL: which segments are there, whose they are, and where the log has a hole.

Everything is told by names and by the first page of each segment (XLogLongPageHeaderData in
src/include/access/xlog_internal.h): cheap enough for an archive of weeks. Whether each record can be read is another
question, see `wal_records`.

What `haulback pitr receive` streams lies in a folder of its own below the archive, `received`: pg_receivewal replaces
files by their names, and goes on from what it finds, so it can share none with the archive command. Here both are one.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from haulback.backups import partial
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
RECEIVED = "received"
_TRIES = 3
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
        partials: segments that were not written to their end yet, by timeline and number.
        places: of the histories, below the folder, by timeline.
    """

    folder: Path
    segment_size: int
    segments: Mapping[tuple[int, int], WalFile]
    histories: Mapping[int, tuple[Branch, ...]] = field(default_factory=dict)
    strange: tuple[WalFile, ...] = ()
    system: str = ""
    partials: Mapping[tuple[int, int], WalFile] = field(default_factory=dict)
    places: Mapping[int, str] = field(default_factory=dict)

    @property
    def newest_timeline(self) -> int:
        """The highest that anything here is of; 0 where there is nothing."""
        return max((timeline for timeline, _ in (*self.segments, *self.partials)), default=0)

    @property
    def archived(self) -> Archive:
        """The same without what was received: only what the archive command brought."""
        kept = {key: one for key, one in self.segments.items() if "/" not in one.place}
        return replace(self, segments=kept, partials={})

    def file(self, name: str) -> WalFile | None:
        """The file that holds what a server would ask for by a name: whole, or as far as it was written."""
        key = (int(name[:8], 16), segment_number(name, self.segment_size))
        return self.segments.get(key) or self.partials.get(key)

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
        open: the last of the names where that one was not written to its end; then it is `stopped_by` too.
    """

    names: tuple[str, ...]
    end: int
    stopped_by: str
    reason: str
    beyond: int = 0
    open: str = ""


def read(folder: Path, system: str = "") -> Archive:
    """Looks at every file of an archive.

    Args:
        folder: the archive.
        system: identifier of the cluster that it is of; empty believes the majority of the segments.

    Raises:
        ArchiveUnreachable: it cannot be read.
        HistoryUnreadable: a timeline's history says nothing that could be followed.
    """
    found = _files(folder)
    system = system or _majority([one.system for one in found if one.system])
    size = int(_majority([str(one.segment_size) for one in found if one.segment_size and one.system == system]) or 0)
    size = size or SEGMENT_SIZE
    judged = [_judged(one, system, size) for one in found]
    histories = {one.timeline: one.place for one in reversed(judged) if one.kind is FileKind.HISTORY}
    return Archive(
        folder,
        size,
        _best(one for one in judged if one.kind is FileKind.SEGMENT),
        {timeline: _history(folder / place) for timeline, place in sorted(histories.items())},
        tuple(one for one in judged if one.kind is FileKind.STRANGE or one.problem),
        system,
        _best(one for one in judged if one.kind is FileKind.PARTIAL and one.written and not one.problem),
        histories,
    )


def received(folder: Path) -> tuple[Path, ...]:
    """The folders that segments were received into: the one in use, and those that a broken stream left."""
    return tuple(sorted(one for one in folder.glob(f"{RECEIVED}*") if one.is_dir()))


def copies(folder: Path, name: str) -> tuple[Path, ...]:
    """Every file of an archive that holds a segment, or a part of it: what is to be removed with it."""
    places = (folder, *received(folder))
    return tuple(path for one in places for path in (one / name, one / f"{name}.partial") if path.exists())


def look_at(folder: Path, name: str) -> WalFile | None:
    """One file of an archive, as the archive command brought it; None where it is not there.

    Raises:
        ArchiveUnreachable: it cannot be read.
    """
    try:
        return _file(folder, folder / name)
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
            behind = (*archive.segments, *archive.partials)
            beyond = sum(1 for tli, one in behind if one > number and owner_of(path, one, size) == tli)
            begun = archive.partials.get((owner, number))
            end = number * size + begun.written if begun else 0
            if begun and end > start:
                whole = number * size + partial.whole_pages(begun.written)
                return Run((*names, name), whole, name, MISSING, beyond, open=name)
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


def _files(folder: Path) -> list[WalFile]:
    tries = _TRIES
    while True:
        try:
            return [_file(folder, path) for path in _paths(folder)]
        except OSError as error:
            tries -= 1
            # One that was being received may be whole since, and bear another name.
            if not tries or not isinstance(error, FileNotFoundError) or not folder.is_dir():
                raise ArchiveUnreachable(archive=folder, reason=error.strerror or str(error)) from error


def _paths(folder: Path) -> Iterator[Path]:
    """Every file that counts; what is being written under another name does not."""
    for path in sorted(folder.iterdir()):
        if not _UNFINISHED.match(path.name) and not (path.name.startswith(RECEIVED) and path.is_dir()):
            yield path
    for below in received(folder):
        yield from (path for path in sorted(below.iterdir()) if path.suffix != ".tmp")


def _best(files: Iterator[WalFile]) -> dict[tuple[int, int], WalFile]:
    """One file for each part of the log: a sound one before others, then the longest written, then the first."""
    found: dict[tuple[int, int], WalFile] = {}
    for one in files:
        key = (one.timeline, one.number)
        before = found.get(key)
        if before is None or (not one.problem, one.written) > (not before.problem, before.written):
            found[key] = one
    return found


def _file(folder: Path, path: Path) -> WalFile:
    place = path.relative_to(folder).as_posix()
    kind = next((kind for pattern, kind in _NAMES if pattern.match(path.name)), FileKind.STRANGE)
    stat = path.stat()
    if kind is FileKind.STRANGE or not path.is_file():
        return WalFile(place, stat.st_size, FileKind.STRANGE, problem="it is nothing that a server archives")
    timeline = int(path.name[:8], 16)
    if kind not in {FileKind.SEGMENT, FileKind.PARTIAL}:
        return WalFile(path.name, stat.st_size, kind, timeline, place=place)
    with path.open("rb") as stream:
        head = stream.read(_LONG_HEADER.size)
    found = replace(_segment(path.name, stat.st_size, timeline, head), place=place)
    return found if kind is FileKind.SEGMENT else _partial(path, found)


def _partial(path: Path, found: WalFile) -> WalFile:
    """The same of one that was not written to its end; of one that was only begun nothing is known, nor wrong."""
    if not found.segment_size:
        return replace(found, kind=FileKind.PARTIAL, problem="")
    written = partial.written(path, found.number * found.segment_size)
    problem = "" if found.size != found.segment_size else found.problem
    return replace(found, kind=FileKind.PARTIAL, problem=problem, written=written)


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
    if file.kind not in {FileKind.SEGMENT, FileKind.PARTIAL}:
        return file
    problem = file.problem
    if file.system and system and file.system != system:
        problem = f"it is of another cluster, {file.system}"
    number = file.number if file.system == system else segment_number(file.name, size)
    return replace(file, number=number, problem=problem)


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
