"""What goes wrong around the feed: servers that stop, slots and publications that go, schemas that change."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from changes_feed import ANN, BEN, Listener, binding, followed, identity, parameters, played, until

from haulback.gateway.realtime.changes.feed import GONE, MISSED, POLLED, SUBSCRIBED
from haulback.gateway.realtime.changes.stream import Slot
from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER, Cluster, Running

if TYPE_CHECKING:
    from conftest import Database

SCHEMA = """
CREATE TABLE public.notes (id bigint PRIMARY KEY, owner uuid, body text);
ALTER PUBLICATION supabase_realtime ADD TABLE public.notes;
"""
SERVICE = identity("service_role")
WELL, LOST = ("ok", SUBSCRIBED), ("error", GONE)


@pytest.fixture
def ground(any_database: Database) -> Database:
    with any_database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
    return any_database


def end_the_stream(writer: psycopg.Connection, database: Database) -> None:
    with database.connect(SUPERUSER, autocommit=True) as superuser:
        superuser.execute(
            "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE database = %s AND active",
            [database.name],
        )


def insert(writer: psycopg.Connection, number: int, owner: str | None = None) -> None:
    writer.execute("INSERT INTO public.notes VALUES (%s, %s, '')", [number, owner])


def test_after_a_lost_stream_subscriptions_come_back_and_are_told_what_may_be_missing(ground: Database) -> None:
    async def play() -> None:
        with ground.connect(autocommit=True) as writer:
            async with followed(ground) as live:
                member = await live.joined(SERVICE)
                refused = Listener(SERVICE, (binding(table="none"),))
                live.feed.join(refused)
                await until(lambda: refused.said)
                end_the_stream(writer, ground)
                await until(lambda: len(member.said) == 4)
                assert member.said == [WELL, LOST, ("error", MISSED), WELL]
                assert ("error", MISSED) not in refused.said
                insert(writer, 1)
                await until(lambda: member.got)

    played(play())


def test_connections_that_ask_are_made_anew_and_nothing_is_missed(ground: Database) -> None:
    async def play() -> None:
        with ground.connect(autocommit=True) as writer, ground.connect(SUPERUSER, autocommit=True) as superuser:
            writer.execute("ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY")
            writer.execute("CREATE POLICY own ON public.notes USING (owner = auth.uid())")
            async with followed(ground) as live:
                member = await live.joined(identity(user=ANN))
                for number in range(3):
                    superuser.execute(
                        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s"
                        " AND application_name IN ('haulback serve: catalogs', 'haulback serve: row security')",
                        [ground.name],
                    )
                    insert(writer, number, ANN)
                    await until(lambda: len(member.got) > number)  # noqa: B023 - looked at here
                await live.joined(identity(user=BEN))
                assert member.said == [WELL]

    played(play())


def test_an_end_that_the_loop_keeps_to_itself_is_found(ground: Database) -> None:
    async def play() -> None:
        with ground.connect(autocommit=True) as writer, ground.connect(SUPERUSER, autocommit=True) as superuser:
            async with followed(ground) as live:
                member = await live.joined(SERVICE)
                session: Any = live.feed._session  # a loop that is deaf to a socket cannot be had from outside
                loop = asyncio.get_running_loop()
                for number in (session._segments[0]._lane._socket, session._stream._pg.socket):
                    loop.remove_reader(number)
                superuser.execute(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s"
                    " AND application_name IN ('haulback serve: changes', 'haulback serve: row security')",
                    [ground.name],
                )

                def subscribed_again() -> bool:
                    live.feed.sweep()
                    return member.said[1:] == [LOST, ("error", MISSED), WELL]

                await until(subscribed_again)
                insert(writer, 1)
                await until(lambda: member.got)

    played(play())


def test_a_slot_that_stays_misses_nothing(ground: Database) -> None:
    prefix = f"stays_{ground.name}"

    async def play() -> None:
        with ground.connect(autocommit=True) as writer:
            async with followed(ground, slot=Slot(prefix)) as live:
                member = await live.joined(SERVICE)
                insert(writer, 1)
                await until(lambda: member.got)
                end_the_stream(writer, ground)
                for number in range(2, 6):
                    insert(writer, number)
                await until(lambda: member.records and member.records[-1]["id"] == 5)
                # Each at least once, in order.
                assert list(dict.fromkeys(record["id"] for record in member.records)) == [1, 2, 3, 4, 5]
                await until(lambda: len(member.said) == 3)
                assert member.said == [WELL, LOST, WELL]
            async with followed(ground, slot=Slot(prefix)) as live:
                insert(writer, 6)
                later = await live.joined(SERVICE)
                insert(writer, 7)
                await until(lambda: later.records and later.records[-1]["id"] == 7)

    try:
        played(play())
        assert slots(ground) == [(f"{prefix}_0", False)]
    finally:
        drop_slots(ground)


def test_each_of_several_workers_takes_a_lasting_slot_of_its_own(ground: Database) -> None:
    prefix = f"shared_{ground.name}"

    async def play() -> None:
        with ground.connect(autocommit=True) as writer:
            async with followed(ground, slot=Slot(prefix)) as one, followed(ground, slot=Slot(prefix)) as two:
                members = [await one.joined(SERVICE), await two.joined(SERVICE)]
                assert slots(ground) == [(f"{prefix}_0", True), (f"{prefix}_1", True)]
                insert(writer, 1)
                await until(lambda: all(member.got for member in members))

    try:
        played(play())
    finally:
        drop_slots(ground)


def test_a_lasting_slot_that_holds_back_too_much_is_given_up(ground: Database) -> None:
    prefix = f"bound_{ground.name}"

    async def play() -> None:
        with ground.connect(autocommit=True) as writer:
            async with followed(ground, slot=Slot(prefix)) as live:
                await live.joined(SERVICE)
            writer.execute(
                "CREATE TABLE public.filler AS SELECT repeat(md5(i::text), 100) t FROM generate_series(1, 500) i"
            )
            with ground.connect(SUPERUSER, autocommit=True) as superuser:
                superuser.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", [f"{prefix}_7"])
            async with followed(ground, slot=Slot(prefix, bound=100_000)) as live:
                await live.joined(SERVICE)
                assert slots(ground) == [(f"{prefix}_0", True), (f"{prefix}_7", False)]
                position = writer.execute(
                    "SELECT confirmed_flush_lsn::text FROM pg_replication_slots WHERE slot_name = %s", [f"{prefix}_0"]
                ).fetchone()
                kept = writer.execute(
                    "SELECT confirmed_flush_lsn::text FROM pg_replication_slots WHERE slot_name = %s", [f"{prefix}_7"]
                ).fetchone()
                assert position is not None
                assert kept is not None
                assert position >= kept  # made anew, later than the other

    try:
        played(play())
    finally:
        drop_slots(ground)


def slots(database: Database) -> list[tuple[str, bool]]:
    with database.connect(autocommit=True) as connection:
        return connection.execute(
            "SELECT slot_name::text, active FROM pg_replication_slots WHERE database = %s ORDER BY 1", [database.name]
        ).fetchall()


def drop_slots(database: Database) -> None:
    end = time.monotonic() + 30
    while any(active for _, active in slots(database)) and time.monotonic() < end:
        time.sleep(0.02)
    with database.connect(SUPERUSER, autocommit=True) as superuser:
        superuser.execute(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = %s", [database.name]
        )


def test_tables_come_and_go_with_the_publication(ground: Database) -> None:
    async def play() -> None:
        with ground.connect(autocommit=True) as writer:
            async with followed(ground) as live:
                everything = await live.joined(SERVICE, binding(table=None))
                waiting = Listener(SERVICE, (binding(table="later"),))
                live.feed.join(waiting)
                await until(lambda: waiting.said)
                assert "Please check Realtime is enabled" in waiting.said[0][1]
                writer.execute("CREATE TABLE public.later (id int PRIMARY KEY)")
                writer.execute("ALTER PUBLICATION supabase_realtime ADD TABLE public.later")
                live.feed.look_again()
                await until(lambda: len(waiting.said) == 2)
                assert waiting.said[1] == WELL
                writer.execute("INSERT INTO public.later VALUES (1)")
                await until(lambda: waiting.got and everything.got)
                writer.execute("DROP TABLE public.later")
                live.feed.look_again()
                await until(lambda: len(waiting.said) == 3)
                assert waiting.said[2] == waiting.said[0]
                insert(writer, 1)
                await until(lambda: len(everything.got) == 2)
                assert everything.said == [WELL]

    played(play())


def test_without_a_publication_it_is_said_and_waited_for(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(SUPERUSER, autocommit=True) as writer:
            writer.execute("DROP PUBLICATION supabase_realtime")
            writer.execute("DROP PUBLICATION IF EXISTS supabase_realtime_messages_publication")
            async with followed(any_database) as live:
                member = Listener(SERVICE, (binding(),))
                live.feed.join(member)
                await until(lambda: member.said)
                assert member.said == [
                    ("error", "Changes cannot be followed: the publication supabase_realtime is missing")
                ]
                later = Listener(SERVICE, (binding(),))
                await until(lambda: live.log)
                live.feed.join(later)
                assert later.said == member.said
                writer.execute("CREATE TABLE public.notes (id int PRIMARY KEY)")
                writer.execute("CREATE PUBLICATION supabase_realtime FOR TABLE public.notes")
                await until(lambda: member.said[-1] == WELL and later.said[-1] == WELL)

    played(play())


def test_what_the_login_lacks_is_said(ground: Database) -> None:
    missing = "Changes cannot be followed: the login for them has not the attribute REPLICATION"

    async def play() -> None:
        async with followed(ground, "authenticator") as live:
            assert await live.refused(SERVICE, binding()) == missing
            assert live.log == [f"changes: {missing}"]

    played(play())


def test_what_the_server_lacks_is_said(tmp_path: Path, database: Database) -> None:
    cluster = Cluster(tmp_path, "shadow", binaries.embedded(), durable=False)
    running = cluster.start()

    async def play() -> None:
        async with followed(replace(database, server=running, name=running.database)) as live:
            assert await live.refused(SERVICE, binding()) == (
                "Changes cannot be followed: wal_level is minimal, and has to be logical"
            )

    try:
        played(play())
    finally:
        cluster.destroy()


def test_a_column_that_changes_is_told_as_it_is_from_then_on(ground: Database) -> None:
    async def play() -> None:
        with ground.connect(autocommit=True) as writer:
            async with followed(ground) as live:
                whole = await live.joined(SERVICE)
                some = await live.joined(SERVICE, binding(filter="body=eq.7"))
                insert(writer, 1)
                await until(lambda: whole.got)
                writer.execute(
                    "ALTER TABLE public.notes ALTER body TYPE int USING NULL, DROP owner, ADD extra text DEFAULT 'x'"
                )
                writer.execute("INSERT INTO public.notes (id, body) VALUES (2, 7)")
                await until(lambda: len(whole.got) == 2 and some.got)
                assert whole.records[1] == {"id": 2, "body": 7, "extra": "x"}
                assert whole.changes[1]["columns"] == [
                    {"name": "id", "type": "int8"},
                    {"name": "body", "type": "int4"},
                    {"name": "extra", "type": "text"},
                ]
                writer.execute("ALTER TABLE public.notes DROP body")
                writer.execute("INSERT INTO public.notes (id) VALUES (3)")
                await until(lambda: len(whole.got) == 3)
                assert "invalid column for filter body" in some.said[-1][1]
                assert len(some.got) == 1

    played(play())


def test_what_is_revoked_or_secured_holds_from_the_next_change_on(ground: Database) -> None:
    async def play() -> None:
        with ground.connect(autocommit=True) as writer:
            async with followed(ground) as live:
                anyone = await live.joined(identity("anon"))
                service = await live.joined(SERVICE)
                insert(writer, 1, ANN)
                await until(lambda: len(anyone.got) == 1)
                writer.execute(
                    "REVOKE SELECT ON public.notes FROM anon; GRANT SELECT (id, body) ON public.notes TO anon"
                )
                insert(writer, 2, ANN)
                await until(lambda: len(anyone.got) == 2)
                assert anyone.records[1] == {"id": 2, "body": ""}
                writer.execute("REVOKE SELECT (id) ON public.notes FROM anon")
                insert(writer, 3, ANN)
                await until(lambda: len(anyone.got) == 3)
                assert anyone.changes[2]["errors"] == ["Error 401: Unauthorized"]
                writer.execute(
                    "GRANT SELECT ON public.notes TO anon; ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY"
                )
                ben = await live.joined(identity(user=BEN))
                insert(writer, 4, ANN)
                writer.execute("CREATE POLICY own ON public.notes USING (owner = auth.uid())")
                insert(writer, 5, BEN)
                await until(lambda: ben.got)
                writer.execute("ALTER POLICY own ON public.notes USING (false)")
                insert(writer, 6, BEN)
                await until(lambda: len(service.got) == 6)  # decided by what holds when it is told
                writer.execute("ALTER TABLE public.notes DISABLE ROW LEVEL SECURITY")
                insert(writer, 7, BEN)
                await until(lambda: len(ben.got) == 2)
                assert [record["id"] for record in ben.records] == [5, 7]
                assert [change["record"].get("id") for change in anyone.changes] == [1, 2, None, 7]

    played(play())


def test_a_filter_on_what_may_be_read_no_more_tells_nothing(ground: Database) -> None:
    async def play() -> None:
        with ground.connect(autocommit=True) as writer:
            async with followed(ground) as live:
                curious = await live.joined(identity("anon"), binding(filter=f"owner=eq.{ANN}"))
                anyone = await live.joined(identity("anon"))
                insert(writer, 1, ANN)
                await until(lambda: anyone.got and curious.got)
                writer.execute("REVOKE SELECT ON public.notes FROM anon; GRANT SELECT (id) ON public.notes TO anon")
                insert(writer, 2, ANN)
                insert(writer, 3, BEN)
                await until(lambda: len(anyone.got) == 3)
                assert curious.records == [anyone.records[0]]
                assert curious.said[1:] == [("error", "The filter on owner cannot be evaluated (42501)")]

    played(play())


def test_nothing_comes_after_a_token_ended(ground: Database) -> None:
    async def play() -> None:
        with ground.connect(autocommit=True) as writer:
            async with followed(ground) as live:
                witness = await live.joined(SERVICE)
                short = await live.joined(identity("service_role", expires=time.time() + 2))
                insert(writer, 1)
                await until(lambda: short.got)
                await until(lambda: time.time() > short.identity.expires)
                insert(writer, 2)
                await until(lambda: len(witness.got) == 2)
                assert len(short.got) == 1
                short.identity = identity("service_role", expires=time.time() + 60)
                live.feed.renew(short)
                await until(lambda: len(short.said) == 2)
                insert(writer, 3)
                await until(lambda: len(short.got) == 2)
                assert short.records[1]["id"] == 3

    played(play())


def test_another_identity_sees_what_it_may_see(ground: Database) -> None:
    async def play() -> None:
        with ground.connect(autocommit=True) as writer:
            writer.execute("ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY")
            writer.execute("CREATE POLICY own ON public.notes USING (owner = auth.uid())")
            async with followed(ground) as live:
                member = await live.joined(identity(user=ANN))
                member.identity = identity(user=BEN)
                live.feed.renew(member)
                await until(lambda: len(member.said) == 2)
                insert(writer, 1, ANN)
                insert(writer, 2, BEN)
                await until(lambda: member.got)
                assert [record["id"] for record in member.records] == [2]

    played(play())


def test_nobody_left_closes_the_stream_in_the_end(ground: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haulback.gateway.realtime.changes.feed._LINGER", 0.2)

    async def play() -> None:
        async with followed(ground) as live:
            member = await live.joined(SERVICE)
            live.feed.leave(member)
            await until(lambda: not slots(ground))
            await live.joined(SERVICE)

    played(play())


@pytest.fixture(params=["embedded", "15"])
def alone(request: pytest.FixtureRequest, tmp_path: Path, database: Database) -> Iterator[tuple[Cluster, Database]]:
    """A server of a test's own, that it may stop."""
    found = binaries.embedded() if request.param == "embedded" else binaries.for_major(15)
    if found is None:
        pytest.skip("PostgreSQL 15 is not installed")
    cluster = Cluster(tmp_path, "alone", found)
    running = cluster.start()
    try:
        of_its_own = replace(database, server=running, name=running.database)
        with of_its_own.connect(autocommit=True) as connection:
            connection.execute(SCHEMA)
        yield cluster, of_its_own
    finally:
        cluster.destroy()


def test_when_postgresql_is_restarted_subscriptions_come_back(alone: tuple[Cluster, Database]) -> None:
    cluster, database = alone

    async def play() -> None:
        async with followed(database) as live, followed(database, slot=Slot("lasting")) as lasting:
            member, other = await live.joined(SERVICE), await lasting.joined(SERVICE)
            for round_ in range(2):
                await asyncio.to_thread(cluster.stop, "fast" if round_ else "immediate")
                await until(lambda: all(one.said[-1] == LOST for one in (member, other)))
                again: Running = await asyncio.to_thread(cluster.start)
                with psycopg.connect(again.conninfo(), autocommit=True) as writer:
                    insert(writer, 10 * round_)
                    await until(lambda: all(one.said[-1] == WELL for one in (member, other)))
                    insert(writer, 10 * round_ + 1)
                last = 10 * round_ + 1
                await until(lambda: all(one.records and one.records[-1]["id"] == last for one in (member, other)))  # noqa: B023
            assert list(dict.fromkeys(record["id"] for record in other.records)) == [0, 1, 10, 11]
            assert member.said == [WELL, *2 * [LOST, ("error", MISSED), WELL]]
            assert other.said == [WELL, *2 * [LOST, WELL]]

    played(play())


def test_a_change_is_told_when_others_see_it_and_not_before(alone: tuple[Cluster, Database]) -> None:
    """A commit that waits for a standby is in the log long before anybody sees what it did."""
    _, database = alone

    async def play() -> None:
        with database.connect(SUPERUSER, autocommit=True) as superuser:
            superuser.execute("ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY")
            superuser.execute("CREATE POLICY own ON public.notes USING (owner = auth.uid())")
            async with followed(database) as live:
                member = await live.joined(identity(user=ANN))
                superuser.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
                superuser.execute("SELECT pg_reload_conf()")
                await until(lambda: superuser.execute("SHOW synchronous_standby_names").fetchone() == ("nobody",))
                writer = await psycopg.AsyncConnection.connect(database.conninfo(), autocommit=True)
                writing: asyncio.Task[Any] = asyncio.create_task(
                    writer.execute("INSERT INTO public.notes VALUES (1, %s, 'late')", [ANN])
                )
                waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                await until(lambda: superuser.execute(waits).fetchone())
                await asyncio.sleep(0.3)  # in which the log is read, and the question asked again and again
                assert member.got == []
                superuser.execute("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
                await writing
                await until(lambda: member.got)
                assert member.records[0]["body"] == "late"
                await writer.close()

    played(play())


def test_where_no_stream_can_be_had_the_log_is_polled(alone: tuple[Cluster, Database]) -> None:
    cluster, database = alone
    with database.connect(SUPERUSER, autocommit=True) as superuser:
        superuser.execute("ALTER SYSTEM SET max_wal_senders = 0")
    cluster.stop()
    cluster.start()

    async def play() -> None:
        with database.connect(autocommit=True) as writer:
            async with followed(database) as live:
                member = Listener(SERVICE, (binding(),))
                live.feed.join(member)
                await until(lambda: len(member.said) == 2)
                assert member.said == [WELL, ("ok", POLLED)]
                assert "the log cannot be streamed" in live.log[0]
                for number in range(50):
                    insert(writer, number)
                writer.execute("UPDATE public.notes SET body = 'all'")
                await until(lambda: len(member.got) == 100)
                assert [record["id"] for record in member.records] == [*range(50), *range(50)]
                insert(writer, 50)
                await until(lambda: len(member.got) == 101)
                assert len(slots(database)) == 1
            await until(lambda: not slots(database))

    played(play())


def test_no_password_is_in_what_is_logged_or_told(ground: Database) -> None:
    following = parameters(ground, "postgres")

    async def play() -> None:
        async with followed(ground) as live:
            assert "password" not in repr(live.feed._following)
            assert following["host"] not in repr(live.feed._following)

    played(play())
