"""What an archive of WAL is told to hold, by the names and the first pages of its files."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from haulback.backups import wal
from haulback.backups.cluster_errors import ArchiveUnreachable, HistoryUnreadable, NoTimeline
from haulback.model.wal import FileKind, lsn_of, lsn_text, segment_name, segment_number

SIZE = 1 << 20
OURS, OTHERS = 7_000_000_000_000_000_001, 7_000_000_000_000_000_002


def segment(
    folder: Path, number: int, *, timeline: int = 1, system: int = OURS, length: int = SIZE, page_of: int | None = None,
    wrote: int | None = None,
) -> Path:  # fmt: skip
    """A segment that begins as the server writes it."""
    address = (number if page_of is None else page_of) * SIZE
    head = struct.pack("=HHIQI4xQII", 0xD118, 0x0002, wrote or timeline, address, 0, system, SIZE, 8192)
    path = folder / segment_name(timeline, number, SIZE)
    path.write_bytes((head + bytes(SIZE))[:length])
    return path


@pytest.mark.parametrize(
    ("text", "position"), [("0/0", 0), ("0/3000148", 0x3000148), ("1/0", 1 << 32), ("FF/FFFFFFFF", (1 << 40) - 1)]
)
def test_positions(text: str, position: int) -> None:
    assert lsn_of(text) == position
    assert lsn_text(position) == text


@pytest.mark.parametrize("text", ["", "3000148", "0/", "0/123456789", "g/0", "0/0 0"])
def test_no_position(text: str) -> None:
    with pytest.raises(ValueError, match="no position"):
        lsn_of(text)


@pytest.mark.parametrize("size", [1 << 20, 1 << 24, 1 << 30])
@pytest.mark.parametrize("number", [0, 1, 255, 256, 4095, 4096, 70_000])
def test_names_and_numbers(number: int, size: int) -> None:
    assert segment_number(segment_name(3, number, size), size) == number


def test_the_names_of_postgresql() -> None:
    assert segment_name(1, 3, 1 << 24) == "000000010000000000000003"
    assert segment_name(2, 256, 1 << 24) == "000000020000000100000000"


def test_a_run_ends_where_nothing_follows(tmp_path: Path) -> None:
    for number in (3, 4, 5):
        segment(tmp_path, number)
    run = wal.run_from(wal.read(tmp_path), 1, 3 * SIZE + 40)
    assert run.names == tuple(segment_name(1, number, SIZE) for number in (3, 4, 5))
    assert (run.end, run.reason, run.beyond) == (6 * SIZE, wal.MISSING, 0)


def test_a_gap_has_something_beyond(tmp_path: Path) -> None:
    for number in (3, 4, 6, 7):
        segment(tmp_path, number)
    run = wal.run_from(wal.read(tmp_path), 1, 3 * SIZE)
    assert (run.end, run.stopped_by, run.beyond) == (5 * SIZE, segment_name(1, 5, SIZE), 2)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"length": SIZE // 2}, "524,288 bytes instead of 1,048,576"),
        ({"length": 12}, "cut off after 12 bytes"),
        ({"length": 0}, "cut off after 0 bytes"),
        ({"system": OTHERS}, "another cluster"),
        ({"page_of": 9}, "another part of the log"),
        ({"wrote": 4}, "timeline 4"),
    ],
)
def test_a_segment_that_cannot_be_used_ends_the_run(tmp_path: Path, fault: dict[str, int], reason: str) -> None:
    for number in (3, 4, 5, 7, 8):
        segment(tmp_path, number)
    segment(tmp_path, 6, **fault)
    archive = wal.read(tmp_path, str(OURS))
    run = wal.run_from(archive, 1, 3 * SIZE)
    assert run.end == 6 * SIZE
    assert reason in run.reason
    assert run.beyond == 2
    assert [one.name for one in archive.strange] == [segment_name(1, 6, SIZE)]


def test_zeros_are_no_segment(tmp_path: Path) -> None:
    segment(tmp_path, 3)
    (tmp_path / segment_name(1, 4, SIZE)).write_bytes(bytes(SIZE))
    run = wal.run_from(wal.read(tmp_path, str(OURS)), 1, 3 * SIZE)
    assert "does not begin like a segment" in run.reason


def test_pollution_is_told_and_does_no_harm(tmp_path: Path) -> None:
    for number in (3, 4):
        segment(tmp_path, number)
    for name in ("core", "00000001000000000000000G", "000000010000000000000003.gz", "backup.tar"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    (tmp_path / f".{segment_name(1, 5, SIZE)}.4711").write_bytes(b"half")  # our own archive command, at work
    archive = wal.read(tmp_path)
    assert len(archive.strange) == 5
    assert wal.run_from(archive, 1, 3 * SIZE).end == 5 * SIZE


def test_partial_segments_and_labels_are_known(tmp_path: Path) -> None:
    segment(tmp_path, 3)
    (tmp_path / f"{segment_name(1, 4, SIZE)}.partial").write_bytes(b"")
    (tmp_path / f"{segment_name(1, 3, SIZE)}.00000028.backup").write_bytes(b"")
    archive = wal.read(tmp_path)
    assert archive.strange == ()
    assert wal.run_from(archive, 1, 3 * SIZE).end == 4 * SIZE


def test_the_archive_is_of_whom_it_mostly_is(tmp_path: Path) -> None:
    for number in (3, 4):
        segment(tmp_path, number)
    segment(tmp_path, 5, system=OTHERS)
    assert [one.system for one in wal.read(tmp_path).strange] == [str(OTHERS)]
    assert len(wal.read(tmp_path, str(OTHERS)).strange) == 2


def test_a_timeline_is_followed_through_its_history(tmp_path: Path) -> None:
    for number in (3, 4, 5):
        segment(tmp_path, number)
    for number in (5, 6):
        segment(tmp_path, number, timeline=2, wrote=1 if number == 5 else 2)
    (tmp_path / "00000002.history").write_text(f"1\t{lsn_text(5 * SIZE + 700)}\tno recovery target specified\n")
    archive = wal.read(tmp_path)
    run = wal.run_from(archive, 2, 3 * SIZE)
    # The segment in which the timeline branched off is read from the newer one: it begins with the older one's log.
    assert [name[:8] for name in run.names] == ["00000001", "00000001", "00000002", "00000002"]
    assert wal.run_from(archive, 1, 3 * SIZE).names[-1][:8] == "00000001"
    path = archive.path_to(2)
    assert [wal.timeline_at(path, one) for one in (3 * SIZE, 5 * SIZE + 699, 5 * SIZE + 700)] == [1, 1, 2]


def test_a_timeline_without_a_history_is_not_followed(tmp_path: Path) -> None:
    segment(tmp_path, 3, timeline=2)
    with pytest.raises(NoTimeline):
        wal.run_from(wal.read(tmp_path), 2, 3 * SIZE)


@pytest.mark.parametrize("text", ["garbage\n", "1\n", "3\t0/3000000\tx\n", "1\t0/5000000\tx\n1\t0/4000000\tx\n"])
def test_a_history_that_says_nothing_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "00000003.history").write_text(text)
    with pytest.raises(HistoryUnreadable):
        wal.read(tmp_path)


def test_an_archive_that_is_away(tmp_path: Path) -> None:
    with pytest.raises(ArchiveUnreachable):
        wal.read(tmp_path / "not-mounted")


def test_one_file(tmp_path: Path) -> None:
    segment(tmp_path, 3)
    found = wal.look_at(tmp_path, segment_name(1, 3, SIZE))
    assert found is not None
    assert (found.kind, found.system, found.segment_size) == (FileKind.SEGMENT, str(OURS), SIZE)
    assert wal.look_at(tmp_path, segment_name(1, 4, SIZE)) is None
