"""Changes of tables to many subscribers under row security: latency from the commit on, and the cost of authorisation.

Members stand where sockets would, so that the figures are those of the feed alone: the log, who may see a change, its
JSON. Of 500 subscribers 1 in 5 may see each row, unless the name of a policy says otherwise. Every round writes at a
steady pace and measures, for each delivery, the time from when COMMIT came back to the writer.

HAULBACK_BENCH_SECONDS sets the length of a round (default 10). With the beginning of a policy's name as its
argument only those policies are measured.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import uvloop
from psycopg.conninfo import conninfo_to_dict

from _measure import served
from haulback.gateway.auth.identity import Identity
from haulback.gateway.realtime.changes.asking import Asking
from haulback.gateway.realtime.changes.feed import Feed
from haulback.gateway.realtime.changes.narrowing import Narrowing
from haulback.gateway.realtime.changes.session import Following
from haulback.gateway.realtime.members import Binding, Message
from haulback.pg.cluster import Running

SECONDS = float(os.environ.get("HAULBACK_BENCH_SECONDS", "10"))
SHARES = 5
Sees = Callable[[int, int, int], bool]  # of a row's number, a subscriber's and how many there are


@dataclass(frozen=True)
class Measured:
    """Policies, each as CREATE POLICY has it after the table's name, and who sees which row by them."""

    policies: tuple[str, ...]
    sees: Sees
    every: bool = False  # whether it is measured with other numbers of subscribers too


def _team(row: int, who: int, _count: int) -> bool:
    return row % SHARES == who % SHARES


def _owner(row: int, who: int, count: int) -> bool:
    return row % count == who


def _either(row: int, who: int, count: int) -> bool:
    return who in (row % count, (row + 1) % count)


def _open(row: int, who: int, count: int) -> bool:
    return row % SHARES == 0 or _owner(row, who, count)


def _all(_row: int, _who: int, _count: int) -> bool:
    return True


def using(*expressions: str) -> tuple[str, ...]:
    return tuple(f"TO authenticated USING ({one})" for one in expressions)


_MEMBER = "EXISTS (SELECT 1 FROM public.members m WHERE m.team = notes.team AND m.who = (SELECT auth.uid()))"
POLICIES = {
    "one column": Measured(using("team = (auth.jwt() ->> 'team')"), _team, every=True),
    "a subquery": Measured(using(_MEMBER), _team, every=True),
    "all": Measured(using("true"), _all),
    "the role of the token": Measured(using("auth.role() = 'authenticated'"), _all),
    "owner": Measured(using("(SELECT auth.uid()) = owner"), _owner),
    "owner, not deleted": Measured(using("auth.uid() = owner AND deleted_at IS NULL"), _owner),
    "owner or public, 1 in 5 rows is": Measured(using("owner = auth.uid() OR is_public"), _open),
    "one of two columns": Measured(using("auth.uid() IN (owner, assignee)"), _either),
    "an array of readers": Measured(using("auth.uid() = ANY (readers)"), _team),
    "tenant": Measured(using("(auth.jwt() -> 'app_metadata' ->> 'tenant')::uuid = tenant"), _team),
    "tenant or admin": Measured(
        (*using("tenant = (auth.jwt() -> 'app_metadata' ->> 'tenant')::uuid"), *using("auth.jwt() ->> 'x' = 'admin'")),
        _team,
    ),
    "two policies and a restrictive one": Measured(
        (
            *using("(SELECT auth.uid()) = owner", "team = (auth.jwt() ->> 'team')"),
            "AS RESTRICTIVE TO authenticated USING (deleted_at IS NULL)",
        ),
        lambda row, who, count: _team(row, who, count) or _owner(row, who, count),
    ),
    "IN (SELECT)": Measured(using("team IN (SELECT team FROM public.members WHERE who = auth.uid())"), _team),
    "owner or a subquery": Measured(using("owner = auth.uid()", _MEMBER), lambda *on: _team(*on) or _owner(*on)),
    "a subquery under row security": Measured(using(_MEMBER.replace("public.members", "public.guarded")), _team),
    "a subquery, everybody": Measured(using("EXISTS (SELECT 1 FROM public.members m WHERE m.who = auth.uid())"), _all),
    "a definer's function": Measured(using("team IN (SELECT public.teams_of_user())"), _team),
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
            "app_metadata": {"provider": "email", "providers": ["email"], "tenant": tenant(number % SHARES)},
            "user_metadata": {},
        }
        identity = Identity("authenticated", claims, json.dumps(claims).encode())
        made.append(Subscriber(identity, (Binding(number, "*", "public", "notes", None, None),)))
    return made


INSERT = "INSERT INTO public.notes VALUES (%s, %s, 'some text', %s, %s, %s, %s, NULL, %s::uuid[])"
SCHEMA = """
DROP TABLE IF EXISTS public.notes, public.members, public.guarded CASCADE;
CREATE TABLE public.members (who uuid, team text, PRIMARY KEY (who, team));
CREATE TABLE public.guarded (LIKE public.members INCLUDING ALL);
CREATE OR REPLACE FUNCTION public.teams_of_user() RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = '' AS $$ SELECT team FROM public.members WHERE who = auth.uid() $$;
CREATE TABLE public.notes (id bigint PRIMARY KEY, team text, body text, owner uuid, assignee uuid, tenant uuid,
    is_public bool NOT NULL, deleted_at timestamptz, readers uuid[]);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
"""
GUARDED = """
ALTER TABLE public.guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.guarded FOR SELECT TO authenticated USING (who = (SELECT auth.uid()));
ANALYZE public.members, public.guarded;
ALTER PUBLICATION supabase_realtime ADD TABLE public.notes;
"""


def tenant(share: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, str(share)))


def prepare(running: Running, policies: Sequence[str], people: Sequence[Subscriber]) -> None:
    with psycopg.connect(running.conninfo(), autocommit=True) as connection:
        connection.execute(SCHEMA)
        for table in ("members", "guarded"):
            with connection.cursor().copy(f"COPY public.{table} FROM STDIN") as copy:  # type: ignore[arg-type]
                for one in people:
                    copy.write_row((one.identity.claims["sub"], one.identity.claims["team"]))
        for number, policy in enumerate(policies):
            connection.execute(f"CREATE POLICY p{number} ON public.notes {policy}")  # type: ignore[arg-type]
        connection.execute(GUARDED)


def row(number: int, people: Sequence[Subscriber]) -> list[Any]:
    users = [one.identity.claims["sub"] for one in people]
    share = number % SHARES
    owner, assignee = users[number % len(users)], users[(number + 1) % len(users)]
    return [number, f"team {share}", owner, assignee, tenant(share), share == 0, users[share::SHARES]]


@contextmanager
def timed() -> Iterator[list[float]]:
    """Seconds of each time of finding out who may see rows: who comes into question, and what PostgreSQL says."""
    seconds: list[float] = []
    sees, candidates = Asking.sees, Narrowing.candidates

    def timing(plain: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def run(*asked: Any) -> Any:
            begin = time.perf_counter()
            try:
                return await plain(*asked)
            finally:
                seconds.append(time.perf_counter() - begin)

        return run

    Asking.sees, Narrowing.candidates = timing(sees), timing(candidates)  # type: ignore[method-assign]
    try:
        yield seconds
    finally:
        Asking.sees, Narrowing.candidates = sees, candidates  # type: ignore[method-assign]


def spent(running: Running) -> float:
    """Seconds of CPU that PostgreSQL took for it so far, which other work does not lengthen; Linux alone tells."""
    with psycopg.connect(running.conninfo(), autocommit=True) as connection:
        asking = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'haulback serve: row security%'"
        found = [Path(f"/proc/{pid}/schedstat") for (pid,) in connection.execute(asking)]
    return sum(int(one.read_text().split()[0]) for one in found if one.exists()) / 1e9


def at(share: float, values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def measured(running: Running, one_of: Measured, count: int, pace: float) -> str:
    people = subscribers(count)
    prepare(running, one_of.policies, people)
    parameters = {name: str(value) for name, value in conninfo_to_dict(running.conninfo()).items()}
    feed = Feed(Following(parameters, {**parameters, "user": "authenticator"}), Nowhere(), lambda _line: None)
    feed.begin()
    for one in people:
        feed.join(one)
    while not all(one.said for one in people):  # noqa: ASYNC110 - nobody would set an event
        await asyncio.sleep(0.01)
    committed: dict[int, float] = {}
    with timed() as asking:
        async with await psycopg.AsyncConnection.connect(running.conninfo(), autocommit=True) as writer:
            begin = time.perf_counter()
            number = 0
            while time.perf_counter() - begin < SECONDS:
                await asyncio.sleep(max(0.0, begin + number / pace - time.perf_counter()))
                await writer.execute(INSERT, row(number, people))
                committed[number] = time.perf_counter()
                number += 1
            elapsed = time.perf_counter() - begin
        until = time.perf_counter() + 10
        expected = [sum(one_of.sees(row, n, count) for row in committed) for n in range(count)]
        missing = lambda: any(len(one.told) < expected[n] for n, one in enumerate(people))  # noqa: E731
        while missing() and time.perf_counter() < until:  # noqa: ASYNC110 - nobody would set an event
            await asyncio.sleep(0.01)
    lost = sum(expected) - sum(len(one.told) for one in people)
    waits = [(moment - committed[row]) * 1e3 for one in people for row, moment in one.told]
    cpu = spent(running)
    await feed.end()
    asked = f"{sum(asking) / number * 1e3:6.2f} ms a change, {cpu / number * 1e3:5.2f} of PostgreSQL's CPU"
    return (
        f"{count:>6} {pace:>6.0f}/s {number / elapsed:>7.1f}/s   p50 {at(0.5, waits):7.2f}  p95 {at(0.95, waits):7.2f}"
        f"  p99 {at(0.99, waits):7.2f} ms   authorisation {asked}   lost {lost}"
    )


def main() -> None:
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    with served() as (_, running):
        for name, one in POLICIES.items():
            if not name.startswith(asked):
                continue
            print(f"policy: {name}\n{'subs':>6} {'asked':>8} {'written':>9}   commit to member", flush=True)
            for count, pace in ((1, 200.0), (500, 60.0), (500, 100.0), (3000, 15.0)) if one.every else ((500, 20.0),):
                print(uvloop.run(measured(running, one, count, pace)), flush=True)


if __name__ == "__main__":
    main()
