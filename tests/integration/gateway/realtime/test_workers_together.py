"""Two workers over one database: broadcasts and presence cross them, in order, and survive what cuts them off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import psycopg
import pytest
from realtime_socket import Site, Socket, token
from rest_api import Api, served

from haulback.gateway.realtime import bus, together
from haulback.gateway.realtime.together import MISSED
from haulback.model.realtime import RealtimeSettings

if TYPE_CHECKING:
    from conftest import Database

OTHERS = "application_name = 'haulback serve: realtime' and datname = current_database()"


@pytest.fixture
def both(database: Database) -> Iterator[tuple[Site, Site]]:
    settings = RealtimeSettings(presence_calls=1000)
    with served(database, realtime=settings) as one, served(database, realtime=settings) as two:
        yield Site(one), Site(two)


def present(key: str) -> dict[str, object]:
    return {"presence": {"enabled": True, "key": key}}


def track(socket: Socket, **payload: object) -> None:
    reply = socket.ask("realtime:room", "presence", {"event": "track", "payload": payload})
    assert reply["status"] == "ok"


def keys(state: dict[str, dict[str, list[dict[str, object]]]]) -> dict[str, list[object]]:
    return {key: [meta.get("mood") for meta in metas["metas"]] for key, metas in state.items()}


def test_broadcasts_of_every_kind_and_size_come_in_their_order(both: tuple[Site, Site]) -> None:
    with both[0].socket(version="2.0.0") as one, both[1].socket() as two:
        one.join("realtime:room")
        two.join("realtime:room")
        sizes = [0, 10, 6_000, 9_000, 400_000, 3]
        for number, size in enumerate(sizes):
            payload = {"number": number, "text": "ö" * size}
            one.push("realtime:room", "broadcast", {"type": "broadcast", "event": "x", "payload": payload})
        both[0].post("/api/broadcast/room/events/posted", {"number": len(sizes)})
        for number, size in enumerate(sizes):
            assert two.until("broadcast")["payload"] == {"number": number, "text": "ö" * size}
        assert two.until("broadcast")["payload"] == {"number": len(sizes)}
        one.beat()
        assert [payload for _topic, _event, payload in one.heard] == [
            {"event": "posted", "payload": {"number": len(sizes)}, "type": "broadcast"}
        ]


def test_who_is_present_is_known_everywhere_once(both: tuple[Site, Site]) -> None:
    with both[0].socket() as one, both[1].socket() as two:
        one.join("realtime:room", present("ada"))
        two.join("realtime:room", present("bob"))
        track(one, mood="fine")
        assert keys(two.until("presence_diff")["joins"]) == {"ada": ["fine"]}
        track(two, mood="well")
        while "bob" not in one.until("presence_diff")["joins"]:
            pass
        with both[1].socket() as three:
            three.join("realtime:room", present("eve"))
            assert keys(three.until("presence_state")) == {"ada": ["fine"], "bob": ["well"]}
        track(one, mood="better")
        diff = two.until("presence_diff")
        while "ada" not in diff["joins"]:
            diff = two.until("presence_diff")
        assert (keys(diff["joins"]), keys(diff["leaves"])) == ({"ada": ["better"]}, {"ada": ["fine"]})
        assert diff["joins"]["ada"]["metas"][0]["phx_ref_prev"] == diff["leaves"]["ada"]["metas"][0]["phx_ref"]
        one.connection.close()
        assert keys(two.until("presence_diff")["leaves"]) == {"ada": ["better"]}


def test_a_worker_that_comes_later_learns_who_is_there_and_one_that_ends_takes_its_own_along(
    site: Site, database: Database
) -> None:
    with site.socket() as one:
        one.join("realtime:room", present("ada"))
        track(one, mood="fine")
        with served(database, realtime=RealtimeSettings()) as later, Site(later).socket() as two:
            two.join("realtime:room", present("bob"))
            if not two.until("presence_state"):  # what the other has to say may take a moment
                assert keys(two.until("presence_diff")["joins"]) == {"ada": ["fine"]}
            track(two, mood="well")
            while "bob" not in one.until("presence_diff")["joins"]:
                pass
        assert keys(one.until("presence_diff")["leaves"]) == {"bob": ["well"]}


def test_a_worker_that_was_cut_off_says_so_and_learns_what_it_missed(
    both: tuple[Site, Site], database: Database
) -> None:
    with both[0].socket() as one, both[1].socket() as two:
        one.join("realtime:room", present("ada"))
        two.join("realtime:room", present("bob"))
        track(one, mood="fine")
        two.until("presence_diff")
        with psycopg.connect(database.conninfo("supabase_admin"), autocommit=True) as connection:
            connection.execute(f"select pg_terminate_backend(pid) from pg_stat_activity where {OTHERS}")
        for socket in (one, two):
            told = socket.until("system")
            assert (told["status"], told["message"]) == ("error", MISSED)
        track(one, mood="better")
        diff = two.until("presence_diff")
        while keys(diff["joins"]) != {"ada": ["better"]}:
            diff = two.until("presence_diff")
        with both[1].socket(token("authenticated")) as three:
            three.join("realtime:room", present("eve"))
            assert keys(three.until("presence_state")) == {"ada": ["better"]}


def wait_until_one_sees_the_other(one: Api, two: Api) -> None:
    with Site(one).socket() as ada, Site(two).socket() as bob:
        ada.join("realtime:room", present("ada"))
        bob.join("realtime:room", present("bob"))
        track(ada, mood="fine")
        while "ada" not in bob.until("presence_diff")["joins"]:
            pass


def heard_by_others(database: Database, seconds: float) -> int:
    """How often workers spoke."""
    with database.connect(autocommit=True) as connection:
        connection.execute(f"LISTEN {bus.CHANNEL}")
        return len(list(connection.notifies(timeout=seconds)))


def test_a_worker_that_is_alone_says_nothing_so_that_an_idle_server_logs_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus, "BEAT", 0.1)
    monkeypatch.setattr(together, "_ANSWERED", 0.2)
    settings = RealtimeSettings()
    with served(database, realtime=settings) as one:
        with Site(one).socket() as socket:
            socket.join("realtime:room", present("ada"))
            track(socket, mood="fine")
        while heard_by_others(database, 1.0):
            pass
        assert heard_by_others(database, 2.0) == 0
        with served(database, realtime=settings) as two:
            assert heard_by_others(database, 2.0) > 4
            wait_until_one_sees_the_other(one, two)


def test_one_that_others_took_for_dead_is_heard_of_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus, "BEAT", 0.1)
    monkeypatch.setattr(together, "_ANSWERED", 0.2)
    settings = RealtimeSettings(presence_calls=1000)
    with served(database, realtime=settings) as one, served(database, realtime=settings) as two:
        with monkeypatch.context() as cut:
            cut.setattr(together.Together, "heard", lambda *_: None)
            cut.setattr(together, "_SILENT", 0.3)
            assert heard_by_others(database, 2.0) > 4  # they are seen, though not heard
        wait_until_one_sees_the_other(one, two)
