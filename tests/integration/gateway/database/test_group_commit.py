"""Inserts that are flushed together: whoever was answered has a row that outlives the server."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from psycopg import pq

from haulback.gateway.database.group_commit import GroupCommit
from haulback.gateway.database.lane import Done, Lane
from haulback.gateway.database.segment import Outcome, Step
from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER, Cluster, Running

pytestmark = pytest.mark.once

SCHEMA = """
CREATE TABLE public.kept (n int PRIMARY KEY, place int UNIQUE DEFERRABLE INITIALLY DEFERRED);
CREATE UNLOGGED TABLE public.unlogged (n int);
CREATE FUNCTION public.keeping_out() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER keeping_out BEFORE INSERT ON public.kept FOR EACH ROW WHEN (NEW.n < 0)
    EXECUTE FUNCTION public.keeping_out();
INSERT INTO public.kept VALUES (1, 1);
"""
INSERT = b"INSERT INTO public.kept VALUES ($1, $2)"


def row(number: int, place: int | None = None) -> list[Step]:
    return [Step("insert", INSERT, [b"%d" % number, None if place is None else b"%d" % place])]


@pytest.fixture(params=["embedded", "pg15"])
def cluster(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cluster]:
    """One where nothing is flushed unless somebody commits with a flush, or ten seconds have passed."""
    found = binaries.embedded() if request.param == "embedded" else binaries.for_major(15)
    cluster = Cluster(tmp_path, "flushing", found)
    running = cluster.start()
    with psycopg.connect(running.conninfo(SUPERUSER), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        connection.execute("ALTER SYSTEM SET synchronous_commit = on")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(SCHEMA)
    yield cluster
    cluster.destroy()


def together(running: Running, work: Callable[[GroupCommit], Coroutine[Any, Any, None]]) -> list[Done]:
    """Runs on a connection that inserts share; those that did not get a lock."""
    blocked: list[Done] = []

    async def main() -> None:
        connection = await psycopg.AsyncConnection.connect(running.conninfo(SUPERUSER), autocommit=True)
        await connection.execute("SET synchronous_commit = off")
        await connection.execute("SET lock_timeout = '10ms'")
        loop = asyncio.get_running_loop()
        lane = Lane(connection, loop, lambda _lane: None)
        await work(GroupCommit(lane, loop, lambda _steps, done: blocked.append(done)))
        with suppress(psycopg.Error):
            await lane.close()

    asyncio.run(main())
    return blocked


def asked(group: GroupCommit, *inserts: list[Step]) -> list[asyncio.Future[Outcome]]:
    """Sends some inserts in one piece."""
    futures: list[asyncio.Future[Outcome]] = []
    for steps in inserts:
        futures.append(asyncio.get_running_loop().create_future())
        group.run(steps, futures[-1].set_result)
    return futures


def code(outcome: Outcome) -> str | None:
    return ((outcome.error and outcome.error.error_field(pq.DiagnosticField.SQLSTATE)) or b"").decode() or None


def kill(running: Running) -> None:
    """The whole server at once: what it had not written down is gone."""
    postmaster = psutil.Process(running.pid)
    everyone = [postmaster, *postmaster.children(recursive=True)]
    postmaster.send_signal(signal.SIGSTOP)  # so that it starts nobody anew
    for process in reversed(everyone):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(everyone, timeout=30)


LAST = {
    "a row": row(100),
    "one row more than there may be": row(1),
    "nothing, for a trigger kept it out": row(-1),
    "what fails only when it commits": row(100, 1),
    "what goes through no log": [Step("other", b"INSERT INTO public.unlogged SELECT 1 WHERE false")],
}


@pytest.mark.parametrize("last", LAST)
def test_whoever_was_answered_stays(cluster: Cluster, last: str) -> None:
    running = cluster.start()
    answered: list[int] = []

    async def work(group: GroupCommit) -> None:
        for begin in (10, 20):  # the second piece is what has come during the first
            inserts = asked(group, *(row(number) for number in range(begin, begin + 5)), LAST[last])
            for number, outcome in enumerate(await asyncio.gather(*inserts)):
                if outcome.error is None:
                    answered.append(begin + number)
            if begin == 20:
                kill(running)

    together(running, work)
    assert answered[:5] == [10, 11, 12, 13, 14]
    with psycopg.connect(cluster.start().conninfo(SUPERUSER)) as connection:
        found = {number for (number,) in connection.execute("SELECT n FROM public.kept")}
    assert {*range(10, 15), *range(20, 25)} <= found


def test_each_insert_is_one_of_its_own(cluster: Cluster) -> None:
    async def work(group: GroupCommit) -> None:
        outcomes = await asyncio.gather(*asked(group, row(2), row(1), row(3), row(5, 1), row(-1), row(4)))
        assert [code(one) for one in outcomes] == [None, "23505", None, "23505", None, None]
        assert [one.results[-1].command_status for one in outcomes if one.error is None] == [
            b"INSERT 0 1",
            b"INSERT 0 1",
            b"INSERT 0 0",
            b"INSERT 0 1",
        ]
        assert group.waiting == 0

    running = cluster.start()
    assert together(running, work) == []
    with psycopg.connect(running.conninfo(SUPERUSER)) as connection:
        transactions = connection.execute("SELECT count(DISTINCT xmin::text), count(*) FROM public.kept").fetchone()
    assert transactions == (4, 4)


def test_what_comes_meanwhile_is_the_next_piece(cluster: Cluster) -> None:
    async def work(group: GroupCommit) -> None:
        first = asked(group, row(10))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        rest = asked(group, *(row(number) for number in range(11, 40)))
        assert group.waiting == 30
        assert all(outcome.error is None for outcome in await asyncio.gather(*first, *rest))
        assert group.waiting == 0

    together(cluster.start(), work)


def test_who_finds_a_lock_taken_is_handed_on(cluster: Cluster) -> None:
    running = cluster.start()

    async def work(group: GroupCommit) -> None:
        with psycopg.connect(running.conninfo(SUPERUSER)) as holding:
            holding.execute("INSERT INTO public.kept VALUES (7)")
            before, _, behind = asked(group, row(2), row(7), row(3))
            assert [code(one) for one in await asyncio.gather(before, behind)] == [None, None]

    assert len(together(running, work)) == 1


def test_who_cannot_be_told_whether_it_stays_is_not_told_that_it_does(cluster: Cluster) -> None:
    running = cluster.start()

    async def work(group: GroupCommit) -> None:
        slow = [Step(None, b"INSERT INTO public.kept SELECT 50 FROM pg_sleep(30)")]
        inserts = asked(group, row(10), row(11), slow)
        with psycopg.connect(running.conninfo(SUPERUSER), autocommit=True) as connection:
            seen = 0
            while seen < 3:  # the first two have committed, without a flush
                await asyncio.sleep(0.01)
                seen = len(connection.execute("SELECT FROM public.kept").fetchall())
        assert not any(one.done() for one in inserts)
        kill(running)
        group.lane.look()
        outcomes = await asyncio.wait_for(asyncio.gather(*inserts), 10)
        assert all(outcome.lost for outcome in outcomes)

    together(running, work)
