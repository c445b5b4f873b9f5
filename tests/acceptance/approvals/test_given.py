"""Approvals are given through each person's own login, and staging comes first."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from acceptance_servers import open_site
from acceptance_site import BARE, Ended, Site

from haulback.pg.cluster import Running

QUICK = (*BARE, "--skip", "snapshot", "--skip", "capture", "--skip", "validate")
ALICE, BOB, EVE = "acceptance_alice", "acceptance_bob", "acceptance_eve"
ASKS = f"""
approvals = ["devops", "dba"]
[targets.local.approvers]
{ALICE} = "devops"
{BOB} = "dba"
postgres = "dba"
"""


@pytest.fixture
def asking(site: Site) -> Site:
    """A site whose target asks for devops and dba; the three people have logins of their own."""
    with site.operator() as connection:
        for login in (ALICE, BOB, EVE):
            if not connection.execute("select 1 from pg_roles where rolname = %s", [login]).fetchone():
                connection.execute(f"create role {login} login")
    site.configure(local=ASKS)
    site.migration("1_first.sql", "create table public.first (id int primary key);")
    assert site.run("plan", "--no-rehearse", "--out", "plan.json").exit == 0
    return site


def _deploy(site: Site, *arguments: str) -> Ended:
    return site.run("deploy", "plan.json", "--yes", "--json", *QUICK, *arguments)


def _approve(site: Site, *login: str) -> Ended:
    chosen = ("--user", login[0]) if login else ()
    return site.run("approve", "plan.json", "--json", *chosen)


def _missing(site: Site, roles: str) -> None:
    ended = _deploy(site)
    assert (ended.exit, ended.document["error"]) == (3, "approval-missing")
    assert ended.document["message"].endswith(f"the approval of {roles}")
    assert not site.exists("public.first")


def test_each_role_once_and_nobody_for_himself(asking: Site) -> None:
    _missing(asking, "devops and dba")
    own = _approve(asking)
    assert (own.exit, own.document["error"]) == (3, "own-plan")
    stranger = _approve(asking, EVE)
    assert (stranger.exit, stranger.document["error"]) == (3, "not-an-approver")
    given = _approve(asking, ALICE)
    assert (given.exit, given.document["login"], given.document["role"]) == (0, ALICE, "devops")
    assert _approve(asking, ALICE).exit == 0  # says it twice, counts once
    _missing(asking, "dba")
    assert _approve(asking, BOB).document["role"] == "dba"

    ended = _deploy(asking)

    assert ended.exit == 0
    assert asking.exists("public.first")
    assert asking.rows("select login, role from haulback.approval order by 1") == [(ALICE, "devops"), (BOB, "dba")]


def test_an_approval_is_of_one_plan(asking: Site) -> None:
    for login in (ALICE, BOB):
        assert _approve(asking, login).exit == 0
    asking.migration("1_first.sql", "create table public.first (id int primary key, secret text);")
    assert asking.run("plan", "--no-rehearse", "--out", "plan.json").exit == 0
    _missing(asking, "devops and dba")


def test_whoever_deploys_is_left_out_of_the_count(asking: Site) -> None:
    """One person gives one approval, never for a plan of his own: not even for one that somebody else saved."""
    with asking.operator() as connection:
        connection.execute(f"grant postgres to {ALICE}")
    try:
        assert asking.run("plan", "--no-rehearse", "--out", "plan.json").exit == 0  # a membership is part of the schema
        for login in (ALICE, BOB):
            assert _approve(asking, login).exit == 0
        asking.configure(local=ASKS, user=ALICE)
        _missing(asking, "devops")
    finally:
        with asking.operator() as connection:
            connection.execute(f"revoke postgres from {ALICE}")


@pytest.fixture
def staging(acceptance_server: Running, site: Site) -> Iterator[Site]:
    """A second database."""
    yield from open_site(acceptance_server, site.folder / "unused", site.home)


def test_the_same_plan_must_stand_on_staging_first(site: Site, staging: Site) -> None:
    url = staging.server.url(database=staging.database)
    site.configure(f'[targets.stage]\nurl = "{url}"\n', local='staging = "stage"')
    site.migration("1_first.sql", "create table public.first (id int primary key);")

    early = site.deploy(*QUICK)
    assert (early.exit, early.document["error"]) == (3, "staging-missing")
    assert "on stage first" in early.document["message"]
    assert not site.exists("public.first")
    assert site.deploy("--target", "stage", *QUICK).exit == 0
    site.migration("1_first.sql", "create table public.first (id int primary key, more text);")
    assert site.deploy(*QUICK).exit == 3  # the file is not the one that was deployed there
    site.migration("1_first.sql", "create table public.first (id int primary key);")

    assert site.deploy(*QUICK).exit == 0


def test_logins_are_people_not_roles(asking: Site) -> None:
    """Nobody writes an approval in another's name, whatever he sends to the server."""
    with psycopg.connect(asking.server.conninfo(ALICE, asking.database), autocommit=True) as alice:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            alice.execute("insert into haulback.approval (plan_hash, login, role) values ('x', %s, 'dba')", [BOB])
        alice.execute("insert into haulback.approval (plan_hash, role) values ('x', 'dba')")
    assert asking.rows("select login from haulback.approval") == [(ALICE,)]
