"""What the contract says that Realtime sends is what the gateway would send."""

from __future__ import annotations

import asyncio

import psycopg

from haulback.contract.reading import read
from haulback.contract.realtime import PUBLICATION
from haulback.gateway.realtime.changes.tables import Catalog
from haulback.hazards.names import dotted
from haulback.model.contract import ALL

SCENE = """
    create table public.plain (id bigint primary key, body text, secret text, old text);
    alter table public.plain drop column old;
    create table public."Odd ""One" (part int, id uuid, body varchar(10)[], primary key (id, part));
    create table public.shut (id bigint primary key);
    revoke all on all tables in schema public from anon, authenticated, service_role;
    grant select (id, body) on public.plain to anon;
    grant select on public.plain, public."Odd ""One" to authenticated;
    alter publication supabase_realtime add table public.plain, public."Odd ""One", public.shut;
"""
ROLES = ("anon", "authenticated", "service_role")


def test_keys_and_columns_by_role_are_the_same(any_database):
    with any_database.connect(autocommit=True) as connection:
        connection.execute(SCENE)
        sent = read(connection, ["public"]).sent
    assert sent is not None
    assert asyncio.run(followed(any_database.conninfo())) == {
        name: (
            one.key,
            {role: frozenset(one.columns if names == ALL else names) for role, names in one.may.items()},
        )
        for name, one in sent.items()
    }


async def followed(conninfo):
    async def connect():
        return await psycopg.AsyncConnection.connect(conninfo, autocommit=True, options="-c search_path=")

    catalog, found = Catalog(connect), {}
    try:
        for one in await catalog.published(PUBLICATION):
            table = await catalog.table(one.oid)
            readable = {role: (await catalog.role(one.oid, role, "authenticator")).readable for role in ROLES}
            if any(readable.values()):
                found[dotted(one.schema, one.name)] = (table.key, {role: r for role, r in readable.items() if r})
    finally:
        await catalog.close()
    return found
