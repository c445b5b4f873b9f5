"""Lines are written whole, in order, and counted where nobody reads them."""

from __future__ import annotations

import asyncio
import os
import select
import subprocess
import sys
import threading
from pathlib import Path

from haulback.gateway.access import writer
from haulback.gateway.access.writer import Writer


def left_out(count: int) -> str:
    return f"{count} left out"


def test_lines_come_whole_and_in_order() -> None:
    reading, writing = os.pipe()
    lines = [f"{number}:{'x' * (number % 900)}" for number in range(3000)]
    got: list[bytes] = []

    def read() -> None:
        with os.fdopen(reading, "rb") as stream:
            got.append(stream.read())

    async def write() -> None:
        made = Writer(writing, left_out, asyncio.get_running_loop())
        for line in lines:
            made.add(line)
        made.close()

    thread = threading.Thread(target=read)
    thread.start()
    asyncio.run(write())
    os.close(writing)
    thread.join()
    assert got[0].decode().splitlines() == lines


def test_pieces_are_what_a_pipe_takes_at_once() -> None:
    lines = [b"x" * (number % 4000) + b"\n" for number in range(200)]
    pieces = list(writer._pieces(lines))
    assert b"".join(pieces) == b"".join(lines)
    assert max(map(len, pieces)) <= select.PIPE_BUF
    assert all(piece.endswith(b"\n") for piece in pieces)


def test_what_nobody_reads_is_counted() -> None:
    reading, writing = os.pipe()
    line = "x" * 4000
    added = 3 * writer._MOST // 4000
    kept = writer._MOST // len(f"{line}\n") + 1

    async def write() -> list[str]:
        made = Writer(writing, left_out, asyncio.get_running_loop())
        for _ in range(added):
            made.add(line)
        closing = asyncio.get_running_loop().run_in_executor(None, made.close)
        stream = os.fdopen(reading, "rb")
        written = await asyncio.to_thread(lambda: [stream.readline() for _ in range(kept + 1)])
        await closing
        stream.close()
        return [one.decode().rstrip("\n") for one in written]

    written = asyncio.run(write())
    os.close(writing)
    assert written[:-1] == [line] * (len(written) - 1)
    assert written[-1] == f"{added - len(written) + 1} left out"


def test_a_reader_who_is_gone_ends_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)

    async def write() -> None:
        made = Writer(writing, left_out, asyncio.get_running_loop())
        made.add("a line")
        made.close()

    asyncio.run(write())
    os.close(writing)


FULL = """
import asyncio, os, resource, sys
from haulback.gateway.access.writer import Writer

async def write(path):
    made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2500, most))
    writer = Writer(made, lambda count: f"{count} left out", asyncio.get_running_loop())
    for number in range(3):
        writer.add("a" * 999)
    await asyncio.sleep(0.5)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    writer.add("b" * 99)
    writer.close()

asyncio.run(write(sys.argv[1]))
"""


def test_a_line_that_a_full_disk_cut_does_not_begin_the_next(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    subprocess.run([sys.executable, "-c", FULL, str(log)], check=True)  # a process of its own: its limit is
    assert log.read_text().splitlines() == ["a" * 999, "a" * 999, "a" * 500, "b" * 99, "1 left out"]
