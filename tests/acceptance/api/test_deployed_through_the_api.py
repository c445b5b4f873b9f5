"""A deployment asks the target's API: as six callers, about every exposed table that it touches."""

from __future__ import annotations

import jwt
import pytest
from api_secret import SECRET

NOTES = """
create table public.notes (
  id uuid primary key default gen_random_uuid(),
  author uuid not null references auth.users on delete cascade,
  kind text not null check (kind in ('draft', 'final')),
  pages int check (pages > 2) not null,
  body text
);
alter table public.notes enable row level security;
create policy own on public.notes to authenticated
  using ((select auth.uid()) = author) with check ((select auth.uid()) = author);
"""
CANARIES = "select count(*) from auth.users where email like 'haulback-canary%%'"


def _nothing_stays(site) -> None:
    assert site.value(CANARIES) == 0
    if site.exists("public.notes"):
        assert site.value("select count(*) from public.notes") == 0
    left = """
        select unit from haulback.entry where step = 'verify' and unit like 'canary%%'
        group by unit having (array_agg(event order by sequence desc))[1] = 'begun'
    """
    assert site.rows(left) == []


def test_api_serves_the_new_table_and_keeps_every_caller_to_theirs(served):
    served.site.migration("001_notes.sql", NOTES)
    ended = served.site.deploy()
    assert ended.exit == 0, ended.stderr
    verify = ended.step("verify")
    assert verify["unknown"] == []
    assert 0 < verify["noted"]["api_served_seconds"] < 15
    _nothing_stays(served.site)


@pytest.mark.parametrize(
    ("name", "policy", "told"),
    [
        ("change", "for update to authenticated using (auth.role() = 'authenticated')", "user B changes"),
        ("delete", "for delete to authenticated using (auth.role() = 'authenticated')", "user B deletes"),
        ("insert", "for insert to anon with check (auth.role() = 'anon')", "anon inserts"),
    ],
)
def test_a_policy_that_lets_others_in_takes_the_deployment_back(served, name, policy, told):
    served.site.migration("001_notes.sql", NOTES)
    served.site.migration(
        "002_open.sql",
        f"create policy {name} on public.notes {policy};"
        " create policy seen on public.notes for select to authenticated using (auth.role() = 'authenticated');",
    )
    ended = served.site.deploy("--skip", "hazards")
    assert ended.exit == 4, ended.stdout
    assert told in ended.stderr
    assert not served.site.exists("public.notes")
    _nothing_stays(served.site)


def test_after_a_rollback_the_api_serves_what_was_there_before(served):
    served.site.migration("001_notes.sql", NOTES)
    assert served.site.deploy().exit == 0
    ended = served.site.rollback()
    assert ended.exit == 0, ended.stderr
    asked = ended.step("api")["noted"]
    assert asked["outcome"] == "pass"
    assert 0 < asked["served_seconds"] < 15


def test_without_the_secret_what_cannot_be_tried_is_unknown(served):
    served.site.migration("001_notes.sql", NOTES)
    served.site.environment.pop("HAULBACK_JWT_SECRET")
    ended = served.site.deploy()
    assert ended.exit == 0, ended.stderr
    assert "api-callers" in ended.step("verify")["unknown"]
    assert "service_role has no token" in ended.stdout
    _nothing_stays(served.site)


def test_without_the_secret_given_tokens_do_what_they_can(served):
    site = served.site
    site.migration("001_notes.sql", NOTES)
    user = site.value("insert into auth.users (id, email) values (gen_random_uuid(), 'ada@example.test') returning id")
    site.environment.pop("HAULBACK_JWT_SECRET")
    site.environment["SERVICE_ROLE_KEY"] = jwt.encode({"role": "service_role"}, SECRET)
    site.environment["USER_JWT"] = jwt.encode({"role": "authenticated", "sub": str(user)}, SECRET)
    ended = site.deploy()
    assert ended.exit == 0, ended.stderr
    assert ended.step("verify")["unknown"] == ["api-callers", "api-graphql"]
    told = next(one["text"] for one in ended.events if one.get("text", "").startswith("api-callers"))
    assert "user B has no token" in told
    assert "user A" not in told
    assert SECRET not in ended.stdout
    _nothing_stays(site)


def test_an_api_that_does_not_answer_is_unknown_with_a_hint(served):
    served.stop()
    served.site.migration("001_notes.sql", NOTES)
    ended = served.site.deploy("--skip", "preflight")
    assert ended.exit == 0, ended.stderr
    assert {"api-cache", "api-callers"} <= set(ended.step("verify")["unknown"])
    assert "is api_url its address?" in ended.stdout


def test_where_nothing_may_be_unknown_an_api_that_does_not_answer_ends_with_7(served):
    served.stop()
    served.configure("[targets.local.policy]\nunknown_blocks = true")
    served.site.migration("001_notes.sql", NOTES)
    ended = served.site.deploy("--skip", "preflight", "--skip", "hazards")
    assert ended.exit == 7, ended.stdout
    assert ended.document["state"] == "deployed"
    assert "api-callers" in ended.stderr
    assert "hint" in ended.stderr


def test_a_table_whose_trigger_sends_is_only_read(served):
    served.site.migration(
        "001_notes.sql",
        NOTES
        + """
        create function public.tell() returns trigger language plpgsql as
          $$ begin perform pg_notify('told', new.id::text); return new; end $$;
        create trigger tell after insert on public.notes for each row execute function public.tell();
        """,
    )
    ended = served.site.deploy()
    assert ended.exit == 0, ended.stderr
    assert "public.notes was only read: the trigger tell" in ended.stdout
    _nothing_stays(served.site)
