"""A Realtime that tells too many, too few or nobody: the deployment notices each, and leaves no row behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest
from front import Played, absent, front

from haulback.pg.cluster import SUPERUSER

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


@pytest.fixture
def played(served) -> Iterator[Callable[..., None]]:
    """Puts a played Realtime in front of the API of the project."""
    opened = []

    def session() -> psycopg.Connection:
        site = served.site
        return psycopg.connect(site.server.conninfo(SUPERUSER, site.database), autocommit=True)

    def play(tells, **how) -> None:
        realtime = Played(session, tells, **how).served()
        port = realtime.__enter__()
        at = front(served.url, port)
        served.site.configure(local=f'api_url = "{at.__enter__()}"')
        opened.extend([at, realtime])

    yield play
    for one in opened:
        one.__exit__(None, None, None)


def deployed(site):
    site.migration("001_notes.sql", NOTES)
    return site.deploy("--skip", "hazards")


def nothing_stays(site):
    assert site.value("select count(*) from auth.users where email like 'haulback-canary%%'") == 0
    if site.exists("public.notes"):
        assert site.value("select count(*) from public.notes") == 0


def test_one_that_tells_everybody_is_a_breach(served, played):
    played(lambda _role: True)
    ended = deployed(served.site)
    assert ended.exit == 4, ended.stdout
    for caller in ("anon", "user B"):
        told = f"Realtime tells {caller} of a row of public.notes that the database hides from it"
        assert told in ended.stderr
    assert not served.site.exists("public.notes")
    nothing_stays(served.site)


def test_one_that_takes_bad_tokens_is_a_breach(served, played):
    played(lambda role: role == "service_role", trusts=True)
    ended = deployed(served.site)
    assert ended.exit == 4, ended.stdout
    assert "an expired token joins a channel of Realtime; a forged token joins a channel of Realtime" in ended.stderr
    nothing_stays(served.site)


def test_one_that_does_not_tell_user_a_is_broken(served, played):
    played(lambda role: role == "service_role")
    ended = deployed(served.site)
    assert ended.exit == 4, ended.stdout
    assert "Realtime does not tell user A of a row of public.notes that it may read" in ended.stderr
    assert "service_role" not in ended.stderr
    nothing_stays(served.site)


def test_a_subscription_that_is_refused_is_unknown(served, played):
    played(lambda _role: False, system=("error", "Unable to subscribe to changes with given parameters"))
    ended = deployed(served.site)
    assert ended.exit == 0, ended.stderr
    assert ended.step("verify")["unknown"] == ["api-realtime"]
    assert "user A could not listen to public.notes: Unable to subscribe" in ended.stdout
    nothing_stays(served.site)


def test_one_that_tells_only_whoever_may_read_passes_with_the_time_it_took(served, played):
    # Both users are told of the same here, so the table is one that every user may read.
    played(lambda role: role in {"authenticated", "service_role"})
    served.site.migration(
        "002_open.sql", "create policy seen on public.notes for select to authenticated using (true);"
    )
    ended = deployed(served.site)
    assert ended.exit == 0, ended.stderr
    verify = ended.step("verify")
    assert verify["unknown"] == []
    assert 0 < verify["noted"]["realtime_milliseconds"] < 10_000
    nothing_stays(served.site)


def test_without_realtime_it_is_not_applicable(served):
    with absent() as port, front(served.url, port) as at:
        served.site.configure(local=f'api_url = "{at}"')
        ended = deployed(served.site)
    assert ended.exit == 0, ended.stderr
    assert ended.step("verify")["unknown"] == []
    assert "realtime_milliseconds" not in ended.step("verify")["noted"]
    nothing_stays(served.site)
