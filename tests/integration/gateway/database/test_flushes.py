"""Inserts that share a connection are answered only once the log is flushed beyond them, whatever a new trigger says."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest

from haulback.gateway.database.group_commit import GroupCommit
from haulback.gateway.database.lane import Lane
from haulback.gateway.database.segment import Outcome, Step

if TYPE_CHECKING:
    from conftest import Database

ROUNDS = 20
SCHEMA = """
CREATE TABLE public.t (x int);
CREATE TABLE public.quiet (x int);
CREATE TABLE public.quiet_for_long (x int);
CREATE FUNCTION public.be_quiet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', TG_ARGV[0]::bool);
    RETURN NEW;
END $$;
CREATE TRIGGER t BEFORE INSERT ON public.quiet FOR EACH ROW EXECUTE FUNCTION public.be_quiet(true);
CREATE TRIGGER t BEFORE INSERT ON public.quiet_for_long FOR EACH ROW EXECUTE FUNCTION public.be_quiet(false);
GRANT ALL ON ALL TABLES IN SCHEMA public TO authenticator;
"""


class Flushes:
    """Inserts that were answered, and whether the log was flushed as far as each of them just then."""

    def __init__(self, look: psycopg.Connection) -> None:
        self._look = look
        self.answered = 0
        self.too_early: list[str] = []
        self.warnings: list[str | None] = []

    def insert(self, group: GroupCommit, table: str) -> asyncio.Future[Outcome]:
        got: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        sql = f"INSERT INTO public.{table} VALUES (1) RETURNING pg_current_wal_insert_lsn()"

        def done(outcome: Outcome) -> None:
            self.answered += 1
            if outcome.error is None and outcome.results[-1].ntuples:
                self._check((outcome.results[-1].get_value(0, 0) or b"").decode())
            got.set_result(outcome)

        group.run([Step(None, b"SELECT 1"), Step(None, sql.encode())], done)
        return got

    def _check(self, written: str) -> None:
        asked = "SELECT pg_current_wal_flush_lsn() >= %(it)s::pg_lsn, pg_current_wal_flush_lsn()"
        ((flushed, position),) = self._look.execute(asked, {"it": written}).fetchall()
        if not flushed:
            self.too_early.append(f"{written} at {position}")


@pytest.mark.parametrize("last", ["t", "quiet", "quiet_for_long"])
def test_nobody_is_answered_before_the_log_is_flushed(database: Database, last: str) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)

    async def main(look: psycopg.Connection) -> Flushes:
        flushes, loop = Flushes(look), asyncio.get_running_loop()
        connection = await psycopg.AsyncConnection.connect(database.conninfo("authenticator"), autocommit=True)
        await connection.execute("SET synchronous_commit = off")
        connection.add_notice_handler(lambda notice: flushes.warnings.append(notice.message_primary))
        lane = Lane(connection, loop, lambda _lane: None)
        group = GroupCommit(lane, loop, lambda _steps, _done: None)
        for _ in range(ROUNDS):
            piece = [flushes.insert(group, table) for table in ("t", "t", last)]
            outcomes = await asyncio.wait_for(asyncio.gather(*piece), 30)
            assert [(outcome.error, len(outcome.results)) for outcome in outcomes] == [(None, 2)] * 3
        await lane.close()
        return flushes

    with closing(psycopg.connect(database.conninfo(), autocommit=True)) as look:
        flushes = asyncio.run(main(look))
    assert flushes.answered == 3 * ROUNDS
    assert flushes.too_early == []
    assert flushes.warnings == []  # each would be in the server's log too
