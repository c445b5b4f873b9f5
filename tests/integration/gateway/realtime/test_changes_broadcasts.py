"""Broadcasts that the database sends are handed on, and read back."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

import psycopg
import pytest
from changes_feed import binding, followed, identity, played, until

if TYPE_CHECKING:
    from conftest import Database


async def writing(database: Database) -> psycopg.AsyncConnection:
    return await psycopg.AsyncConnection.connect(database.conninfo(), autocommit=True)


def test_what_is_sent_in_sql_is_handed_to_the_hub(any_database: Database) -> None:
    async def play() -> None:
        async with followed(any_database) as live, await writing(any_database) as writer:
            live.feed.attend(wanted=True)
            await until(lambda: live.feed.following)
            await writer.execute("""SELECT realtime.send('{"a": 1}', 'news', 'room-1', false)""")
            await writer.execute("""SELECT realtime.send('{"id": "mine"}', 'news', 'room-2')""")
            await writer.execute(r"SELECT realtime.send_binary('\x00ff', 'raw', 'room-2')")
            await until(lambda: len(live.hub.messages) == 3)
            first, second, third = live.hub.messages
            assert (first.topic, first.event, first.private, first.binary) == ("room-1", "news", False, False)
            assert json.loads(first.payload) == {"a": 1, "id": first.id}
            assert (second.topic, second.private, json.loads(second.payload)) == ("room-2", True, {"id": "mine"})
            assert (third.event, third.payload, third.binary) == ("raw", b"\x00\xff", True)
            assert len({message.id for message in live.hub.messages}) == 3

    played(play())


def test_what_was_rolled_back_is_not_sent(any_database: Database) -> None:
    async def play() -> None:
        async with followed(any_database) as live, await writing(any_database) as writer:
            live.feed.attend(wanted=True)
            await until(lambda: live.feed.following)
            async with writer.transaction(force_rollback=True):
                await writer.execute("SELECT realtime.send('{}', 'never', 'room')")
            await writer.execute("SELECT realtime.send('{}', 'sent', 'room')")
            await until(lambda: live.hub.messages)
            assert [message.event for message in live.hub.messages] == ["sent"]

    played(play())


def test_private_broadcasts_of_a_topic_are_read_back_in_order(any_database: Database) -> None:
    async def play() -> None:
        async with followed(any_database) as live, await writing(any_database) as writer:
            live.feed.attend(wanted=True)
            await until(lambda: live.feed.following)
            before = int(time.time() * 1000) - 60_000
            for number in range(30):
                await writer.execute("SELECT realtime.send(%s, 'news', 'room')", [json.dumps({"n": number})])
            await writer.execute("SELECT realtime.send('{}', 'news', 'other')")
            await writer.execute("SELECT realtime.send('{}', 'public', 'room', false)")
            await writer.execute(r"SELECT realtime.send_binary('\x01', 'raw', 'room')")
            replayed = await live.feed.replay("room", before, 4)
            assert [json.loads(one.payload)["n"] for one in replayed[:-1]] == [27, 28, 29]
            assert (replayed[-1].payload, replayed[-1].binary) == (b"\x01", True)
            assert all(one.private and one.topic == "room" and one.id for one in replayed)
            assert len(await live.feed.replay("room", before, 1000)) == 25
            assert len(await live.feed.replay("room", before, -3)) == 1
            assert await live.feed.replay("room", before + 3_600_000, 4) == []
            with pytest.raises(psycopg.Error):
                await live.feed.replay("room", 10**30, 4)
            assert len(await live.feed.replay("room", before, 2)) == 2  # what cannot be read harms no later reading

    played(play())


def test_broadcasts_older_than_three_days_are_deleted(any_database: Database) -> None:
    async def play() -> None:
        async with followed(any_database) as live, await writing(any_database) as writer:
            insert = "INSERT INTO realtime.messages (topic, extension, event, payload, inserted_at) VALUES ('r', 'broadcast', 'e', '{}', now() - %s::interval)"
            for age in ("73 hours", "71 hours"):
                await writer.execute(insert, [age])
            live.feed.attend(wanted=True)
            await until(lambda: live.feed.following)
            live.feed.look_again()

            async def left() -> int:
                cursor = await writer.execute("SELECT pg_catalog.count(*) FROM realtime.messages")
                row = await cursor.fetchone()
                return row[0] if row else 0

            end = time.monotonic() + 30
            while await left() > 1 and time.monotonic() < end:  # noqa: ASYNC110 - what it waits for is in PostgreSQL
                await asyncio.sleep(0.02)
            assert await left() == 1

    played(play())


def test_a_table_of_changes_and_broadcasts_keep_their_order(any_database: Database) -> None:
    async def play() -> None:
        async with await writing(any_database) as writer, followed(any_database) as live:
            await writer.execute("CREATE TABLE public.notes (id int PRIMARY KEY)")
            await writer.execute("ALTER PUBLICATION supabase_realtime ADD TABLE public.notes")
            member = await live.joined(identity("service_role"), binding())
            async with writer.transaction():
                await writer.execute("INSERT INTO public.notes VALUES (1)")
                await writer.execute("SELECT realtime.send('{}', 'news', 'room')")
            await until(lambda: live.hub.messages)
            assert member.records == [{"id": 1}]

    played(play())
