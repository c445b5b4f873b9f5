"""What the plan keeps in the attic fits on the server's disk, with some to spare."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from haulback.checks._check import Check, Finding, listed, one_row, unknown
from haulback.checks._context import CheckContext
from haulback.checks._host import server_process, working_folder
from haulback.checks._metrics import MetricsUnavailable, fetch
from haulback.model.capture_cost import sized
from haulback.model.check import Outcome
from haulback.pg.queries import script

_HOSTED = "/data"  # where a hosted project's database lies


@dataclass(frozen=True, slots=True)
class Needed:
    """Bytes that the attic and the WAL of its making may take: at most, and as is to be expected."""

    most: int
    expected: int
    wal: int


@dataclass(frozen=True, slots=True)
class Space:
    """One place that is written to: bytes that are free there, and that may be needed and are expected to be."""

    place: str
    free: int
    most: int
    expected: int


@dataclass(frozen=True, slots=True)
class _Server:
    """What the server says of itself: folders (empty where unknown or none), bytes."""

    tablespace: str
    data_directory: str
    most_wal: int
    database: int
    databases: int


def _measure(context: CheckContext) -> Finding:
    if context.capture is not None and not context.capture.costs and not context.capture.unmeasured:
        return Finding(Outcome.PASS, "nothing is kept", _threshold(context))
    server = _Server(*one_row(context.connection, script("haulback.checks", "attic_space.sql")))
    found = (*_spaces(context, server), *_said(context, server))
    if context.capture is None:
        return _unrehearsed(found, server, _threshold(context))
    if context.capture.unmeasured:
        names = listed(list(context.capture.unmeasured))
        return unknown(f"size not known: {names}", _threshold(context), "Try again once nobody locks it.")
    return judged(found, _threshold(context), _unseen(context))


def judged(spaces: Sequence[Space], threshold: str, unseen: str) -> Finding:
    """One place that is too small decides; one that may be leaves it open, as does seeing none."""
    if not spaces:
        return unknown(unseen, threshold, "Set disk_size of the target to what the server may fill, such as 8GB.")
    short = [one for one in spaces if one.free < one.expected]
    tight = [one for one in spaces if one.free < one.most]
    figure = listed(
        [f"{one.place}: {sized(one.free)} free, {sized(one.most)} wanted" for one in short or tight or spaces]
    )
    if short:
        hint = "Make room, or grow the volume: what the plan destroys is kept there. `haulback plan` lists it."
        return Finding(Outcome.FAIL, figure, threshold, hint)
    if tight:
        hint = "How many rows the plan changes is not known, only that it could be all: see `haulback plan`."
        return unknown(f"{figure} at most", threshold, hint)
    return Finding(Outcome.PASS, figure, threshold)


def _unrehearsed(found: Sequence[Space], server: _Server, threshold: str) -> Finding:
    """Without a rehearsal nobody knows what is kept; but it cannot be more than all there is."""
    if found and all(one.free >= server.database for one in found):
        least = min(one.free for one in found)
        return Finding(Outcome.PASS, f"{sized(least)} free, more than the whole database takes", threshold)
    hint = "`haulback plan` and `haulback deploy` rehearse the plan, and then tell."
    return unknown("the plan was not rehearsed: what it keeps is not known", threshold, hint)


def _needed(context: CheckContext, server: _Server) -> Needed:
    """The WAL is recycled at a checkpoint, so it never takes much more than max_wal_size."""
    estimate, margin = context.capture, context.thresholds.attic_margin
    if estimate is None:
        return Needed(0, 0, 0)
    return Needed(int(estimate.disk * margin), int(estimate.expected_disk * margin), min(estimate.wal, server.most_wal))


def _spaces(context: CheckContext, server: _Server) -> tuple[Space, ...]:
    """What is seen of the server's own file systems, or what its host tells of them."""
    needed = _needed(context, server)
    process = server_process(context)
    if process is not None:
        data = working_folder(process) or (Path(server.data_directory) if server.data_directory else None)
        attic = Path(server.tablespace) if server.tablespace else data
        return _local(attic, data / "pg_wal" if data else None, needed)
    try:
        free = fetch(context.target).available.get(_HOSTED)
    except MetricsUnavailable:
        return ()
    if free is None:
        return ()
    return (Space(_HOSTED, int(free), needed.most + needed.wal, needed.expected + needed.wal),)


def _local(attic: Path | None, wal: Path | None, needed: Needed) -> tuple[Space, ...]:
    """Attic and WAL, together where they share a file system; the WAL is left out where its folder cannot be read."""
    here = _device(attic)
    if attic is None or here is None:
        return ()
    there = _device(wal)
    if wal is None or there is None or there == here:
        along = 0 if there is None else needed.wal
        return (Space(str(attic), _free(attic), needed.most + along, needed.expected + along),)
    beside = Space(str(wal), _free(wal), needed.wal, needed.wal)
    return (Space(str(attic), _free(attic), needed.most, needed.expected), beside)


def _device(folder: Path | None) -> int | None:
    """The file system that a folder lies on; None where it cannot be read."""
    try:
        return folder.stat().st_dev if folder else None
    except OSError:
        return None


def _said(context: CheckContext, server: _Server) -> tuple[Space, ...]:
    """What is left of the size that the configuration names, with the WAL taken as full."""
    size = context.target.disk_size
    if size is None:
        return ()
    needed = _needed(context, server)
    free = max(0, size - server.databases - server.most_wal)
    return (Space(f"disk_size of {sized(size)}", free, needed.most, needed.expected),)


def _free(folder: Path) -> int:
    """Bytes that an ordinary process may still write, as df counts them."""
    space = os.statvfs(folder)
    return space.f_bavail * space.f_frsize


def _threshold(context: CheckContext) -> str:
    return f"{context.thresholds.attic_margin:g} times what is kept"


def _unseen(context: CheckContext) -> str:
    kept = sized(context.capture.disk) if context.capture else "what is kept"
    return f"the server's disk is not seen from here, and {kept} must go there"


CHECK = Check("attic-space", "What the plan keeps fits on the server's disk", _measure)
