"""A deployment asks the target's API: as six callers, about every exposed table that it touches."""

from __future__ import annotations

NOTES = """
create table public.notes (
  id uuid primary key default gen_random_uuid(),
  author uuid not null references auth.users on delete cascade,
  kind text not null check (kind in ('draft', 'final')),
  body text
);
alter table public.notes enable row level security;
create policy own on public.notes to authenticated
  using ((select auth.uid()) = author) with check ((select auth.uid()) = author);
"""


def test_api_serves_the_new_table_and_keeps_every_caller_to_theirs(served):
    served.site.migration("001_notes.sql", NOTES)
    ended = served.site.deploy()
    assert ended.exit == 0, ended.stderr
    verify = ended.step("verify")
    assert "api-cache" not in verify["unknown"]
    assert "api-callers" not in verify["unknown"], ended.stdout
    assert 0 < verify["noted"]["api_served_seconds"] < 15
    assert served.site.value("select count(*) from public.notes") == 0
    assert served.site.value("select count(*) from auth.users where email like 'haulback-canary%%'") == 0
