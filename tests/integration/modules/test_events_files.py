"""The files as files: forward, back to exactly what was, on any search_path, and the seed twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from haulback.modules.engagement_events.module import SCHEDULES, load

LISTING = Path(__file__).with_name("catalog_listing.sql").read_text(encoding="utf-8")

# Of the names that the module uses, those that a careless file would find here instead.
HOSTILE = """
create schema hostile;
create table hostile.engagement_events (id uuid, user_id uuid, is_deleted boolean, deleted_at timestamptz);
create table hostile.engagement_events_archive (id uuid);
create table hostile.system_status (is_current boolean);
create table hostile.security_audit_log (user_id uuid);
create table hostile.erased_users (user_hash bytea);
create table hostile.users (id uuid);
create function hostile.uid() returns uuid language sql as 'select null::uuid';
create function hostile.is_erased(uuid) returns boolean language sql as 'select false';
create function hostile.erasure_hash(uuid) returns bytea language sql as 'select null::bytea';
grant usage on schema hostile to public;
"""


def listing(connection) -> list[tuple]:
    with connection.transaction():
        connection.execute("set local search_path = pg_catalog")
        return connection.execute(LISTING).fetchall()


def test_the_rollback_scripts_bring_the_catalog_back_to_what_it_was(owner, apply):
    before = listing(owner)
    states = []
    for migration in load().migrations:
        states.append(listing(owner))
        apply(owner, migration.text)
    assert listing(owner) != before
    for script in reversed(load().rollbacks):
        apply(owner, script.text)
        assert listing(owner) == states.pop()
    assert listing(owner) == before


def test_forward_again_makes_the_same(owner, apply):
    made = []
    for _ in range(2):
        for migration in load().migrations:
            apply(owner, migration.text)
        made.append(listing(owner))
        for script in reversed(load().rollbacks):
            apply(owner, script.text)
    assert made[0] == made[1]


def test_a_rollback_script_drops_nothing_that_others_built_on(deployed, apply):
    deployed.execute("create view public.mine as select id from public.engagement_events")
    *_, script = (s for s in load().rollbacks if s.path.stem == "20241201000000_engagement_events")
    for later in reversed(load().rollbacks):
        if later.version > script.version:
            apply(deployed, later.text)
    with pytest.raises(Exception, match="other objects depend on it"):
        apply(deployed, script.text)
    assert deployed.execute("select count(*) from public.mine").fetchone() == (0,)


@pytest.mark.parametrize("search_path", ["''", "hostile", "hostile, public, auth", "auth, public"])
def test_nothing_depends_on_the_search_path(owner, apply, act, ada, search_path):
    owner.execute(HOSTILE)
    for migration in load().migrations:
        apply(owner, migration.text)
    usual = listing(owner)
    for script in reversed(load().rollbacks):
        apply(owner, script.text)

    owner.execute(f"set search_path = {search_path}")
    for migration in load().migrations:
        apply(owner, migration.text)
    apply(owner, load().seed.text)
    assert listing(owner) == usual

    owner.execute("insert into auth.users (id, email) values (%s, 'x@example.test')", (ada,))
    with act(owner, "authenticated", ada) as api:
        event = api.execute(
            "insert into public.engagement_events (user_id, event_type) values (%s, 'x') returning id", (ada,)
        ).fetchone()
        assert api.execute("select public.soft_delete_event(%s)", event).fetchone() == (True,)
    owner.execute("update public.engagement_events set deleted_at = deleted_at - interval '1 year' where is_deleted")
    with act(owner, "service_role") as api:
        assert api.execute("select public.archive_old_deleted_events()").fetchone() == (1,)
        api.execute("insert into public.system_status (maintenance_mode) values (true)")
        assert api.execute("select public.maintenance_active()").fetchone() == (True,)
        counts = api.execute("select public.delete_user_data(%s)", (ada,)).fetchone()[0]
        assert (counts["events"], counts["archive"]) == (0, 1)
        assert api.execute("select public.is_erased(%s)", (ada,)).fetchone() == (True,)
        assert api.execute("select public.sweep_erased_users()").fetchone() == (0,)
    script = reversed(load().rollbacks)
    for rollback in script:
        apply(owner, rollback.text)


def test_an_object_of_the_same_name_is_refused_rather_than_adopted(owner, apply):
    owner.execute("create table public.deployment_log (something text)")
    before = listing(owner)
    with pytest.raises(Exception, match="already exists"):
        apply(owner, load().migrations[0].text)
    assert listing(owner) == before


def test_the_seed_loads_twice_without_duplicates(deployed, apply):
    counts = []
    for _ in range(2):
        apply(deployed, load().seed.text)
        counts.append(deployed.execute("select count(*) from public.engagement_events").fetchone())
    assert counts[0] == counts[1] == (112,)


# The part of pg_cron that the module uses: its real background worker is not in the embedded server.
CRON = """
create schema cron;
create table cron.job (
  jobid bigint generated always as identity, jobname text unique, schedule text, command text);
create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as
  'insert into cron.job (jobname, schedule, command) values ($1, $2, $3) returning jobid';
create function cron.unschedule(job_name text) returns boolean language plpgsql as $$
begin
  delete from cron.job where jobname = job_name;
  if not found then raise exception 'could not find valid entry for job ''%''', job_name; end if;
  return true;
end $$;
"""


@pytest.mark.parametrize("removed_by_hand", [False, True])
def test_where_pg_cron_is_the_jobs_are_scheduled_and_taken_back(owner, apply, removed_by_hand):
    owner.execute("drop extension if exists pg_cron cascade")
    owner.execute(CRON)
    owner.execute("select cron.schedule('theirs', '* * * * *', 'select 1')")
    for migration in load().migrations:
        apply(owner, migration.text)
    jobs = owner.execute("select jobname, schedule, command from cron.job where jobname <> 'theirs' order by jobid")
    assert jobs.fetchall() == [(s.name, s.cron, s.sql) for s in SCHEDULES]
    if removed_by_hand:
        owner.execute("delete from cron.job where jobname <> 'theirs'")
    for script in reversed(load().rollbacks):
        apply(owner, script.text)
    assert owner.execute("select jobname from cron.job").fetchall() == [("theirs",)]


def test_the_schedules_are_statements_that_run(deployed):
    for schedule in SCHEDULES:
        assert deployed.execute(schedule.sql).fetchone() == (0,)


def test_the_embedded_servers_pg_cron_takes_the_jobs(database, apply):
    with database.connect(autocommit=True) as owner:
        owner.execute("create extension if not exists pg_cron")
        before = listing(owner)
        for migration in load().migrations:
            apply(owner, migration.text)
        jobs = owner.execute("select jobname, schedule, command, active from cron.job order by jobid")
        assert jobs.fetchall() == [(s.name, s.cron, s.sql, True) for s in SCHEDULES]
        for script in reversed(load().rollbacks):
            apply(owner, script.text)
        assert owner.execute("select count(*) from cron.job").fetchone() == (0,)
        assert listing(owner) == before
