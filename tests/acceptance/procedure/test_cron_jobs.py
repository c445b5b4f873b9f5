"""Cron jobs rest while a deployment goes back, and only then; those that rested before stay at rest."""

from __future__ import annotations

import pytest
from acceptance_site import Site, until

ACTIVE = "select jobname, active from cron.job order by jobname"
BEFORE = [("busy", True), ("resting", False), ("second", True)]
# A rollback script that waits until somebody opens the gate.
GATED = """
do $$ begin
  while not (select open from public.gate) loop perform pg_sleep(0.02); end loop;
end $$;
drop table public.tags;
"""


@pytest.fixture
def scheduled(site: Site) -> Site:
    """A site with three jobs, one of them switched off by its owner, and a deployment that stands."""
    with site.connect() as connection:
        connection.execute(
            """
            create extension pg_cron;
            select cron.schedule('busy', '0 3 * * *', 'select 1');
            select cron.schedule('second', '0 4 * * *', 'select 1');
            select cron.schedule('resting', '0 5 * * *', 'select 1');
            select cron.alter_job((select jobid from cron.job where jobname = 'resting'), active := false);
            create table public.gate (open bool);
            insert into public.gate values (false);
            """
        )
    site.migration("1_tags.sql", "create table public.tags (id int primary key);")
    site.rollback_script("1_tags.sql", GATED)
    assert site.deploy("--skip", "rehearsal", "--skip", "preflight", "--skip", "snapshot", "--skip", "verify").exit == 0
    return site


def test_the_active_ones_rest_while_it_goes_back_and_start_again_after(scheduled: Site) -> None:
    assert scheduled.rows(ACTIVE) == BEFORE  # going forward leaves them alone
    started = scheduled.start("rollback", "--yes", "--json")
    until(lambda: not any(active for _, active in scheduled.rows(ACTIVE)), "jobs at rest")
    # A job that somebody switches on or makes meanwhile is his own affair.
    scheduled.execute("select cron.schedule('new', '0 6 * * *', 'select 1')")
    scheduled.execute("update public.gate set open = true")

    ended = started.ended()

    assert ended.exit == 0
    assert scheduled.rows(ACTIVE) == [BEFORE[0], ("new", True), *BEFORE[1:]]
    assert not scheduled.exists("public.tags")


def test_a_crash_while_they_rest_leaves_the_rerun_to_start_them_again(scheduled: Site) -> None:
    started = scheduled.start("rollback", "--yes", "--json")
    until(lambda: not any(active for _, active in scheduled.rows(ACTIVE)), "jobs at rest")
    started.process.kill()
    started.ended()
    assert not any(active for _, active in scheduled.rows(ACTIVE))
    scheduled.execute("update public.gate set open = true")

    assert scheduled.run("resume", "--yes", "--json").document["state"] == "rolled back"

    assert scheduled.rows(ACTIVE) == BEFORE
