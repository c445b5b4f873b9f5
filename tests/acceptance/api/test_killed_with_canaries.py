"""Rows that are laid to be tried go with the next run when ours is killed while they are there."""

from __future__ import annotations

import os
import signal

from acceptance_site import until

# Whoever deletes a row waits a moment, so that there is time to be killed in while one is there.
SLOW = """
create table public.slow (
  id uuid primary key,
  author uuid not null references auth.users on delete cascade
);
alter table public.slow enable row level security;
create policy own on public.slow to authenticated using ((select auth.uid()) = author);
create function public.wait() returns trigger language plpgsql as
  $$ declare waited text := pg_catalog.pg_sleep(0.7)::text; begin return old; end $$;
create trigger wait before delete on public.slow for each row execute function public.wait();
"""
CANARIES = "select count(*) from auth.users where email like 'haulback-canary%%'"
ROWS = "select count(*) from public.slow"


def test_canaries_go_with_the_next_run_after_a_kill(served):
    site = served.site
    site.migration("001_slow.sql", SLOW)
    running = site.start("deploy", "--yes", "--json")
    until(lambda: site.exists("public.slow"), "the table")
    until(lambda: site.value(ROWS), "a row")
    os.kill(running.process.pid, signal.SIGKILL)
    running.ended()
    assert site.value(CANARIES) == 2
    ended = site.deploy()
    assert ended.exit == 0, ended.stderr
    assert ended.document["resumed"] is True
    assert ended.step("verify")["noted"]["swept"] >= 2
    assert site.value(CANARIES) == 0
    assert site.value(ROWS) == 0


def test_canaries_go_when_the_killed_deployment_is_taken_back(served):
    site = served.site
    site.migration("001_slow.sql", SLOW)
    running = site.start("deploy", "--yes", "--json")
    until(lambda: site.exists("public.slow"), "the table")
    until(lambda: site.value(ROWS), "a row")
    os.kill(running.process.pid, signal.SIGKILL)
    running.ended()
    ended = site.rollback()
    assert ended.exit == 0, ended.stderr
    assert ended.step("verify")["noted"]["swept"] >= 2
    assert site.value(CANARIES) == 0
    assert site.value("select count(*) from information_schema.tables where table_name = 'slow'") == 0
