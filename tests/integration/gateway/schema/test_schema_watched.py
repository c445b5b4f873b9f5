"""A gateway beside the platform's event triggers hears of every change, and reads many of them once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from psycopg.conninfo import conninfo_to_dict

from haulback.gateway.rest.planned import Options
from haulback.gateway.schema.model import Name, SchemaCache
from haulback.gateway.schema.watching import Watch

if TYPE_CHECKING:
    from conftest import Database

MANY = 60


def test_a_script_of_many_statements_is_heard_of_and_read_a_few_times(any_database: Database) -> None:
    readings: list[SchemaCache] = []

    async def main() -> None:
        parameters = {
            name: str(value) for name, value in conninfo_to_dict(any_database.conninfo("authenticator")).items()
        }
        watch = Watch(parameters, ("public",), Options(), lambda cache, _options: readings.append(cache), print)
        await watch.begin()
        await asyncio.to_thread(script)
        async with asyncio.timeout(30):
            seen = 0
            while len(readings) > seen or Name("public", "last") not in readings[-1].tables:
                seen = len(readings)
                await asyncio.sleep(1)  # until nothing is read any more
        await watch.end()

    def script() -> None:
        with any_database.connect(autocommit=True) as connection:
            for number in range(MANY):
                connection.execute(f"CREATE TABLE public.t{number} (x int)")
            connection.execute("CREATE TABLE public.last (x int)")

    asyncio.run(main())
    assert len(readings) < MANY / 2
    assert Name("public", f"t{MANY - 1}") in readings[-1].tables
