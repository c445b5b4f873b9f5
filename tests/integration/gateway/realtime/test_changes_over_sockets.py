"""Changes of tables, and broadcasts of the database, as a client of Realtime gets them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import psycopg
import pytest
from realtime_socket import Site, token

if TYPE_CHECKING:
    from conftest import Database

ADA, BOB = (f"00000000-0000-4000-8000-00000000000{n}" for n in range(1, 3))
NOTES = """
create table public.notes (id int primary key, owner uuid, body text);
alter table public.notes enable row level security;
grant select on public.notes to authenticated;
create policy own on public.notes to authenticated using (owner = (select auth.uid()));
alter publication supabase_realtime add table public.notes;
create policy everybody on realtime.messages for select to authenticated using (true);
"""
CHANGES = {"postgres_changes": [{"event": "*", "schema": "public", "table": "notes"}]}


@pytest.fixture
def writer(database: Database) -> Iterator[psycopg.Connection]:
    with database.connect("supabase_admin", autocommit=True) as connection:
        connection.execute(NOTES)
        yield connection


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
def test_who_may_see_a_row_hears_of_it(site: Site, writer: psycopg.Connection, version: str) -> None:
    with site.socket(token("authenticated", ADA), version) as ada, site.socket(token("authenticated", BOB)) as bob:
        for socket in (ada, bob):
            reply = socket.join("realtime:notes", CHANGES)
            (echoed,) = reply["response"]["postgres_changes"]
            identifier = echoed.pop("id")
            assert echoed == CHANGES["postgres_changes"][0]
            assert socket.until("system") == {
                "extension": "postgres_changes",
                "status": "ok",
                "message": "Subscribed to PostgreSQL",
                "channel": "notes",
            }
        writer.execute("insert into public.notes values (1, %s, 'mine')", (ADA,))
        heard = ada.until("postgres_changes")
        assert heard["ids"] == [identifier]
        assert heard["data"]["record"] == {"id": 1, "owner": ADA, "body": "mine"}
        writer.execute("insert into public.notes values (2, %s, 'his')", (BOB,))
        assert bob.until("postgres_changes")["data"]["record"]["id"] == 2
        ada.beat()
        assert ada.heard == []


def test_nothing_is_delivered_once_the_token_has_ended(site: Site, writer: psycopg.Connection) -> None:
    with site.socket(token("authenticated", ADA)) as ada, site.socket(token("authenticated", ADA)) as other:
        ada.join("realtime:notes", CHANGES, access_token=token("authenticated", ADA, lifetime=3))
        other.join("realtime:notes", CHANGES)
        ada.until("system")
        other.until("system")
        assert ada.until("system")["message"].startswith("Token has expired")
        ada.until("phx_close")
        writer.execute("insert into public.notes values (1, %s, 'late')", (ADA,))
        other.until("postgres_changes")
        ada.beat()
        assert ada.heard == []


def test_a_broadcast_of_the_database_reaches_members_and_can_be_had_again(
    site: Site, writer: psycopg.Connection
) -> None:
    config = {"private": True, "broadcast": {"replication_ready": True}}
    with site.socket(token("authenticated", ADA), "2.0.0") as ada, site.socket(token("authenticated", BOB)) as bob:
        ada.join("realtime:room", config)
        assert ada.until("system")["message"] == "Replication connection established"
        writer.execute("select realtime.send('{\"n\": 1}', 'told', 'room', true)")
        heard = ada.until("broadcast")
        assert (heard["event"], heard["payload"]["n"]) == ("told", 1)
        reply = bob.join("realtime:room", {"private": True, "broadcast": {"replay": {"since": 0, "limit": 5}}})
        assert reply["status"] == "ok"
        again = bob.until("broadcast")
        assert (again["event"], again["payload"], again["meta"]) == (
            "told",
            heard["payload"],
            {**heard["meta"], "replayed": True},
        )
        refused = bob.join("realtime:open", {"broadcast": {"replay": {"since": 0}}})["response"]
        assert refused == {"reason": "UnableToReplayMessages: Replay is not allowed for public channels"}
