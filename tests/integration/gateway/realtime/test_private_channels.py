"""Who may read and write in a private channel, as policies on realtime.messages have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from realtime_socket import Site, token

if TYPE_CHECKING:
    from conftest import Database

ADA, BOB, EVE = (f"00000000-0000-4000-8000-00000000000{n}" for n in range(1, 4))
POLICIES = f"""
create table public.rooms (topic text, person uuid, verb text, extension text);
grant select on public.rooms to anon, authenticated;
create policy hear on realtime.messages for select to authenticated using (exists (
  select from public.rooms as r where r.topic = (select realtime.topic()) and r.person = (select auth.uid())
    and r.verb = 'read' and r.extension = messages.extension));
create policy speak on realtime.messages for insert to authenticated with check (exists (
  select from public.rooms as r where r.topic = (select realtime.topic()) and r.person = (select auth.uid())
    and r.verb = 'write' and r.extension = messages.extension));
insert into public.rooms select 'room', '{ADA}', verb, extension
  from unnest(array['read', 'write']) as verb, unnest(array['broadcast', 'presence']) as extension;
insert into public.rooms values ('room', '{BOB}', 'read', 'broadcast'), ('dark', '{BOB}', 'read', 'presence');
"""
PRIVATE = {"private": True, "broadcast": {"ack": True, "self": True}}
REFUSED = "Unauthorized: You do not have permissions to read from this Channel topic: "
SAID = {"type": "broadcast", "event": "x", "payload": {}}


@pytest.fixture(autouse=True)
def policies(database: Database) -> None:
    with database.connect() as connection:
        connection.execute(POLICIES)


def of(user: str, **claims: object) -> str:
    return token("authenticated", user, **claims)


def test_who_may_read_nothing_is_refused_with_the_servers_words(site: Site) -> None:
    with site.socket(of(EVE)) as socket:
        reply = socket.join("realtime:room", PRIVATE)
        assert reply == {"status": "error", "response": {"reason": f"{REFUSED}room"}}
        assert socket.join("realtime:other", PRIVATE)["response"] == {"reason": f"{REFUSED}other"}


def test_who_may_read_hears_and_is_not_heard(site: Site) -> None:
    with site.socket(of(ADA)) as ada, site.socket(of(BOB), "2.0.0") as bob:
        assert ada.join("realtime:room", PRIVATE)["status"] == "ok"
        assert bob.join("realtime:room", PRIVATE)["status"] == "ok"
        assert ada.ask("realtime:room", "broadcast", SAID) == {"status": "ok", "response": {}}
        assert bob.until("broadcast") == SAID
        bob.push("realtime:room", "broadcast", SAID)
        bob.beat()
        ada.beat()
        assert [event for _topic, event, _payload in ada.heard] == ["broadcast"]


def test_what_is_said_before_the_database_has_answered_keeps_its_order(site: Site) -> None:
    with site.socket(of(ADA)) as ada:
        ada.push("realtime:room", "phx_join", {"config": PRIVATE})
        for number in range(20):
            ada.push("realtime:room", "broadcast", {**SAID, "payload": {"number": number}})
        heard = [ada.until("broadcast")["payload"]["number"] for _ in range(20)]
        assert heard == list(range(20))


def test_a_public_channel_of_the_same_name_is_another_one(site: Site) -> None:
    with site.socket(of(ADA)) as ada, site.socket(of(EVE)) as eve:
        ada.join("realtime:room", PRIVATE)
        eve.join("realtime:room", {"broadcast": {"self": True}})
        ada.ask("realtime:room", "broadcast", SAID)
        eve.beat()
        assert eve.heard == []


def test_presence_has_policies_of_its_own(site: Site) -> None:
    with site.socket(of(ADA)) as ada, site.socket(of(BOB)) as bob:
        ada.join("realtime:room", {"private": True, "presence": {"enabled": True, "key": "ada"}})
        assert ada.until("presence_state") == {}
        bob.join("realtime:room", {"private": True, "presence": {"enabled": True, "key": "bob"}})
        assert ada.ask("realtime:room", "presence", {"event": "track", "payload": {"a": 1}})["status"] == "ok"
        assert ada.until("presence_diff") if not ada.heard else True
        assert bob.ask("realtime:room", "presence", {"event": "track", "payload": {"a": 1}})["status"] == "error"
        bob.beat()
        assert bob.heard == []  # neither the state nor what changed


def test_who_may_read_only_presence_hears_no_broadcast(site: Site) -> None:
    with site.socket(of(BOB)) as bob, site.socket(token("service_role")) as server:
        assert bob.join("realtime:dark", {"private": True, "presence": {"enabled": True}})["status"] == "ok"
        assert bob.until("presence_state") == {}
        assert server.join("realtime:dark", PRIVATE)["status"] == "ok"
        assert server.ask("realtime:dark", "broadcast", SAID)["status"] == "ok"
        bob.beat()
        assert bob.heard == []


def test_a_new_token_that_may_read_no_more_ends_the_channel(site: Site) -> None:
    with site.socket(of(ADA)) as socket:
        socket.join("realtime:room", PRIVATE)
        socket.push("realtime:room", "access_token", {"access_token": of(EVE)})
        told = socket.until("system")
        assert (told["status"], told["extension"]) == ("error", "system")
        assert told["message"] == "You do not have permissions to read from this Channel topic: room"
        assert socket.until("phx_close") == {}


def test_a_new_token_is_asked_anew_what_it_may_write(site: Site, database: Database) -> None:
    with site.socket(of(ADA)) as ada, site.socket(of(ADA)) as listener:
        listener.join("realtime:room", {"private": True})
        ada.join("realtime:room", PRIVATE)
        assert ada.ask("realtime:room", "broadcast", SAID)["status"] == "ok"
        assert listener.until("broadcast") == SAID
        with database.connect() as connection:
            connection.execute("delete from public.rooms where verb = 'write'")
        ada.push("realtime:room", "access_token", {"access_token": of(ADA, again=1)})
        ada.push("realtime:room", "broadcast", SAID)
        ada.beat()
        ada.push("realtime:room", "broadcast", SAID)
        ada.join("realtime:last", {})
        listener.beat()
        assert listener.heard == []


def test_a_policy_that_raises_refuses_and_leaves_no_trace(site: Site, database: Database) -> None:
    with database.connect() as connection:
        connection.execute(
            "create policy broken on realtime.messages for select to authenticated"
            " using ((auth.jwt() ->> 'size')::int > 1)"
        )
    with site.socket(of(EVE, size="none")) as socket:
        assert socket.join("realtime:room", PRIVATE)["response"] == {"reason": f"{REFUSED}room"}
        assert socket.join("realtime:open")["status"] == "ok"
    with database.connect("supabase_admin") as connection:
        assert connection.execute("select count(*) from realtime.messages").fetchone() == (0,)


def test_broadcasts_by_request_go_by_the_policies_too(site: Site) -> None:
    with site.socket(of(ADA)) as ada:
        ada.join("realtime:room", {"private": True})
        path = "/api/broadcast/room/events/posted?private=true"
        assert site.post(path, {"n": 1}, key=of(BOB)).status_code == 403
        assert site.post(path, {"n": 2}, key=of(ADA)).status_code == 202
        assert ada.until("broadcast") == {"event": "posted", "payload": {"n": 2}, "type": "broadcast"}
        message = {"topic": "room", "event": "many", "payload": {}, "private": True}
        assert site.post("/api/broadcast", {"messages": [message]}, key=of(BOB)).status_code == 202
        assert site.post("/api/broadcast", {"messages": [message]}, key=of(ADA)).status_code == 202
        assert ada.until("broadcast")["event"] == "many"
        ada.beat()
        assert ada.heard == []


@pytest.mark.parametrize("check", ["public.me() = '{}'", "public.may('{}')"])
def test_what_one_may_is_not_what_another_asked_with(site: Site, database: Database, check: str) -> None:
    """PostgreSQL puts the value of a function that is marked IMMUTABLE into plans, which it shares after some questions."""
    with database.connect() as connection:
        connection.execute(f"""
            create function public.me() returns uuid language sql immutable
                as $$ select (current_setting('request.jwt.claims', true)::jsonb ->> 'sub')::uuid $$;
            create function public.may(who uuid) returns bool language plpgsql stable
                as $$ begin return who = public.me(); end $$;
            alter policy hear on realtime.messages using (true);
            alter policy speak on realtime.messages with check ({check.format(ADA)});
        """)
    with site.socket(of(ADA)) as ada, site.socket(of(EVE)) as eve:
        for number in range(60):
            topic = f"realtime:{number}"
            assert ada.join(topic, PRIVATE)["status"] == "ok"
            assert ada.ask(topic, "broadcast", SAID)["status"] == "ok"
        assert eve.join("realtime:0", PRIVATE)["status"] == "ok"
        eve.push("realtime:0", "broadcast", SAID)
        assert eve.ask("realtime:0", "phx_leave", {})["status"] == "ok"  # which waits for the answer
        ada.beat()
        assert [topic for topic, event, _ in ada.heard if event == "broadcast"] == [
            f"realtime:{number}" for number in range(60)
        ]
