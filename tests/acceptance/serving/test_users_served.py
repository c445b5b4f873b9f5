"""`haulback serve` signs users in whose tokens its own REST API takes, and only where a target is for development."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psycopg
import pytest
from acceptance_site import Ended, Site, Started, until
from psycopg import sql

from haulback.pg.cluster import SUPERUSER

ADA = {"email": "ada@example.com", "password": "correct horse"}
SECRET = "a secret that is longer than thirty-two bytes"
SCHEMA = """
CREATE TABLE public.notes (owner uuid NOT NULL DEFAULT auth.uid(), body text NOT NULL);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON public.notes TO authenticated;
CREATE POLICY own ON public.notes USING (owner = (SELECT auth.uid())) WITH CHECK (owner = (SELECT auth.uid()));
"""


@contextmanager
def serving(site: Site, *arguments: str) -> Iterator[tuple[Started, httpx.Client]]:
    started = site.start("serve", "--port", "0", "--json", *arguments, environment={"HAULBACK_JWT_SECRET": SECRET})
    until(lambda: started.said or started.process.poll() is not None, "the address")
    assert started.said, started.ended().stderr
    with httpx.Client(base_url=started.said[0]["url"], timeout=60) as client:
        try:
            yield started, client
        finally:
            # Not killed: workers of a crew would outlive it.
            started.process.terminate()
            started.process.wait(30)


def ended(started: Started) -> Ended:
    started.process.send_signal(signal.SIGTERM)
    told = started.ended()
    assert told.exit == 0, told.stderr
    return told


def test_a_user_signs_in_and_sees_rows_of_their_own(site: Site) -> None:
    site.execute(SCHEMA)
    with serving(site, "--workers", "2") as (started, client):
        tokens = [
            client.post("/auth/v1/signup", json={**ADA, "email": f"{name}@example.com"}).json()["access_token"]
            for name in ("ada", "eve")
        ]
        bearers = [{"Authorization": f"Bearer {token}"} for token in tokens]
        for bearer, body in zip(bearers, ("one", "two"), strict=True):
            assert client.post("/rest/v1/notes", json={"body": body}, headers=bearer).status_code == 201
        seen = [client.get("/rest/v1/notes?select=body", headers=bearer).json() for bearer in bearers]
        assert seen == [[{"body": "one"}], [{"body": "two"}]]
        assert client.get("/rest/v1/notes").json() == []
        told = ended(started)
    assert ADA["password"] not in told.stderr
    assert not any(token in told.stderr for token in tokens)


def test_who_waits_for_a_mail_reads_its_whole_link(site: Site) -> None:
    with serving(site) as (started, client):
        client.post("/auth/v1/otp", json={"email": ADA["email"]})
        told = ended(started)
    (link,) = re.findall(r"mail to ada@example.com \(magiclink\): \d{6}, (\S+)\n", told.stderr)
    assert len(httpx.URL(link).params["token"]) == 56
    with serving(site) as (again, client):
        answer = client.get(f"/auth/v1/verify?{httpx.URL(link).query.decode()}")
        ended(again)
    assert "access_token=" in answer.headers["Location"]


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_users_of_other_targets_are_not_signed_in(site: Site, environment: str) -> None:
    site.configure(local=f'environment = "{environment}"')
    with serving(site) as (started, client):
        answer = client.post("/auth/v1/signup", json=ADA)
        reason = f"users are signed in for development targets only, and local is for {environment}"
        assert (answer.status_code, answer.json()["msg"]) == (404, reason)
        told = ended(started)
    assert f"/auth/v1 is not served: {reason}" in told.stderr
    assert site.value("SELECT count(*) FROM auth.users") == 0


def test_a_database_that_goes_away_is_told_and_one_that_comes_back_is_used(site: Site) -> None:
    with serving(site) as (started, client):
        assert client.post("/auth/v1/signup", json=ADA).status_code == 200
        with psycopg.connect(site.server.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
            name = sql.Identifier(site.database)
            connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
            connection.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", (site.database,)
            )
            # More often than one may be wrong: that the database is away is nobody's fault.
            for _ in range(40):
                away = client.post("/auth/v1/token?grant_type=password", json=ADA)
            connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
        assert (away.status_code, away.json()["msg"]) == (503, "the database cannot be reached")
        assert client.post("/auth/v1/token?grant_type=password", json=ADA).status_code == 200
        told = ended(started)
    assert "/auth/v1: the database cannot be reached" in told.stderr
