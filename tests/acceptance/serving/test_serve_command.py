"""`haulback serve` as a process: its workers, its end, and what keeps it from starting; `haulback token`."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import jwt
import psutil
import pytest
from acceptance_site import Site, Started, until

SECRET = "a secret that is longer than thirty-two bytes"
KEY = {"HAULBACK_JWT_SECRET": SECRET}
SCHEMA = "CREATE TABLE public.notes (id int PRIMARY KEY, body text); GRANT ALL ON public.notes TO service_role;"


@contextmanager
def serving(site: Site, *arguments: str) -> Iterator[tuple[Started, httpx.Client]]:
    started = site.start("serve", "--port", "0", "--json", *arguments, environment=KEY)
    until(lambda: started.said or started.process.poll() is not None, "the address")
    assert started.said, started.ended().stderr
    with httpx.Client(base_url=started.said[0]["url"], timeout=60) as client:
        try:
            until(lambda: _well(client), "an answer")
            yield started, client
        finally:
            started.process.terminate()
            started.ended()


def _well(client: httpx.Client) -> bool:
    try:
        return client.get("/rest/v1/health").status_code == 200
    except httpx.TransportError:
        return False


def told(started: Started) -> list[dict[str, object]]:
    """The lines of its access log, those of whoever waited for it not counted."""
    lines = [json.loads(line) for line in started.ended().stderr.splitlines() if line.startswith('{"time"')]
    return [line for line in lines if line["path"] != "/rest/v1/health"]


def workers(started: Started) -> list[psutil.Process]:
    return psutil.Process(started.process.pid).children()


def test_a_worker_that_dies_is_replaced(site: Site) -> None:
    with serving(site, "--workers", "2") as (started, client):
        until(lambda: len(workers(started)) == 2, "both workers")
        gone = workers(started)[0]
        gone.kill()
        until(lambda: len(workers(started)) == 2 and gone.pid not in {one.pid for one in workers(started)}, "another")
        for _ in range(10):
            assert httpx.get(f"{client.base_url}/rest/v1/health", timeout=30).status_code == 200


def test_a_line_for_each_request_whoever_answers_it(site: Site) -> None:
    with serving(site, "--workers", "2", "--access-log") as (started, client):
        for number in range(40):
            answer = httpx.get(
                f"{client.base_url}/rest/v1/none?id=eq.{number}&apikey={jwt.encode({}, SECRET)}", timeout=30
            )
            assert answer.status_code == 404
    lines = told(started)
    assert sorted(str(line["query"]) for line in lines) == sorted(f"id=eq.{one}&apikey=********" for one in range(40))
    assert {(line["status"], line["role"], line["client"]) for line in lines} == {(404, "anon", "127.0.0.1")}


def test_no_line_unless_asked_for(site: Site) -> None:
    with serving(site) as (started, client):
        client.get("/rest/v1/none")
    assert told(started) == []


def test_workers_do_not_outlive_the_process_that_made_them(site: Site) -> None:
    with serving(site, "--workers", "2") as (started, _):
        until(lambda: len(workers(started)) == 2, "both workers")
        left = workers(started)
        started.process.send_signal(signal.SIGKILL)
        started.process.wait(30)
        until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in left), "their end")


def test_requests_under_way_are_answered_before_it_ends(site: Site) -> None:
    site.execute(
        "CREATE FUNCTION public.slow() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1.5); RETURN 7; END $$"
    )
    with serving(site) as (started, client):
        address = (client.base_url.host, int(client.base_url.port or 0))
        with socket.create_connection(address, timeout=60) as raw:
            raw.sendall(b"POST /rest/v1/rpc/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            until(
                lambda: (
                    site.value("SELECT count(*) FROM pg_stat_activity WHERE query ILIKE '%slow%' AND state = 'active'")
                    > 1
                ),
                "the call",
            )
            started.process.send_signal(signal.SIGTERM)
            told = b""
            while part := raw.recv(65536):
                told += part
        assert told.startswith(b"HTTP/1.1 200")
        assert told.endswith(b"7")
        assert started.ended().exit == 0


def test_what_keeps_it_from_starting(site: Site) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = site.run("serve", "--port", str(taken.getsockname()[1]), "--json", environment=KEY)
        assert (busy.exit, busy.document["error"]) == (1, "address-taken")
    short = site.run("serve", "--port", "0", "--json", environment={"HAULBACK_JWT_SECRET": "hunter2"})
    assert (short.exit, short.document["error"]) == (2, "token-key-unusable")
    assert "hunter2" not in short.stderr + short.stdout
    site.configure('[api]\nlogin = "nobody_of_that_name"\n')
    for arguments in ((), ("--workers", "2")):
        nobody = site.run("serve", "--port", "0", "--json", *arguments, environment=KEY)
        assert nobody.exit == 1
        assert "Traceback" not in nobody.stderr


def test_a_token_acts_as_its_user_and_its_role(site: Site) -> None:
    site.execute(SCHEMA)
    user = "00000000-0000-4000-8000-000000000001"
    mine = site.run("token", "--user", user, "--json", environment=KEY).document["token"]
    key = site.run("token", "--role", "service_role", environment=KEY).stdout.strip()
    claims = jwt.decode(mine, SECRET, algorithms=["HS256"], audience="authenticated")
    assert (claims["sub"], claims["role"], claims["exp"] - claims["iat"]) == (user, "authenticated", 3600)
    with serving(site) as (_, client):
        bearer = {"Authorization": f"Bearer {key}"}
        assert client.post("/rest/v1/notes", json={"id": 1, "body": "x"}, headers=bearer).status_code == 201
        assert client.get("/rest/v1/notes", headers={"apikey": key}).json() == [{"id": 1, "body": "x"}]
        assert client.get(f"/rest/v1/notes?apikey={key}").json() == [{"id": 1, "body": "x"}]


@pytest.mark.parametrize("arguments", [(), ("--user", "no-uuid"), ("--role", "anon", "--expires-in", "soon")])
def test_a_token_that_cannot_be_made(site: Site, arguments: tuple[str, ...]) -> None:
    told = site.run("token", *arguments, environment=KEY)
    assert told.exit == 2
    assert "Traceback" not in told.stderr


def test_a_target_that_is_not_for_development_wants_a_secret_of_its_own(site: Site) -> None:
    site.configure(local='environment = "production"')
    told = site.run("token", "--role", "anon", "--json")
    assert (told.exit, told.document["error"]) == (2, "no-secret")


def test_a_development_target_makes_a_secret_once_and_keeps_it_to_itself(site: Site) -> None:
    tokens = [site.run("token", "--role", "anon").stdout for _ in range(2)]
    file = site.home / "jwt-secret"
    assert file.stat().st_mode & 0o777 == 0o600
    secret = file.read_text()
    for token in tokens:
        assert jwt.decode(token.strip(), secret, algorithms=["HS256"])["role"] == "anon"
