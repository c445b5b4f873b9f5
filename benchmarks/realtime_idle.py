"""Memory of `haulback serve` with many sockets that say nothing but their heartbeat.

    .venv/bin/python benchmarks/realtime_idle.py [--sockets 10000] [--channels 1]

Each socket is opened with a token of its own kind of client, joins its channels, and beats once. What is told is the
memory of the one worker (RSS, all of it, the interpreter and the schema cache included) before and after, what a socket
costs, and how long a heartbeat takes while all are open.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import socket
import statistics
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

os.environ.setdefault("HAULBACK_BENCH_WORKERS", "1")

import psutil

from _measure import fresh_database, served
from gateway import gateway, token

GOAL = 500.0  # megabytes
FILES = 512  # of a process that are no sockets


def frame(message: object) -> bytes:
    payload = json.dumps(message).encode()
    head = (
        struct.pack("!BBH", 0x81, 0x80 | 126, len(payload))
        if len(payload) > 125
        else bytes((0x81, 0x80 | len(payload)))
    )
    return head + bytes(4) + payload


def opened(host: str, port: int, key: str) -> socket.socket:
    one = socket.create_connection((host, port), timeout=60)
    one.sendall(
        f"GET /realtime/v1/websocket?apikey={key}&vsn=2.0.0 HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nX-Client-Info: supabase-js/2\r\n\r\n".encode()
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += one.recv(4096)
    assert answer.startswith(b"HTTP/1.1 101"), answer
    return one


def asked(one: socket.socket, message: object) -> float:
    begun = time.perf_counter()
    one.sendall(frame(message))
    told = one.recv(4096)
    assert b'"ok"' in told, told
    return time.perf_counter() - begun


@contextmanager
def worker() -> Iterator[tuple[str, int, psutil.Process]]:
    with served() as (home, running):
        fresh_database(running)
        (home / "haulback.toml").write_text(
            f'[targets.bench]\nurl = "{running.url(database="bench")}"\nenvironment = "development"\n'
            "[api.realtime]\njoins = 1000000\nconnections = 1000000\n",
            encoding="utf-8",
        )
        with gateway(home) as (url, process):
            there = urlsplit(url)
            assert there.hostname is not None
            assert there.port is not None
            yield there.hostname, there.port, psutil.Process(process.pid)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sockets", type=int, default=10_000)
    parser.add_argument("--channels", type=int, default=1)
    asked_for = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < asked_for.sockets + FILES:
        sys.exit(f"needs {asked_for.sockets + FILES} open files in each of two processes, and may have {most}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with worker() as (host, port, process):
        before = process.memory_info().rss / 1e6
        begun = time.perf_counter()
        sockets = []
        for number in range(asked_for.sockets):
            one = opened(host, port, token(number % 2000))
            for channel in range(asked_for.channels):
                join = {
                    "config": {"broadcast": {"ack": False, "self": False}, "presence": {"key": "", "enabled": False}}
                }
                asked(one, ["1", "1", f"realtime:room-{number}-{channel}", "phx_join", join])
            sockets.append(one)
        took = time.perf_counter() - begun
        beats = [
            asked(one, [None, "2", "phoenix", "heartbeat", {}]) for one in sockets[:: max(1, len(sockets) // 1000)]
        ]
        after = process.memory_info().rss / 1e6
        sys.stdout.write(
            f"{len(sockets):,} sockets, {asked_for.channels} channel each: {before:.0f} MB before, {after:.0f} MB after"
            f" (goal under {GOAL:.0f} MB), {(after - before) * 1000 / len(sockets):.1f} kB a socket;"
            f" opened and joined at {len(sockets) / took:,.0f}/s;"
            f" heartbeat {statistics.median(beats) * 1000:.2f} ms, slowest {max(beats) * 1000:.1f} ms\n"
        )
        for one in sockets:
            one.close()


if __name__ == "__main__":
    main()
