"""Requests of several users on one connection: each sees its own, and a failure stays where it happened."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import pq

from haulback.gateway.database import pipelining
from haulback.gateway.database.lane import Lane
from haulback.gateway.database.segment import Outcome, Step

if TYPE_CHECKING:
    from conftest import Database  # the name of many files: only for what is written down, never looked up

BEGIN = b"SELECT set_config('role', $1, true) IS NULL, set_config('request.jwt.claims', $2, true) IS NULL"
READ = b"SELECT string_agg(body, ',' ORDER BY body) FROM public.notes"
SCHEMA = """
CREATE TABLE public.notes (owner text NOT NULL, body text PRIMARY KEY, place int UNIQUE DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
GRANT ALL ON public.notes TO authenticated, anon;
CREATE POLICY own ON public.notes
    USING (owner = current_setting('request.jwt.claims', true)::json ->> 'sub')
    WITH CHECK (owner = current_setting('request.jwt.claims', true)::json ->> 'sub');
INSERT INTO public.notes VALUES ('ada', 'a1', 1), ('ada', 'a2', 2), ('bob', 'b1', 3);
"""


@pytest.fixture(autouse=True, params=["in one piece", "each by itself"])
def sending(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How what is sent in one turn of the loop leaves: as with a libpq of now, and as with one before 17."""
    if request.param == "each by itself":
        monkeypatch.setattr(pipelining, "_SEND", None)
    return request.param


@pytest.fixture
def notes(database: Database) -> Database:
    with database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
    return database


def on_lane(
    database: Database, work: Callable[[Lane], Coroutine[Any, Any, None]], login: str = "authenticator"
) -> None:
    async def main() -> None:
        connection = await psycopg.AsyncConnection.connect(database.conninfo(login), autocommit=True)
        lane = Lane(connection, asyncio.get_running_loop(), lambda _lane: None)
        try:
            await work(lane)
        finally:
            await lane.close()

    asyncio.run(main())


def asked(lane: Lane, steps: list[Step]) -> asyncio.Future[Outcome]:
    got: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    lane.run(steps, got.set_result)
    return got


def as_user(name: str | None, sql: bytes = READ, values: tuple[bytes, ...] = ()) -> list[Step]:
    role = "authenticated" if name else "anon"
    claims = json.dumps({"role": role, "sub": name}).encode()
    return [Step("begin", BEGIN, (role.encode(), claims)), Step((sql, role), sql, values)]


def state(outcome: Outcome) -> str | None:
    field = outcome.error.error_field(pq.DiagnosticField.SQLSTATE) if outcome.error else None
    return field.decode() if field else None


def value(outcome: Outcome) -> bytes | None:
    assert outcome.error is None, outcome.error.error_message
    return outcome.results[-1].get_value(0, 0)


def test_what_is_sent_in_one_turn_leaves_at_its_end(notes: Database, sending: str) -> None:
    assert pipelining.WAITS_FOR_FLUSH or sending == "each by itself"

    async def work(lane: Lane) -> None:
        requests = [asked(lane, [Step(None, b"SELECT 7 AS late")]) for _ in range(3)]
        with notes.connect(autocommit=True) as connection:
            seen = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND query ~ 'late'"
            late = 0 if sending == "in one piece" else 1
            while connection.execute(seen, (lane._pg.backend_pid,)).fetchone() != (late,):
                time.sleep(0.01)  # noqa: ASYNC251 - the lane must not have its turn
        assert [value(one) for one in await asyncio.gather(*requests)] == [b"7"] * 3

    on_lane(notes, work)


def test_each_request_of_a_pipeline_sees_the_rows_of_its_own_user(notes: Database) -> None:
    async def work(lane: Lane) -> None:
        users = ["ada", "bob", None, "eve"] * 50
        outcomes = await asyncio.gather(*(asked(lane, as_user(user)) for user in users))
        seen = {
            user: {value(outcome) for one, outcome in zip(users, outcomes, strict=True) if one == user}
            for user in users
        }
        assert seen == {"ada": {b"a1,a2"}, "bob": {b"b1"}, None: {None}, "eve": {None}}

    on_lane(notes, work)


def test_a_failure_ends_its_own_request_only(notes: Database) -> None:
    async def work(lane: Lane) -> None:
        before = asked(lane, as_user("ada"))
        failing = asked(lane, as_user("bob", b"SELECT 1 / $1::int", (b"0",)))
        refused = asked(lane, [Step("begin", BEGIN, (b"postgres", b"{}")), Step("x", READ)])
        after = asked(lane, as_user("bob"))
        assert [value(await before), state(await failing), state(await refused), value(await after)] == [
            b"a1,a2",
            "22012",
            "42501",
            b"b1",
        ]

    on_lane(notes, work)


def test_a_deferred_constraint_fails_the_request_that_broke_it(notes: Database) -> None:
    async def work(lane: Lane) -> None:
        write = b"INSERT INTO public.notes VALUES ('ada', 'a3', 1)"
        broken = asked(lane, as_user("ada", write))
        after = asked(lane, as_user("ada"))
        assert (state(await broken), value(await after)) == ("23505", b"a1,a2")

    on_lane(notes, work)


def test_nothing_of_a_request_is_left_on_the_connection(notes: Database) -> None:
    look = b"SELECT current_user || coalesce(nullif(current_setting('request.jwt.claims', true), ''), '-')"

    async def work(lane: Lane) -> None:
        await asked(lane, as_user("ada"))
        await asked(lane, as_user("bob", b"SELECT 1 / $1::int", (b"0",)))
        assert value(await asked(lane, [Step(None, look)])) == b"authenticator-"

    on_lane(notes, work)


def test_a_read_only_segment_writes_nothing(notes: Database) -> None:
    only = Step("ro", b"SELECT set_config('transaction_read_only', 'on', true) IS NULL")

    async def work(lane: Lane) -> None:
        write = b"INSERT INTO public.notes VALUES ('ada', 'a4', 9)"
        reading = asked(lane, [only, *as_user("ada", write)])
        writing = asked(lane, as_user("ada", write))
        assert state(await reading) == "25006"
        assert (await writing).error is None

    on_lane(notes, work)


def test_a_statement_that_could_not_be_prepared_is_prepared_by_the_next(notes: Database) -> None:
    async def work(lane: Lane) -> None:
        # The first is refused before its statement is prepared; the second was sent in the belief that it had been.
        first = asked(lane, [Step("begin", BEGIN, (b"postgres", b"{}")), Step((READ, "authenticated"), READ)])
        second = asked(lane, as_user("ada"))
        assert (state(await first), value(await second)) == ("42501", b"a1,a2")

    on_lane(notes, work)


def test_a_change_of_the_table_does_not_show(notes: Database) -> None:
    everything = b"SELECT * FROM public.notes ORDER BY body LIMIT 1"

    async def work(lane: Lane) -> None:
        assert value(await asked(lane, as_user("ada", everything))) == b"ada"
        with notes.connect(autocommit=True) as connection:
            connection.execute("ALTER TABLE public.notes ADD COLUMN more int")
        outcome = await asked(lane, as_user("ada", everything))
        assert value(outcome) == b"ada"
        assert outcome.results[-1].nfields == 4

    on_lane(notes, work)


def test_those_under_way_hear_that_the_connection_is_gone(notes: Database) -> None:
    async def work(lane: Lane) -> None:
        (mine,) = (await asked(lane, [Step(None, b"SELECT pg_backend_pid()")])).results
        sleeping = asked(lane, [Step(None, b"SELECT pg_sleep(60)")])
        behind = asked(lane, as_user("ada"))
        with psycopg.connect(notes.server.conninfo("supabase_admin", notes.name), autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", (int(mine.get_value(0, 0) or 0),))
        assert (await sleeping).error is not None or (await sleeping).lost is not None
        assert (await behind).lost is not None
        assert not lane.alive

    on_lane(notes, work)


def test_more_statements_than_are_kept(notes: Database) -> None:
    async def work(lane: Lane) -> None:
        texts = [f"SELECT {number}".encode() for number in range(600)]
        for _ in range(2):
            outcomes = await asyncio.gather(*(asked(lane, as_user("ada", text)) for text in texts))
            assert [int(value(outcome) or 0) for outcome in outcomes] == list(range(600))
        kept = await asked(lane, [Step(None, b"SELECT count(*) FROM pg_prepared_statements")])
        assert int(value(kept) or 0) <= 512

    on_lane(notes, work)


def test_requests_that_fail_leave_no_more_statements_either(notes: Database) -> None:
    wrong = Step("wrong", b"SELECT set_config('timezone', $1, true)", (b"Nowhere",))

    async def work(lane: Lane) -> None:
        for number in range(600):
            statement = [Step(("plan", number, it), b"SELECT %d" % number) for it in ("good", "never reached")]
            good, failed = await asyncio.gather(asked(lane, statement[:1]), asked(lane, [wrong, *statement[1:]]))
            assert (state(good), state(failed)) == (None, "22023")
        counted = await asked(lane, [Step(None, b"SELECT count(*) FROM pg_prepared_statements")])
        assert int(counted.results[-1].get_value(0, 0) or 0) <= 513

    on_lane(notes, work)


def test_forgotten_statements_are_prepared_again(notes: Database) -> None:
    async def work(lane: Lane) -> None:
        await asked(lane, as_user("ada"))
        lane.forget()
        assert value(await asked(lane, as_user("ada"))) == b"a1,a2"

    on_lane(notes, work)
