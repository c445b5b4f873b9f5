"""Segments that are still being received: how far they are written, and whether the log just ends there."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from haulback.backups import partial, receiving, wal
from haulback.backups.partial import PAGE
from haulback.model.wal import segment_name

SIZE = 1 << 20
SYSTEM = 7_000_000_000_000_000_001
NUMBER = 4
ADDRESS = NUMBER * SIZE


def page(number: int, place: int, body: bytes, *, rest: int = 0) -> bytes:
    """One page of a segment, as the server writes it."""
    info = (0x0002 if place == 0 else 0) | (0x0001 if rest else 0)
    head = struct.pack("=HHIQI4x", 0xD118, info, 1, number * SIZE + place * PAGE, rest)
    if place == 0:
        head += struct.pack("=QII", SYSTEM, SIZE, PAGE)
    assert len(head) + len(body) <= PAGE
    return (head + body).ljust(PAGE, b"\0")


def record(length: int) -> bytes:
    return struct.pack("=I", length) + b"x" * (length - 4)


def put(folder: Path, content: bytes, number: int = NUMBER, suffix: str = ".partial", length: int = SIZE) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{segment_name(1, number, SIZE)}{suffix}"
    path.write_bytes(content.ljust(SIZE, b"\0")[:length])
    return path


FULL = record(PAGE - 40)  # fills what the long header of the first page leaves
BEGUN = page(NUMBER, 0, FULL) + page(NUMBER, 1, record(100) + b"\0" * 4)


def test_how_far_it_is_written(tmp_path: Path) -> None:
    assert partial.written(put(tmp_path, BEGUN), ADDRESS) == PAGE + 24 + 100
    assert partial.written(put(tmp_path, b""), ADDRESS) == 0


def test_what_an_older_segment_left_behind_it_is_no_part_of_it(tmp_path: Path) -> None:
    recycled = BEGUN + page(NUMBER - 3, 2, record(500)) + page(NUMBER - 3, 3, record(500))
    path = put(tmp_path, recycled)
    assert partial.written(path, ADDRESS) == PAGE + 24 + 100
    assert partial.is_cut(path, ADDRESS, ADDRESS + 2 * PAGE)


def test_the_end_is_no_damage(tmp_path: Path) -> None:
    path = put(tmp_path, BEGUN)
    assert partial.is_cut(path, ADDRESS, ADDRESS + PAGE + 24 + 104), "nothing stands there"
    assert not partial.is_cut(path, ADDRESS, ADDRESS + PAGE + 24), "a whole record that cannot be read"


@pytest.mark.parametrize("kept", [1, 3, 23, 24, 60, 99])
def test_a_record_that_was_cut_is_no_damage(tmp_path: Path, kept: int) -> None:
    cut = BEGUN[: PAGE + 24 + kept]
    assert partial.is_cut(put(tmp_path, cut), ADDRESS, ADDRESS + PAGE + 24)


def test_a_record_that_was_cut_on_a_later_page_is_no_damage(tmp_path: Path) -> None:
    first = page(NUMBER, 0, FULL) + page(NUMBER, 1, record(20_000)[: PAGE - 24])
    path = put(tmp_path, first + page(NUMBER, 2, b"x" * 500, rest=20_000 - PAGE + 24)[:600])
    assert partial.is_cut(path, ADDRESS, ADDRESS + PAGE + 24)


def test_a_record_of_several_pages_that_is_all_there_is_damage(tmp_path: Path) -> None:
    body = record(9_000)
    first, rest = body[: PAGE - 24], body[PAGE - 24 :]
    path = put(tmp_path, page(NUMBER, 0, FULL) + page(NUMBER, 1, first) + page(NUMBER, 2, rest, rest=len(rest)))
    assert not partial.is_cut(path, ADDRESS, ADDRESS + PAGE + 24)


def test_a_page_without_its_header_is_no_damage(tmp_path: Path) -> None:
    path = put(tmp_path, BEGUN + page(NUMBER, 2, b"")[:18])
    assert partial.is_cut(path, ADDRESS, ADDRESS + 2 * PAGE)


def test_zeros_in_the_middle_are_damage(tmp_path: Path) -> None:
    lost = page(NUMBER, 0, FULL) + bytes(PAGE) + page(NUMBER, 2, record(100))
    assert not partial.is_cut(put(tmp_path, lost), ADDRESS, ADDRESS + PAGE)
    hole = page(NUMBER, 0, FULL) + page(NUMBER, 1, bytes(50) + record(100))
    assert not partial.is_cut(put(tmp_path, hole), ADDRESS, ADDRESS + PAGE + 24)


def test_a_length_that_was_changed_is_damage_where_pages_follow(tmp_path: Path) -> None:
    path = put(tmp_path, page(NUMBER, 0, FULL) + page(NUMBER, 1, record(100)) + page(NUMBER, 2, record(100)))
    content = bytearray(path.read_bytes())
    content[PAGE + 24 + 2] ^= 0x40  # some million bytes long
    path.write_bytes(content)
    assert not partial.is_cut(path, ADDRESS, ADDRESS + PAGE + 24)


def test_a_record_from_the_segment_before(tmp_path: Path) -> None:
    goes_on = put(tmp_path, page(NUMBER, 0, b"x" * 100, rest=700)[:140])
    assert partial.is_cut(goes_on, ADDRESS, ADDRESS - 50)
    begins = put(tmp_path, BEGUN)
    assert not partial.is_cut(begins, ADDRESS, ADDRESS - 50)


def test_a_run_ends_in_the_segment_that_is_received(tmp_path: Path) -> None:
    put(tmp_path, page(3, 0, FULL), 3, "")
    put(tmp_path / "received", BEGUN)
    archive = wal.read(tmp_path)
    run = wal.run_from(archive, 1, 3 * SIZE)
    name = segment_name(1, NUMBER, SIZE)
    assert (run.names[-1], run.open, run.stopped_by, run.reason, run.beyond) == (name, name, name, wal.MISSING, 0)
    assert run.end == ADDRESS + 2 * PAGE
    assert archive.strange == ()
    assert archive.file(name).place == f"received/{name}.partial"


def test_a_whole_one_comes_before_a_part_of_it(tmp_path: Path) -> None:
    put(tmp_path, page(3, 0, FULL), 3, "")
    put(tmp_path, page(NUMBER, 0, FULL), NUMBER, "")
    put(tmp_path / "received", BEGUN)
    run = wal.run_from(wal.read(tmp_path), 1, 3 * SIZE)
    assert (run.end, run.open) == (5 * SIZE, "")


def test_what_was_received_takes_the_place_of_what_was_archived_damaged(tmp_path: Path) -> None:
    name = put(tmp_path, page(3, 0, FULL), 3, "", length=SIZE // 2).name
    put(tmp_path / "received", page(3, 0, FULL), 3, "")
    archive = wal.read(tmp_path)
    assert archive.file(name).place == f"received/{name}"
    assert [one.place for one in archive.strange] == [name]


def test_a_hole_behind_a_part_is_a_hole(tmp_path: Path) -> None:
    put(tmp_path, page(3, 0, FULL), 3, "")
    put(tmp_path / "received.1", BEGUN)
    put(tmp_path / "received", page(6, 0, FULL), 6, ".partial")
    run = wal.run_from(wal.read(tmp_path), 1, 3 * SIZE)
    assert (run.open, run.beyond) == (segment_name(1, NUMBER, SIZE), 1)


@pytest.mark.parametrize("length", [0, 4096, SIZE // 2, SIZE])
def test_one_that_was_only_begun_is_nothing_yet(tmp_path: Path, length: int) -> None:
    put(tmp_path, page(3, 0, FULL), 3, "")
    path = put(tmp_path / "received", b"", length=length)
    archive = wal.read(tmp_path)
    assert (archive.strange, archive.partials) == ((), {})
    receiving.folder_of(tmp_path)
    assert not path.exists(), "pg_receivewal would refuse it for its length"


def test_one_that_was_cut_gets_its_length_back(tmp_path: Path) -> None:
    path = put(tmp_path / "received", BEGUN, length=PAGE + 100)
    receiving.folder_of(tmp_path)
    assert path.stat().st_size == SIZE
    assert wal.run_from(wal.read(tmp_path), 1, ADDRESS).open


def test_a_copy_holds_what_was_written_and_no_more(tmp_path: Path) -> None:
    path, copy = put(tmp_path, BEGUN), tmp_path / "copy"
    partial.copy_written(path, PAGE, SIZE, copy)
    assert copy.read_bytes() == BEGUN[:PAGE].ljust(SIZE, b"\0")
    path.rename(path.with_suffix(""))  # it became whole meanwhile
    partial.copy_written(path, PAGE, SIZE, copy)
    assert copy.read_bytes() == BEGUN[:PAGE].ljust(SIZE, b"\0")


def _old(*paths: Path) -> float:
    for one in paths:
        os.utime(one, (1_000_000, 1_000_000))
    return 1_000_000 + 3601.0


def test_what_is_archived_too_goes_but_for_the_newest(tmp_path: Path) -> None:
    received = tmp_path / "received"
    archived = [put(tmp_path, page(number, 0, FULL), number, "") for number in (3, 4, 5)]
    for number in (3, 4, 5):
        put(received, page(number, 0, FULL), number, "")
    now = _old(*archived)
    assert receiving.tidy(tmp_path, now - 10) == [], "a recovery may have chosen it just now"
    assert len(list(received.iterdir())) == 3
    assert receiving.tidy(tmp_path, now) == []
    assert [one.name for one in received.iterdir()] == [segment_name(1, 5, SIZE)]


def test_what_differs_stays_and_is_told(tmp_path: Path) -> None:
    received = tmp_path / "received"
    archived = [put(tmp_path, page(3, 0, FULL), 3, ""), put(tmp_path, page(4, 0, FULL), 4, "")]
    put(received, page(3, 0, record(77)), 3, "")
    put(received, page(4, 0, FULL), 4, "")
    assert receiving.tidy(tmp_path, _old(*archived)) == [segment_name(1, 3, SIZE)]
    assert len(list(received.iterdir())) == 2


def test_what_is_archived_nowhere_else_stays(tmp_path: Path) -> None:
    for number in (3, 4, 5):
        put(tmp_path / "received", page(number, 0, FULL), number, "")
    receiving.tidy(tmp_path, 1e12)
    assert len(list((tmp_path / "received").iterdir())) == 3


def test_a_broken_stream_begins_anew_and_keeps_what_was_received(tmp_path: Path) -> None:
    assert receiving.begin_anew(tmp_path) is None
    for number in (3, 4):
        put(tmp_path / "received", page(number, 0, FULL), number, "")
        aside = receiving.begin_anew(tmp_path)
        assert aside == tmp_path / f"received.{number - 2}"
    assert wal.run_from(wal.read(tmp_path), 1, 3 * SIZE).end == 5 * SIZE
    archived = [put(tmp_path, page(number, 0, FULL), number, "") for number in (3, 4)]
    receiving.tidy(tmp_path, _old(*archived))
    assert wal.received(tmp_path) == ()


@pytest.mark.parametrize(
    ("said", "broken"),
    [
        ("requested WAL segment 000000010000000000000001 has already been removed", True),
        ('can no longer access replication slot "haulback_local"', True),
        ("cannot read from logical replication slot: This slot has been invalidated", True),
        ("requested starting point 0/5000000 on timeline 1 is not in this server's history", True),
        ("requested starting point 0/5000000 is ahead of the WAL flush position of this server 0/4000000", True),
        ("server closed the connection unexpectedly", False),
        ('replication slot "haulback_local" is active for PID 5', False),
        ("could not write 8192 bytes to WAL file: No space left on device", False),
    ],
)
def test_what_no_second_try_gets(said: str, *, broken: bool) -> None:
    assert receiving.is_broken(f"pg_receivewal: error: {said}") is broken


def test_what_is_removed_with_a_segment(tmp_path: Path) -> None:
    held = [put(tmp_path, page(3, 0, FULL), 3, ""), put(tmp_path / "received", page(3, 0, FULL), 3, "")]
    held.append(put(tmp_path / "received.1", page(3, 0, FULL), 3, ".partial"))
    put(tmp_path / "received", page(4, 0, FULL), 4, "")
    assert set(wal.copies(tmp_path, segment_name(1, 3, SIZE))) == set(held)
