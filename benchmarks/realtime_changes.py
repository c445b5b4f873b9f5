"""Changes of tables to many subscribers under row security: latency from the commit on, and the cost of authorisation.

Members stand where sockets would, so that the figures are those of the feed alone: the log, who may see a change, its
JSON. 1 in 5 subscribers may see each row. Every round writes at a steady pace and measures, for each delivery, the time
from when COMMIT came back to the writer.

HAULBACK_BENCH_SECONDS sets the length of a round (default 10).
"""

from __future__ import annotations

import asyncio
import json
import os
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import uvloop
from psycopg.conninfo import conninfo_to_dict

from _measure import served
from haulback.gateway.auth.identity import Identity
from haulback.gateway.realtime.changes.asking import Asking
from haulback.gateway.realtime.changes.feed import Feed
from haulback.gateway.realtime.changes.session import Following
from haulback.gateway.realtime.members import Binding, Message
from haulback.pg.cluster import Running

SECONDS = float(os.environ.get("HAULBACK_BENCH_SECONDS", "10"))
SHARES = 5
TABLES = {
    # A form that is recognised: subscribers are found by their claims.
    "one column": "team = (auth.jwt() ->> 'team')",
    # One that is not: everybody is asked for.
    "a subquery": "EXISTS (SELECT 1 FROM public.members m WHERE m.team = notes.team AND m.who = (SELECT auth.uid()))",
}


@dataclass(eq=False)
class Subscriber:
    identity: Identity
    bindings: tuple[Binding, ...]
    told: list[tuple[int, float]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def changed(self, _ids: Sequence[int], data: bytes) -> None:
        # The number of the row stands first in the record.
        begin = data.index(b'"record":{"id":') + 15
        self.told.append((int(data[begin : data.index(b",", begin)]), time.perf_counter()))

    def system(self, _status: str, message: str) -> None:
        self.said.append(message)

    def broadcast(self, *_: Any) -> None: ...


class Nowhere:
    def send_from_database(self, message: Message, *, everywhere: bool = False) -> None: ...


def subscribers(count: int) -> list[Subscriber]:
    made = []
    for number in range(count):
        claims = {
            "role": "authenticated",
            "sub": str(uuid.uuid5(uuid.NAMESPACE_OID, str(number))),
            "team": f"team {number % SHARES}",
            "aud": "authenticated",
            "email": f"user{number}@example.org",
            "session_id": str(uuid.uuid4()),
            "app_metadata": {"provider": "email", "providers": ["email"]},
            "user_metadata": {},
        }
        identity = Identity("authenticated", claims, json.dumps(claims).encode())
        made.append(Subscriber(identity, (Binding(number, "*", "public", "notes", None, None),)))
    return made


def prepare(running: Running, using: str, people: Sequence[Subscriber]) -> None:
    with psycopg.connect(running.conninfo(), autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS public.notes, public.members CASCADE")
        connection.execute("CREATE TABLE public.members (who uuid, team text, PRIMARY KEY (who, team))")
        connection.execute("CREATE TABLE public.notes (id bigint PRIMARY KEY, team text, body text)")
        with connection.cursor().copy("COPY public.members FROM STDIN") as copy:
            for one in people:
                copy.write_row((one.identity.claims["sub"], one.identity.claims["team"]))
        connection.execute("ANALYZE public.members")
        connection.execute("ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY")
        connection.execute(f"CREATE POLICY p ON public.notes FOR SELECT TO authenticated USING ({using})")  # type: ignore[arg-type]
        connection.execute("ALTER PUBLICATION supabase_realtime ADD TABLE public.notes")


@contextmanager
def timed_asking() -> Iterator[list[float]]:
    """Seconds of each time of asking who sees rows."""
    seconds: list[float] = []
    plain = Asking.sees

    async def sees(self: Asking, *asked: Any) -> list[list[str]]:
        begin = time.perf_counter()
        try:
            return await plain(self, *asked)
        finally:
            seconds.append(time.perf_counter() - begin)

    Asking.sees = sees  # type: ignore[method-assign]
    try:
        yield seconds
    finally:
        Asking.sees = plain  # type: ignore[method-assign]


def at(share: float, values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def measured(running: Running, using: str, count: int, pace: float) -> str:
    people = subscribers(count)
    prepare(running, using, people)
    parameters = {name: str(value) for name, value in conninfo_to_dict(running.conninfo()).items()}
    feed = Feed(Following(parameters, {**parameters, "user": "authenticator"}), Nowhere(), lambda _line: None)
    feed.begin()
    for one in people:
        feed.join(one)
    while not all(one.said for one in people):  # noqa: ASYNC110 - nobody would set an event
        await asyncio.sleep(0.01)
    committed: dict[int, float] = {}
    with timed_asking() as asking:
        async with await psycopg.AsyncConnection.connect(running.conninfo(), autocommit=True) as writer:
            begin = time.perf_counter()
            number = 0
            while time.perf_counter() - begin < SECONDS:
                await asyncio.sleep(max(0.0, begin + number / pace - time.perf_counter()))
                row = [number, f"team {number % SHARES}"]
                await writer.execute("INSERT INTO public.notes VALUES (%s, %s, 'some text')", row)
                committed[number] = time.perf_counter()
                number += 1
            elapsed = time.perf_counter() - begin
        until = time.perf_counter() + 10
        expected = [sum(1 for row in committed if row % SHARES == n % SHARES) for n in range(count)]
        missing = lambda: any(len(one.told) < expected[n] for n, one in enumerate(people))  # noqa: E731
        while missing() and time.perf_counter() < until:  # noqa: ASYNC110 - nobody would set an event
            await asyncio.sleep(0.01)
    lost = sum(expected) - sum(len(one.told) for one in people)
    waits = [(moment - committed[row]) * 1e3 for one in people for row, moment in one.told]
    await feed.end()
    asked = f"{sum(asking) / number * 1e3:6.2f}"
    return (
        f"{count:>6} {pace:>6.0f}/s {number / elapsed:>7.1f}/s   p50 {at(0.5, waits):7.2f}  p95 {at(0.95, waits):7.2f}"
        f"  p99 {at(0.99, waits):7.2f} ms   authorisation {asked} ms a change   lost {lost}"
    )


def main() -> None:
    with served() as (_, running):
        for name, using in TABLES.items():
            print(f"policy: {name}\n{'subs':>6} {'asked':>8} {'written':>9}   commit to member")
            for count, pace in ((1, 200.0), (500, 60.0), (500, 100.0), (3000, 15.0)):
                print(uvloop.run(measured(running, using, count, pace)))


if __name__ == "__main__":
    main()
