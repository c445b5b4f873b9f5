"""Changes reach those who subscribed and may see them."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from changes_feed import ANN, BEN, binding, followed, identity, played, until

if TYPE_CHECKING:
    from conftest import Database

SCHEMA = """
CREATE TABLE public.notes (id bigint PRIMARY KEY, owner uuid, body text);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.notes FOR SELECT TO authenticated USING (owner = (SELECT auth.uid()));
ALTER PUBLICATION supabase_realtime ADD TABLE public.notes;
"""
COLUMNS = [{"name": "id", "type": "int8"}, {"name": "owner", "type": "uuid"}, {"name": "body", "type": "text"}]


@pytest.fixture
def ground(any_database: Database) -> Database:
    with any_database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
    return any_database


def test_each_kind_of_change_reaches_who_may_see_it_and_nobody_else(ground: Database) -> None:
    async def play() -> None:
        async with followed(ground) as live, await writing(ground) as writer:
            ann = await live.joined(identity(user=ANN))
            ben = await live.joined(identity(user=BEN))
            anyone = await live.joined(identity("anon"))
            service = await live.joined(identity("service_role"))
            await writer.execute("INSERT INTO public.notes VALUES (1, %s, 'first')", [ANN])
            await writer.execute("UPDATE public.notes SET body = 'second' WHERE id = 1")
            await writer.execute("INSERT INTO public.notes VALUES (2, %s, 'of ben')", [BEN])
            await until(lambda: len(service.changes) == 3)  # a row that is gone when it is asked for is seen by nobody
            await writer.execute("DELETE FROM public.notes WHERE id = 1")
            await until(
                lambda: all(one.changes and one.changes[-1]["type"] == "DELETE" for one in (ann, ben, anyone, service))
            )
            inserted, updated, deleted = (plain(change) for change in ann.changes)
            assert inserted == {
                "schema": "public",
                "table": "notes",
                "type": "INSERT",
                "columns": COLUMNS,
                "record": {"id": 1, "owner": ANN, "body": "first"},
                "errors": None,
            }
            assert updated == {
                **inserted,
                "type": "UPDATE",
                "record": {"id": 1, "owner": ANN, "body": "second"},
                "old_record": {"id": 1},
            }
            del inserted["record"]
            assert deleted == {**inserted, "type": "DELETE", "old_record": {"id": 1}}
            assert [change["type"] for change in ben.changes] == ["INSERT", "DELETE"]
            assert ben.records[0] == {"id": 2, "owner": BEN, "body": "of ben"}
            assert [change["type"] for change in anyone.changes] == ["DELETE"]
            assert [change["type"] for change in service.changes] == ["INSERT", "UPDATE", "INSERT", "DELETE"]

    played(play())


def test_bindings_that_a_change_is_for_come_together(ground: Database) -> None:
    async def play() -> None:
        async with followed(ground) as live, await writing(ground) as writer:
            both = (binding(7, "INSERT"), binding(8, "*"), binding(9, "*", select=("body",)), binding(10, "DELETE"))
            member = await live.joined(identity("service_role"), *both)
            await writer.execute("INSERT INTO public.notes VALUES (1, %s, 'first')", [ANN])
            await until(lambda: len(member.got) == 2)
            (all_, whole), (some, chosen) = member.got
            assert (all_, some) == ([7, 8], [9])
            assert whole["record"] == {"id": 1, "owner": ANN, "body": "first"}
            assert chosen["record"] == {"id": 1, "body": "first"}
            assert [column["name"] for column in chosen["columns"]] == ["id", "body"]

    played(play())


def test_changes_keep_the_order_of_commits(ground: Database) -> None:
    async def play() -> None:
        async with followed(ground) as live, await writing(ground) as writer:
            member = await live.joined(identity(user=ANN))
            for number in range(300):
                await writer.execute("INSERT INTO public.notes VALUES (%s, %s, '')", [number, ANN])
            await writer.execute("UPDATE public.notes SET body = 'all'")
            await until(lambda: len(member.got) >= 600)
            assert [record["id"] for record in member.records] == [*range(300), *range(300)]

    played(play())


def test_after_leaving_nothing_comes(ground: Database) -> None:
    async def play() -> None:
        async with followed(ground) as live, await writing(ground) as writer:
            gone = await live.joined(identity("service_role"))
            stays = await live.joined(identity("service_role"))
            live.feed.leave(gone)
            await writer.execute("INSERT INTO public.notes VALUES (1, %s, '')", [ANN])
            await until(lambda: stays.got)
            assert gone.got == []

    played(play())


def test_no_slot_is_left_behind(ground: Database) -> None:
    def slots() -> int:
        with ground.connect(autocommit=True) as connection:
            found = connection.execute(
                "SELECT pg_catalog.count(*) FROM pg_catalog.pg_replication_slots WHERE database = %s", [ground.name]
            ).fetchone()
        return found[0] if found else 0

    async def play() -> None:
        async with followed(ground) as live:
            await live.joined(identity("service_role"))
            assert await asyncio.to_thread(slots) == 1

    played(play())
    assert slots() == 0


async def writing(database: Database) -> psycopg.AsyncConnection:
    return await psycopg.AsyncConnection.connect(database.conninfo(), autocommit=True)


def plain(change: dict[str, Any]) -> dict[str, Any]:
    """Without the time of the commit, which has a form of its own."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", change["commit_timestamp"])
    return {name: value for name, value in change.items() if name != "commit_timestamp"}
