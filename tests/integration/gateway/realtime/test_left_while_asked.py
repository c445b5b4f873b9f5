"""Who leaves while its policies are being asked is kept nowhere."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

import pytest
from realtime_socket import Site, token

from haulback.gateway.realtime.channel import Channel

if TYPE_CHECKING:
    from conftest import Database

POLICY = """
create policy slow on realtime.messages for select to authenticated
  using (extension = 'broadcast' and (select true from pg_catalog.pg_sleep(0.3)));
"""
ADA = "00000000-0000-4000-8000-000000000001"


def _kept(topic: str) -> list[Channel]:
    gc.collect()
    return [one for one in gc.get_objects() if isinstance(one, Channel) and one.name[0] == topic]


@pytest.mark.parametrize("config", [{}, {"broadcast": {"replay": {"since": 0}}}], ids=["plain", "replay"])
@pytest.mark.parametrize("leaving", ["socket", "rejoin"])
def test_nobody_stays_who_left_meanwhile(
    site: Site, database: Database, config: dict[str, object], leaving: str
) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(POLICY)
    with site.socket(token("authenticated", ADA)) as socket:
        for _ in range(3 if leaving == "rejoin" else 1):
            socket.push("realtime:kept", "phx_join", {"config": {"private": True, **config}})
        if leaving == "rejoin":
            while socket.until("phx_reply")["status"] != "ok":
                pass
            assert socket.ask("realtime:kept", "phx_leave", {})["status"] == "ok"
        else:
            socket.beat()
    # What it left behind would be handed each of these, and keep it.
    with site.socket(token("authenticated", ADA)) as other:
        other.join("realtime:kept", {"private": True})
        until = time.monotonic() + 20
        while len(_kept("kept")) > 1 and time.monotonic() < until:
            time.sleep(0.1)
        assert len(_kept("kept")) == 1
        assert site.api.said == []
