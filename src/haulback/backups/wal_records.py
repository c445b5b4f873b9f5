"""Reads the records of an archive through pg_waldump, which checks the sum of each of them.

A segment can lie there whole and hold damage: only what could be read counts as reachable.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from haulback.backups import partial
from haulback.backups.cluster_errors import ArchiveUnreachable
from haulback.backups.wal import Archive, Run, timeline_at
from haulback.model.wal import Record, RecordKind, Stretch, lsn_of, lsn_text, segment_number
from haulback.pg import postmaster
from haulback.pg.binaries import Binaries

_LINE = re.compile(r"^rmgr: (\w+)\s.*?tx:\s*(\d+), lsn: ([0-9A-F]+/[0-9A-F]+), prev \S+, desc: (\S+) ?(.*)$")
_WHEN = re.compile(r"^(?:(\d+): )?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) UTC")
# Where a reading stopped, as the error says it: by a position, or by a segment and a place in it before version 16.
_POSITION = re.compile(r"(?:at|after|LSN) ([0-9A-F]+/[0-9A-F]+)")
_PLACE = re.compile(r"in (?:log|WAL) segment ([0-9A-F]{24}), offset (\d+)")
_MISSING = re.compile(r'could not (?:find|open) file "')
_KINDS = {
    "COMMIT": RecordKind.COMMIT,
    "COMMIT_PREPARED": RecordKind.COMMIT,
    "ABORT": RecordKind.ABORT,
    "ABORT_PREPARED": RecordKind.ABORT,
}


@dataclass
class Reading:
    """How far a reading came.

    Attributes:
        last: the newest record of those looked at that could be read.
        damage: what ended it before the log did; empty where it came to the end of the run.
        spaces: positions at which tablespaces were made.
    """

    last: Record | None = None
    damage: str = ""
    spaces: list[int] = field(default_factory=list)


def records(
    archive: Archive, binaries: Binaries, timeline: int, run: Run, start: int, reading: Reading
) -> Iterator[Record]:
    """Commits, aborts and restore points of a run, in order.

    Args:
        archive: what to read.
        binaries: of the major version that wrote it.
        timeline: whose log it is.
        run: the segments that follow each other without a hole.
        start: the position to begin at.
        reading: told how far it came, also where the caller stops earlier.
    """
    path = archive.path_to(timeline)
    options = ["--start", lsn_text(start), "--rmgr=Transaction", "--rmgr=XLOG", "--rmgr=Tablespace"]
    for line in _lines(archive, binaries, timeline, run, options, reading):
        record = _record(line, path)
        if record is not None:
            reading.last = record
            if record.kind is RecordKind.TABLESPACE:
                reading.spaces.append(record.lsn)
            elif record.kind is not RecordKind.OTHER:
                yield record


def record_from(archive: Archive, binaries: Binaries, timeline: int, run: Run, position: int) -> int | None:
    """Where the first record at a position or behind it begins, of any kind; recovery stops at such a one only."""
    if position >= run.end:
        return None
    options = ["--start", lsn_text(position), "--limit", "1"]
    for line in _lines(archive, binaries, timeline, run, options, Reading()):
        found = _LINE.match(line.rstrip())
        if found is not None:
            return lsn_of(found[3])
    return None


def _lines(
    archive: Archive, binaries: Binaries, timeline: int, run: Run, options: list[str], reading: Reading
) -> Iterator[str]:
    with _one_timeline(archive, timeline, run) as folder:
        command: list[str | Path] = [
            binaries.program("pg_waldump"), "--path", folder, "--timeline", str(timeline),
            # Without an end it would wait five seconds for the segment after the last to come.
            "--end", lsn_text(run.end), *options,
        ]  # fmt: skip
        with _running(command) as process:
            assert process.stdout is not None  # noqa: S101 - both are piped
            assert process.stderr is not None  # noqa: S101 - as above
            yield from process.stdout
            problem = process.stderr.read()
            if process.wait() != 0 and not _MISSING.search(problem) and not _at_its_end(archive, run, folder, problem):
                reading.damage = _told(problem)


@contextmanager
def _one_timeline(archive: Archive, timeline: int, run: Run) -> Iterator[Path]:
    """A folder in which the whole run bears the name of one timeline.

    pg_waldump reads a single timeline. A record that crosses from the last segment of one into the first of the next
    would otherwise be seen by neither reading.
    """
    with TemporaryDirectory(prefix="haulback-wal-") as folder:
        for name in run.names:
            number = segment_number(name, archive.segment_size)
            lay_out(archive, name, Path(folder, archive.name(timeline, number)))
        yield Path(folder)


def lay_out(archive: Archive, name: str, into: Path) -> None:
    """Puts a segment where a program looks for it: a link, and of one that is still being written a copy.

    Raises:
        ArchiveUnreachable: it cannot be copied.
    """
    file = archive.file(name)
    assert file is not None  # noqa: S101 - a run names what is there
    source = archive.folder.absolute() / file.place
    if not file.written:
        into.symlink_to(source)
        return
    try:
        partial.copy_written(source, file.written, archive.segment_size, into)
    except OSError as error:
        raise ArchiveUnreachable(archive=archive.folder, reason=error.strerror or str(error)) from error


def _at_its_end(archive: Archive, run: Run, folder: Path, problem: str) -> bool:
    """Whether what could not be read is just where a segment that is being received ends."""
    position = _stopped_at(problem, archive.segment_size)
    if not run.open or position is None:
        return False
    number = segment_number(run.open, archive.segment_size)
    (path,) = (one for one in folder.iterdir() if segment_number(one.name, archive.segment_size) == number)
    return partial.is_cut(path, number * archive.segment_size, position)


def _stopped_at(problem: str, size: int) -> int | None:
    told = problem.rpartition("error: ")[2].partition("error in WAL record")[2].partition(":")[2] or problem
    if found := _PLACE.search(told):
        return segment_number(found[1], size) * size + int(found[2])
    positions = _POSITION.findall(told)
    return lsn_of(positions[-1]) if positions else None


@contextmanager
def _running(command: list[str | Path]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=postmaster.environment(),
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def _record(line: str, path: Sequence[Stretch]) -> Record | None:
    found = _LINE.match(line.rstrip("\n"))
    if found is None:
        return None
    manager, xid, lsn, what, rest = found.groups()
    timeline = timeline_at(path, lsn_of(lsn))
    if (manager, what) == ("Tablespace", "CREATE"):
        return Record(timeline, lsn_of(lsn), RecordKind.TABLESPACE)
    if what == "RESTORE_POINT":
        return Record(timeline, lsn_of(lsn), RecordKind.RESTORE_POINT, name=rest)
    when = _WHEN.match(rest)
    if what in _KINDS and when:
        at = datetime.fromisoformat(when[2]).replace(tzinfo=UTC)
        return Record(timeline, lsn_of(lsn), _KINDS[what], int(when[1] or xid), at)
    return Record(timeline, lsn_of(lsn), RecordKind.OTHER, int(xid))


def _told(problem: str) -> str:
    lines = [line.partition("error:")[2].strip() for line in problem.splitlines() if "error:" in line]
    return (lines or [problem.strip() or "pg_waldump ended without a word"])[-1]
