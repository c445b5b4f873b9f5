"""A deployment listens to the target's own Realtime: user A hears of a new row of theirs, user B and anon do not."""

from __future__ import annotations

NOTES = """
create table public.notes (
  id uuid primary key default gen_random_uuid(),
  author uuid not null references auth.users on delete cascade,
  body text
);
alter table public.notes enable row level security;
create policy own on public.notes to authenticated
  using ((select auth.uid()) = author) with check ((select auth.uid()) = author);
alter publication supabase_realtime add table public.notes;
"""
SLOTS = "select count(*) from pg_replication_slots where database = current_database() and not temporary"


def test_a_new_table_is_listened_to_and_nothing_stays(served):
    slots = served.site.value(SLOTS)
    served.site.migration("001_notes.sql", NOTES)
    ended = served.site.deploy()
    assert ended.exit == 0, ended.stderr
    verify = ended.step("verify")
    assert verify["unknown"] == []
    assert 0 < verify["noted"]["realtime_milliseconds"] < 10_000
    assert served.site.value("select count(*) from public.notes") == 0
    assert served.site.value("select count(*) from auth.users where email like 'haulback-canary%%'") == 0
    assert served.site.value(SLOTS) == slots


def test_a_policy_that_shares_rows_shares_their_events(served):
    served.site.migration(
        "001_notes.sql", NOTES + "create policy seen on public.notes for select to authenticated using (true);"
    )
    ended = served.site.deploy("--skip", "hazards")
    assert ended.exit == 0, ended.stderr
    assert "api-realtime" not in ended.step("verify")["unknown"]
    assert "realtime_milliseconds" in ended.step("verify")["noted"]


def test_all_three_are_well_while_they_are_served(served):
    ended = served.site.run("health", "--json")
    assert ended.exit == 0, ended.stdout
    assert [one["state"] for one in ended.document["services"]] == ["up", "up", "up"]
    realtime = ended.document["services"][2]
    assert "private channel" in realtime["told"]
    assert min(realtime["parts"].values()) > 0


def test_the_check_that_the_runbook_leaves_out_is_made_of_the_module(served):
    """The runbook has "this would require a WebSocket client test" in its place."""
    assert served.site.run("init").exit == 0
    ended = served.site.deploy("--skip", "hazards")
    assert ended.exit == 0, ended.stderr
    assert "api-realtime" not in ended.step("verify")["unknown"]
    assert ended.step("verify")["noted"]["realtime_milliseconds"] > 0
    assert served.site.value("select count(*) from auth.users where email like 'haulback-canary%%'") == 0
    ours = "select count(*) from public.engagement_events where user_id not in (select id from auth.users)"
    assert served.site.value(ours) == 0
