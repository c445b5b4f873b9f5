"""Maintenance is a step: announced before anything changes, ended after, and over by itself where we die."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psycopg
import pytest
from acceptance_site import BARE, Site, until

QUICK = (*BARE, "--skip", "snapshot", "--skip", "capture", "--skip", "validate")
CURRENT = (
    "select maintenance_mode, message, expires_at > now(), deployment_id from public.system_status where is_current"
)
PRE_REQUEST = """
select count(*) from pg_db_role_setting as s, unnest(s.setconfig) as c (setting)
 where s.setrole = 'authenticator'::regrole and c.setting = 'pgrst.db_pre_request=haulback.refuse_writes_in_maintenance'
"""
# It goes on once somebody opens the gate.
GATED = """
do $$ begin
  while not (select open from public.gate) loop perform pg_sleep(0.02); end loop;
end $$;
create table public.done_{0} (id int primary key);
"""


@pytest.fixture
def announced(site: Site) -> Site:
    """A site whose system_status is deployed, and a gate."""
    assert site.run("init").exit == 0
    for left in (site.folder / "supabase" / "migrations").glob("2024120*.sql"):
        left.unlink()
    _drop_seed(site.folder)
    assert site.deploy(*QUICK).exit == 0
    site.execute("create table public.gate (open bool); insert into public.gate values (false)")
    site.migration("20250101000000_slow.sql", GATED.format(1))
    return site


def _drop_seed(folder: Path) -> None:
    (folder / "supabase" / "seed" / "engagement_events.sql").unlink()


def _in_maintenance(site: Site) -> bool:
    return bool(site.value("select public.maintenance_active()"))


def _deployment(site: Site) -> str:
    return str(site.value("select id from haulback.deployment order by number desc limit 1"))


def test_announced_while_it_runs_and_ended_after(announced: Site) -> None:
    started = announced.start("deploy", "--yes", "--json", *QUICK)
    until(lambda: _in_maintenance(announced), "maintenance")
    assert announced.rows(CURRENT) == [(True, "a database migration is in progress", True, _deployment(announced))]
    with announced.connect() as anybody:
        anybody.execute("set role anon")
        assert anybody.execute("select maintenance_mode from public.system_status").fetchall() == [(True,)]
    announced.execute("update public.gate set open = true")

    ended = started.ended()

    assert ended.exit == 0
    assert not _in_maintenance(announced)
    assert announced.rows(CURRENT) == [(False, None, None, _deployment(announced))]
    assert announced.value("select count(*) from public.system_status where maintenance_mode") == 1  # history stays


def test_a_rollback_announces_and_ends_its_own(announced: Site) -> None:
    announced.execute("update public.gate set open = true")
    assert announced.deploy(*BARE).exit == 0
    rows = announced.value("select count(*) from public.system_status where maintenance_mode")

    assert announced.rollback().exit == 0

    assert announced.value("select count(*) from public.system_status where maintenance_mode") == rows + 1
    assert not _in_maintenance(announced)


def test_a_deployment_without_maintenance_is_taken_back_without(announced: Site) -> None:
    announced.execute("update public.gate set open = true")
    assert announced.deploy(*BARE, "--skip", "maintenance").exit == 0

    assert announced.rollback().exit == 0

    assert announced.value("select count(*) from public.system_status where maintenance_mode") == 0


def test_a_rollback_that_cannot_be_is_refused_before_it_is_announced(announced: Site) -> None:
    announced.execute("update public.gate set open = true")
    assert announced.deploy(*QUICK).exit == 0
    rows = announced.rows("select * from public.system_status order by id")

    ended = announced.rollback()

    assert (ended.exit, ended.document["error"]) == (3, "kept-nothing")
    assert announced.rows("select * from public.system_status order by id") == rows
    assert announced.deploy(*QUICK).document["state"] == "nothing pending"


def test_somebody_elses_maintenance_is_not_ended(announced: Site) -> None:
    announced.execute(
        "update public.gate set open = true;"
        " insert into public.system_status (maintenance_mode, message) values (true, 'the shop is closed')"
    )

    assert announced.deploy(*QUICK, "--skip", "maintenance").exit == 0

    assert announced.rows(CURRENT)[0][:2] == (True, "the shop is closed")


def test_expiry_needs_no_living_process_and_a_rerun_ends_what_a_crash_left(announced: Site) -> None:
    announced.configure(deploy='maintenance_expires = "4s"', local='maintenance = "enforce"')
    started = announced.start("deploy", "--yes", "--json", *QUICK)
    until(lambda: _in_maintenance(announced), "maintenance")
    assert announced.value(PRE_REQUEST) == 1
    assert _posts(announced, "during") == "PGRST"
    assert _gets(announced)
    os.kill(started.process.pid, signal.SIGKILL)
    started.ended()

    until(lambda: not _in_maintenance(announced), "the expiry")

    # The row still says so; only the clock has ended it, and with it the refusal of writes.
    assert announced.rows(CURRENT)[0][:3] == (True, "a database migration is in progress", False)
    assert announced.value(PRE_REQUEST) == 1
    assert _posts(announced, "after") is None
    announced.execute("update public.gate set open = true")

    ended = announced.deploy(*QUICK)

    assert ended.exit == 0
    assert ended.document["resumed"] is True
    assert announced.rows(CURRENT)[0][0] is False
    assert announced.value(PRE_REQUEST) == 0
    assert announced.exists("public.done_1")


def test_off_means_off(announced: Site) -> None:
    announced.configure(local='maintenance = "off"')
    announced.execute("update public.gate set open = true")
    rows = announced.value("select count(*) from public.system_status")

    assert announced.deploy(*QUICK).exit == 0

    assert announced.value("select count(*) from public.system_status") == rows


def _posts(site: Site, text: str) -> str | None:
    """Writes as PostgREST would for a signed-in user; returns the SQLSTATE of a refusal."""
    site.execute(
        "create table if not exists public.letters (text text); grant insert on public.letters to authenticated"
    )
    try:
        _request(site, "POST", f"insert into public.letters values ('{text}')")
    except psycopg.Error as error:
        return error.sqlstate
    return None


def _gets(site: Site) -> bool:
    _request(site, "GET", "select maintenance_mode from public.system_status")
    return True


def _request(site: Site, method: str, statement: str) -> None:
    with site.connect("authenticator", autocommit=False) as connection:
        connection.execute("set local role authenticated")
        connection.execute("select set_config('request.method', %s, true)", [method])
        connection.execute("select haulback.refuse_writes_in_maintenance()")
        connection.execute(statement)
