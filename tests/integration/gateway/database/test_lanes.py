"""Which connection a segment goes by, and what becomes of a connection that was somebody's alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from haulback.gateway.database import lanes as lanes_module
from haulback.gateway.database.lane import Lane
from haulback.gateway.database.lanes import Lanes, Unavailable
from haulback.gateway.database.segment import Outcome, Step
from haulback.pg.cluster import SUPERUSER

if TYPE_CHECKING:
    from conftest import Database

PID = Step(None, b"SELECT pg_backend_pid()")


def on_lanes(database: Database, work: Callable[[Lanes], Coroutine[Any, Any, None]], **options: Any) -> None:
    async def main() -> None:
        parameters = {name: str(value) for name, value in conninfo_to_dict(database.conninfo("authenticator")).items()}
        lanes = Lanes(parameters, **options)
        await lanes.open()
        try:
            await work(lanes)
        finally:
            await lanes.close()

    asyncio.run(main())


def asked(
    lanes: Lanes, *steps: Step, quick: bool, inserts: bool = False, reset: bool = False
) -> asyncio.Future[Outcome]:
    got: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    lanes.run(steps, got.set_result, quick=quick, inserts=inserts, reset=reset)
    return got


async def of_inserts(lanes: Lanes) -> bytes | None:
    """Waits for the connection that inserts share; its process id."""
    while lanes._inserts is None:
        await asked(lanes, PID, quick=True, inserts=True)
        await asyncio.sleep(0.01)
    return value(await of_lane(lanes._inserts.lane, PID))


async def of_lane(lane: Lane, *steps: Step) -> Outcome:
    got: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    lane.run(steps, got.set_result, whole=False)
    return await got


def value(outcome: Outcome) -> bytes | None:
    assert outcome.error is None
    return outcome.results[-1].get_value(0, 0)


def test_quick_ones_share_and_others_go_alone(database: Database) -> None:
    async def work(lanes: Lanes) -> None:
        quick = await asyncio.gather(*(asked(lanes, PID, quick=True) for _ in range(20)))
        alone = await asyncio.gather(*(asked(lanes, PID, quick=False) for _ in range(20)))
        assert len({value(one) for one in quick}) == 1
        pids = {value(one) for one in alone}
        assert len(pids) <= 3
        assert not pids & {value(one) for one in quick}

    on_lanes(database, work, size=3)


def test_a_statement_that_takes_long_holds_nobody_up(database: Database) -> None:
    async def work(lanes: Lanes) -> None:
        held = asked(lanes, Step(None, b"SELECT pg_sleep(1.5)"), quick=True)
        await asyncio.sleep(0.1)
        assert value(await asked(lanes, Step(None, b"SELECT 7"), quick=True)) == b"7"
        assert not held.done()
        await held

    on_lanes(database, work)


def test_what_a_call_left_is_set_back(database: Database) -> None:
    leave = Step(None, b"SELECT set_config('app.left', 'behind', false)")
    look = Step(None, b"SELECT current_setting('app.left', true)")

    async def work(lanes: Lanes) -> None:
        await asked(lanes, leave, quick=False, reset=True)
        assert value(await asked(lanes, look, quick=False)) in {None, b""}

    on_lanes(database, work, size=1)


def test_a_transaction_that_was_left_open_is_rolled_back(database: Database) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute("CREATE TABLE public.t (x int); GRANT ALL ON public.t TO authenticator")

    async def work(lanes: Lanes) -> None:
        with pytest.raises(RuntimeError):
            await _broken_off(lanes)
        async with lanes.alone() as lane:
            assert not lane.in_transaction
            assert value(await of_lane(lane, Step(None, b"SELECT count(*) FROM public.t"))) == b"0"

    on_lanes(database, work, size=1)


async def _broken_off(lanes: Lanes) -> None:
    async with lanes.alone() as lane:
        await of_lane(lane, Step(None, b"BEGIN"), Step(None, b"INSERT INTO public.t VALUES (1)"))
        assert lane.in_transaction
        raise RuntimeError


def test_who_waits_longer_than_there_is_patience_for_is_refused(database: Database) -> None:
    async def work(lanes: Lanes) -> None:
        async with lanes.alone():
            late = asked(lanes, PID, quick=False)
            lanes.sweep(asyncio.get_running_loop().time() + 1)
            assert (await late).lost == "timed out acquiring a connection"
            waiting = asyncio.create_task(_entered(lanes))
            await asyncio.sleep(0)
            lanes.sweep(asyncio.get_running_loop().time() + 1)
            with pytest.raises(Unavailable):
                await waiting

    on_lanes(database, work, size=1, patience=0.5)


async def _entered(lanes: Lanes) -> None:
    async with lanes.alone():
        pass


def test_an_end_that_the_loop_does_not_tell_of_is_found(database: Database) -> None:
    async def work(lanes: Lanes) -> None:
        loop = asyncio.get_running_loop()
        shared = lanes._shared
        assert shared is not None
        pid = value(await asked(lanes, PID, quick=True))
        waiting = asked(lanes, Step(None, b"SELECT pg_sleep(30)"), quick=True)
        loop.remove_reader(shared._socket)
        with database.connect(autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(%s, 10000)", (int(pid or 0),))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        for _ in range(2):  # the server's last words, and the end
            lanes.sweep(loop.time())
        outcome = await asyncio.wait_for(waiting, 10)
        assert outcome.lost or outcome.error
        while not lanes.alive:  # noqa: ASYNC110 - the lanes tell nobody
            await asyncio.sleep(0.01)
        assert value(await asked(lanes, PID, quick=True)) != pid

    on_lanes(database, work)


def test_who_waits_for_a_connection_that_is_cut_gets_another(database: Database) -> None:
    async def work(lanes: Lanes) -> None:
        pid = value(await asked(lanes, PID, quick=False))
        cut = asked(lanes, Step(None, b"SELECT pg_sleep(60)"), quick=False)
        waiting = [asked(lanes, PID, quick=False) for _ in range(3)]
        with database.connect(autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(%s, 10000)", (int(pid or 0),))
        outcome = await asyncio.wait_for(cut, 10)
        assert outcome.lost or outcome.error
        for each in await asyncio.wait_for(asyncio.gather(*waiting), 10):
            assert value(each) != pid

    on_lanes(database, work, size=1, patience=60)


def test_inserts_share_a_connection_and_too_many_of_them_do_not(database: Database) -> None:
    async def work(lanes: Lanes) -> None:
        assert lanes._inserts is None  # it is not opened where nobody inserts
        shared = await of_inserts(lanes)
        few = await asyncio.gather(*(asked(lanes, PID, quick=True, inserts=True) for _ in range(32)))
        assert {value(one) for one in few} == {shared}
        many = await asyncio.gather(*(asked(lanes, PID, quick=True, inserts=True) for _ in range(50)))
        assert {value(one) for one in many} > {shared}
        assert value(await asked(lanes, PID, quick=True)) != shared

    on_lanes(database, work)


def test_a_connection_of_inserts_that_is_gone_is_opened_again(database: Database) -> None:
    async def work(lanes: Lanes) -> None:
        gone = await of_inserts(lanes)
        with database.connect(autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(%s, 10000)", (int(gone or 0),))
        while lanes._inserts is not None:  # noqa: ASYNC110 - the lanes tell nobody
            await asyncio.sleep(0.01)
        assert value(await asked(lanes, PID, quick=True, inserts=True)) != gone
        assert await of_inserts(lanes) != gone

    on_lanes(database, work)


def test_a_server_that_has_no_more_connections_is_not_asked_with_every_insert(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for: list[object] = []
    original = Lanes._own_shared

    async def counted(lanes: Lanes, *settings: Any) -> Any:
        asked_for.append(settings)
        return await original(lanes, *settings)

    async def work(lanes: Lanes) -> None:
        await asked(lanes, PID, quick=False)
        with database.connect(SUPERUSER, autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{database.name}" CONNECTION LIMIT 1')
            del asked_for[:]
            for _ in range(30):
                assert value(await asked(lanes, PID, quick=True, inserts=True))
                await asyncio.sleep(0.005)
            assert len(asked_for) == 1
            connection.execute(f'ALTER DATABASE "{database.name}" CONNECTION LIMIT -1')
        lanes._refused_until = 0.0
        await of_inserts(lanes)

    monkeypatch.setattr(Lanes, "_own_shared", counted)
    monkeypatch.setattr(lanes_module, "_REFUSED_FOR", 3600.0)
    on_lanes(database, work)


def test_nor_with_every_request_that_waits(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[Lanes] = []
    original = Lanes.own

    async def counted(lanes: Lanes) -> Any:
        asked_for.append(lanes)
        return await original(lanes)

    async def work(lanes: Lanes) -> None:
        await asked(lanes, PID, quick=False)
        with database.connect(SUPERUSER, autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{database.name}" CONNECTION LIMIT 1')
            del asked_for[:]
            async with lanes.alone():
                waiting = []
                for _ in range(20):
                    waiting.append(asked(lanes, PID, quick=False))
                    while lanes._opening:  # noqa: ASYNC110 - the lanes tell nobody
                        await asyncio.sleep(0.005)
                assert len(asked_for) == 1
                connection.execute(f'ALTER DATABASE "{database.name}" CONNECTION LIMIT -1')
                lanes._refused_until = 0.0
                lanes.sweep(asyncio.get_running_loop().time())
                for outcome in await asyncio.wait_for(asyncio.gather(*waiting), 10):
                    assert value(outcome)

    monkeypatch.setattr(Lanes, "own", counted)
    monkeypatch.setattr(lanes_module, "_REFUSED_FOR", 3600.0)
    on_lanes(database, work)


@pytest.mark.parametrize("writes", [False, True])
def test_what_raises_by_the_code_of_a_lock_runs_once(database: Database, writes: bool) -> None:  # noqa: FBT001
    with database.connect(autocommit=True) as connection:
        connection.execute(
            "CREATE SEQUENCE public.runs; GRANT ALL ON public.runs TO authenticator;"
            "CREATE FUNCTION public.busy() RETURNS int LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM nextval('public.runs'); RAISE lock_not_available; END $$"
        )

    async def work(lanes: Lanes) -> None:
        await of_inserts(lanes)
        outcome = await asked(lanes, Step(None, b"SELECT public.busy()"), quick=True, inserts=writes)
        assert outcome.error is not None
        assert value(await asked(lanes, Step(None, b"SELECT last_value FROM public.runs"), quick=True)) == b"1"

    on_lanes(database, work)


@pytest.mark.parametrize("writes", [False, True])
def test_what_found_a_lock_taken_goes_alone_for_a_while(database: Database, writes: bool) -> None:  # noqa: FBT001
    with database.connect(autocommit=True) as connection:
        connection.execute("CREATE TABLE public.t (x int); GRANT ALL ON public.t TO authenticator")
    step = Step("t", b"INSERT INTO public.t VALUES (1)" if writes else b"SELECT count(*) FROM public.t")

    async def work(lanes: Lanes) -> None:
        await of_inserts(lanes)
        loop = asyncio.get_running_loop()

        def shares() -> bool:
            return lanes.run([step], outcomes.append, quick=True, inserts=writes)

        outcomes: list[Outcome] = []
        with database.connect() as holding:
            holding.execute("LOCK TABLE public.t")
            assert shares()
            while not lanes._locked:  # noqa: ASYNC110 - the lanes tell nobody
                await asyncio.sleep(0.01)
            assert not shares()
            assert value(await asked(lanes, PID, quick=True, inserts=writes))
        lanes.sweep(loop.time() + 2)
        assert shares()
        while len(outcomes) < 3:  # noqa: ASYNC110 - the lanes tell nobody
            await asyncio.sleep(0.01)
        assert [outcome.error for outcome in outcomes] == [None] * 3

    on_lanes(database, work)


@pytest.mark.parametrize("writes", [False, True])
def test_who_finds_a_lock_taken_holds_nobody_up(database: Database, writes: bool) -> None:  # noqa: FBT001
    with database.connect(autocommit=True) as connection:
        connection.execute("CREATE TABLE public.t (x int); GRANT ALL ON public.t TO authenticator")
        connection.execute("CREATE TABLE public.u (x int); GRANT ALL ON public.u TO authenticator")
    if writes:
        of = {name: Step(None, f"INSERT INTO public.{name} VALUES (1) RETURNING x".encode()) for name in "tu"}
    else:
        of = {name: Step(None, f"SELECT count(*) FROM public.{name}".encode()) for name in "tu"}

    async def work(lanes: Lanes) -> None:
        await of_inserts(lanes)
        with database.connect() as holding:
            holding.execute("LOCK TABLE public.t")
            blocked = [asked(lanes, of["t"], quick=True, inserts=writes) for _ in range(3)]
            behind = [asked(lanes, of["u"], quick=True, inserts=writes) for _ in range(3)]
            for outcome in await asyncio.wait_for(asyncio.gather(*behind), 10):
                assert outcome.error is None
            assert not any(one.done() for one in blocked)
        for outcome in await asyncio.wait_for(asyncio.gather(*blocked), 10):
            assert outcome.error is None
        assert value(await asked(lanes, Step(None, b"SELECT count(*) FROM public.t"), quick=True)) == (
            b"3" if writes else b"0"
        )

    on_lanes(database, work)
