"""Changes of tables over sockets: from COMMIT at the writer to the last byte at each client, under row security.

    .venv/bin/python benchmarks/realtime_sockets.py [--only 1|500|3000]

One worker of `haulback serve`; each subscriber has a socket and claims of its own, and 1 in 5 may see a row. A round
writes rows at a steady pace; what is told is the time from when COMMIT came back to when the client had the whole
message, all deliveries counted. The clients and the writer are one more Python process on the same machine.

HAULBACK_BENCH_SECONDS sets the length of a round (default 10).
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import re
import struct
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast
from urllib.parse import urlsplit

os.environ.setdefault("HAULBACK_BENCH_WORKERS", "1")

import jwt
import psycopg
import uvloop

from _measure import fresh_database, served
from gateway import SECRET, gateway
from haulback.pg.cluster import SUPERUSER

SECONDS = float(os.environ.get("HAULBACK_BENCH_SECONDS", "10"))
SHARES = 5
# subscribers, and the rows a second of each round
ROUNDS = {1: (100,), 500: (30, 60, 100), 3000: (5, 15, 30)}
SCHEMA = """
create schema if not exists realtime;
create table public.notes (id bigint primary key, team text not null, body text);
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated
  using (team = (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'team'));
grant select on public.notes to authenticated;
create publication supabase_realtime for table public.notes;
"""
RECORD = re.compile(rb'"record":\{"id":(\d+)')


class Client(asyncio.Protocol):
    """One subscriber: notes when it has had which row."""

    def __init__(self, number: int, heard: list[tuple[int, float]]) -> None:
        self.number = number
        self.heard = heard
        self.rest = b""
        self.live: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        claims = {
            "role": "authenticated",
            "sub": str(uuid.UUID(int=self.number)),
            "team": str(self.number % SHARES),
            "exp": int(time.time()) + 86400,
        }
        key = base64.b64encode(os.urandom(16)).decode()
        token = jwt.encode(claims, SECRET, algorithm="HS256")
        self.transport.write(
            f"GET /realtime/v1/websocket?apikey={token}&vsn=2.0.0 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        config = {"postgres_changes": [{"event": "INSERT", "schema": "public", "table": "notes"}]}
        text = json.dumps(["1", "1", "realtime:notes", "phx_join", {"config": config}]).encode()
        self.transport.write(struct.pack("!BBH", 0x81, 0x80 | 126, len(text)) + bytes(4) + text)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self.rest += data
        found = None
        for found in RECORD.finditer(self.rest):
            self.heard.append((int(found[1]), now))
        if b"Subscribed to PostgreSQL" in self.rest and not self.live.done():
            self.live.set_result(None)
        if found is not None:
            self.rest = self.rest[found.end() :]


async def subscribed(host: str, port: int, count: int, heard: list[tuple[int, float]]) -> list[Client]:
    loop = asyncio.get_running_loop()
    clients: list[Client] = []
    for number in range(count):
        _, client = await loop.create_connection(lambda number=number: Client(number, heard), host, port)
        clients.append(client)
        if number % 100 == 0:
            await asyncio.sleep(0)
    await asyncio.wait_for(asyncio.gather(*(client.live for client in clients)), 120)
    return clients


async def round_(
    conninfo: str, pace: float, heard: list[tuple[int, float]], first: int
) -> tuple[list[float], int, int]:
    """Milliseconds of every delivery, how many were due, and the first number that is free."""
    heard.clear()
    committed: dict[int, float] = {}
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as writer:
        begun = time.perf_counter()
        for number in range(int(SECONDS * pace)):
            await asyncio.sleep(max(0.0, begun + number / pace - time.perf_counter()))
            await writer.execute(
                "insert into public.notes values (%s, %s, 'x')", (first + number, str(number % SHARES))
            )
            committed[first + number] = time.perf_counter()
    await asyncio.sleep(2)
    waits = [max(0.0, at - committed[number]) * 1000 for number, at in heard if number in committed]
    return sorted(waits), len(committed), first + len(committed)


async def measured(host: str, port: int, conninfo: str, count: int) -> None:
    heard: list[tuple[int, float]] = []
    begun = time.perf_counter()
    clients = await subscribed(host, port, count, heard)
    took = time.perf_counter() - begun
    first = int(time.time() * 1000)
    per_share = [len([c for c in clients if c.number % SHARES == share]) for share in range(SHARES)]
    for pace in ROUNDS[count]:
        waits, rows, first = await round_(conninfo, pace, heard, first)
        due = sum(per_share[number % SHARES] for number in range(rows))
        p50, p95, p99 = (
            waits[min(len(waits) - 1, len(waits) * part // 100)] if waits else 0.0 for part in (50, 95, 99)
        )
        sys.stdout.write(
            f"{count:5,} subscribers (all live after {took:.1f} s), {pace:3} rows/s:"
            f" {len(waits):,} of {due:,} deliveries, p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms\n"
        )
        sys.stdout.flush()
    for client in clients:
        client.transport.abort()


@contextmanager
def worker() -> Iterator[tuple[str, int, str]]:
    with served() as (home, running):
        fresh_database(running)
        with psycopg.connect(running.conninfo(SUPERUSER, "bench"), autocommit=True) as connection:
            connection.execute(SCHEMA)
        (home / "haulback.toml").write_text(
            f'[targets.bench]\nurl = "{running.url(database="bench")}"\nenvironment = "development"\n', encoding="utf-8"
        )
        with gateway(home) as (url, _process):
            there = urlsplit(url)
            assert there.hostname is not None
            assert there.port is not None
            yield there.hostname, there.port, running.conninfo(SUPERUSER, "bench")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=int, choices=tuple(ROUNDS))
    asked = parser.parse_args()
    with worker() as (host, port, conninfo):
        for count in [asked.only] if asked.only else ROUNDS:
            uvloop.run(measured(host, port, conninfo, count))


if __name__ == "__main__":
    main()
