"""Supabase's client for Python against `/realtime/v1`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from realtime import AsyncRealtimeChannel, AsyncRealtimeClient, RealtimeSubscribeStates
from realtime_socket import Site, token

Work = Callable[[AsyncRealtimeClient, AsyncRealtimeClient], Awaitable[None]]


def with_clients(site: Site, work: Work) -> None:
    async def main() -> None:
        clients = [AsyncRealtimeClient(f"{site.url}/realtime/v1", token()) for _ in range(2)]
        for client in clients:
            await client.connect()
        try:
            await work(*clients)
        finally:
            for client in clients:
                await client.close()

    asyncio.run(asyncio.wait_for(main(), 60))


async def joined(channel: AsyncRealtimeChannel) -> None:
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def told(state: RealtimeSubscribeStates, error: Exception | None) -> None:
        if done.done():
            return
        if state is RealtimeSubscribeStates.SUBSCRIBED:
            done.set_result(None)
        else:
            done.set_exception(error or RuntimeError(state))

    await channel.subscribe(told)
    await done


def test_broadcasts(site: Site) -> None:
    async def work(one: AsyncRealtimeClient, two: AsyncRealtimeClient) -> None:
        heard: asyncio.Queue[Any] = asyncio.Queue()
        here, there = one.channel("room"), two.channel("room")
        there.on_broadcast("move", heard.put_nowait)
        await joined(here)
        await joined(there)
        await here.send_broadcast("move", {"x": 1})
        assert (await heard.get())["payload"] == {"x": 1}

    with_clients(site, work)


def test_presence(site: Site) -> None:
    async def work(one: AsyncRealtimeClient, two: AsyncRealtimeClient) -> None:
        came: asyncio.Queue[Any] = asyncio.Queue()
        went: asyncio.Queue[Any] = asyncio.Queue()
        here = one.channel("lobby", {"config": {"presence": {"key": "ada", "enabled": True}}})
        there = two.channel("lobby", {"config": {"presence": {"key": "bob", "enabled": True}}})
        there.on_presence_join(lambda key, _before, now: came.put_nowait((key, [one["mood"] for one in now])))
        there.on_presence_leave(lambda key, _after, gone: went.put_nowait((key, len(gone))))
        await joined(here)
        await joined(there)
        await here.track({"mood": "fine"})
        assert await came.get() == ("ada", ["fine"])
        assert list(there.presence_state()) == ["ada"]
        await here.untrack()
        assert await went.get() == ("ada", 1)

    with_clients(site, work)
