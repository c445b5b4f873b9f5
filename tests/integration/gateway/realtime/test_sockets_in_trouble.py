"""The database goes away under open sockets: they stay, say what they cannot, and go on when it is back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg
import pytest
from realtime_socket import Site, token

from haulback.pg.cluster import SUPERUSER

if TYPE_CHECKING:
    from conftest import Database

SAID = {"type": "broadcast", "event": "x", "payload": {}}
ADA = "00000000-0000-4000-8000-000000000001"
POLICIES = """
create policy hear on realtime.messages for select to authenticated using (true);
create policy speak on realtime.messages for insert to authenticated with check (true);
"""
PRIVATE = {"private": True, "broadcast": {"ack": True, "self": True}}


def test_without_the_database_open_channels_go_on_and_private_ones_are_refused(site: Site, database: Database) -> None:
    with database.connect() as connection:
        connection.execute(POLICIES)
    with site.socket(token("authenticated", ADA)) as one, site.socket() as two:
        one.join("realtime:room", {"broadcast": {"ack": True}})
        two.join("realtime:room")
        server = psycopg.connect(database.server.conninfo(SUPERUSER, "template1"), autocommit=True)
        with server:
            server.execute(f"ALTER DATABASE {database.name} ALLOW_CONNECTIONS false")
            try:
                server.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database.name,)
                )
                assert one.ask("realtime:room", "broadcast", SAID)["status"] == "ok"
                assert two.until("broadcast") == SAID
                until = time.monotonic() + 30
                reply = one.join("realtime:private", PRIVATE)
                while reply["status"] == "ok" and time.monotonic() < until:
                    reply = one.join("realtime:private", PRIVATE)
                assert reply["response"] == {
                    "reason": "UnableToConnectToProject: Realtime was unable to connect to the project database"
                }
            finally:
                server.execute(f"ALTER DATABASE {database.name} ALLOW_CONNECTIONS true")
        until = time.monotonic() + 30
        while one.join("realtime:private", PRIVATE)["status"] != "ok":
            assert time.monotonic() < until, "private channels do not come back"
            time.sleep(0.05)
        assert one.ask("realtime:private", "broadcast", SAID)["status"] == "ok"


@pytest.mark.parametrize("event", ["broadcast", "presence"])
def test_a_policy_that_raises_for_a_write_lets_nothing_through_and_the_channel_live(
    site: Site, database: Database, event: str
) -> None:
    with database.connect() as connection:
        connection.execute(POLICIES)
        connection.execute(
            "create policy broken on realtime.messages as restrictive for insert to authenticated"
            " with check ((auth.jwt() ->> 'size')::int > 1)"
        )
    with site.socket(token("authenticated", ADA, size="none")) as one, site.socket(token("service_role")) as two:
        one.join("realtime:room", {**PRIVATE, "presence": {"enabled": True, "key": "ada"}})
        one.until("presence_state")
        two.join("realtime:room", {**PRIVATE, "presence": {"enabled": True, "key": "bob"}})
        two.until("presence_state")
        one.push("realtime:room", event, SAID if event == "broadcast" else {"event": "track", "payload": {}})
        one.push("realtime:room", event, SAID if event == "broadcast" else {"event": "track", "payload": {}})
        assert two.ask("realtime:room", "broadcast", {**SAID, "event": "y"})["status"] == "ok"
        assert one.until("broadcast")["event"] == "y"
        two.beat()
        assert [what for _topic, what, _payload in two.heard] == ["broadcast"]
        assert all(what == "phx_reply" for _topic, what, _payload in one.heard)
