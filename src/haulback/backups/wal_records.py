"""Reads the records of an archive through pg_waldump, which checks the sum of each of them.

A segment can lie there whole and hold damage: only what could be read counts as reachable.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from haulback.backups.wal import Archive, Run, timeline_at
from haulback.model.wal import Record, RecordKind, Stretch, lsn_of, lsn_text, segment_number
from haulback.pg import postmaster
from haulback.pg.binaries import Binaries

_LINE = re.compile(r"^rmgr: (\w+)\s.*?tx:\s*(\d+), lsn: ([0-9A-F]+/[0-9A-F]+), prev \S+, desc: (\S+) ?(.*)$")
_WHEN = re.compile(r"^(?:(\d+): )?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) UTC")
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
    """

    last: Record | None = None
    damage: str = ""


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
    options = ["--start", lsn_text(start), "--rmgr=Transaction", "--rmgr=XLOG"]
    for line in _lines(archive, binaries, timeline, run, options, reading):
        record = _record(line, path)
        if record is not None:
            reading.last = record
            if record.kind is not RecordKind.OTHER:
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
            if process.wait() != 0 and not _MISSING.search(problem):
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
            Path(folder, archive.name(timeline, number)).symlink_to(archive.folder / name)
        yield Path(folder)


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
    _manager, xid, lsn, what, rest = found.groups()
    timeline = timeline_at(path, lsn_of(lsn))
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
