"""What is kept of tables and roles is never from before they were changed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from haulback.gateway.realtime.changes.asking import Versions
from haulback.gateway.realtime.changes.facts import Facts
from haulback.gateway.realtime.changes.tables import Role


class Slow:
    """A catalog whose answer is on its way for as long as nobody lets it arrive."""

    def __init__(self) -> None:
        self.readable = frozenset({"id", "secret"})
        self.arrived = asyncio.Event()

    async def role(self, _table: int, role: str, _login: str) -> Role:
        readable = self.readable
        await self.arrived.wait()
        return Role(role, bypasses=False, readable=readable, policies=())


class Unaltered:
    """Versions of tables that are not altered but where the stream says so."""

    async def versions(self, tables: Sequence[int], *, roles: Sequence[str] = ()) -> Versions:
        return Versions(dict.fromkeys(tables, "1"), roles=dict.fromkeys(roles, "1"))


def test_what_was_read_before_a_change_is_not_kept_after_it() -> None:
    async def play() -> None:
        catalog = Slow()
        facts = Facts(catalog, Unaltered(), "authenticator", lambda: 0.0)  # type: ignore[arg-type]
        reading = asyncio.create_task(facts.role(1, "anon"))
        for _ in range(3):
            await asyncio.sleep(0)
        catalog.readable = frozenset({"id"})  # revoked, and told by the stream before the answer is here
        facts.forget(1)
        catalog.arrived.set()
        await reading
        assert (await facts.role(1, "anon")).readable == {"id"}

    asyncio.run(play())
