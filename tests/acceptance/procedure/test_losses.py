"""What a migration destroys, and what users write meanwhile, is there again after going back."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from typing import Self

import psycopg
import pytest
from acceptance_site import Site

BASE = """
create table public.notes (
  id bigint primary key, user_id uuid not null references auth.users (id), body text, mood int
);
alter table public.notes enable row level security;
create policy notes_own on public.notes
  to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create table public.drafts (id bigint primary key, body text not null);
"""
ROWS = 3000


class Writers:
    """Sessions that write to both tables as long as the tables take it, and remember what was acknowledged."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.over = threading.Event()
        self.bodies: dict[int, str] = {}
        self.drafts: dict[int, str] = {}
        self.threads = [
            threading.Thread(target=self._write, args=(table, into), daemon=True)
            for table, into in (("notes", self.bodies), ("drafts", self.drafts))
        ]

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def _write(self, table: str, into: dict[int, str]) -> None:
        with self.site.connect() as connection:
            for number in itertools.count():
                if self.over.wait(0.002):
                    return
                key, text = number % ROWS, f"written {number}"
                try:
                    found = connection.execute(f"update public.{table} set body = %s where id = %s", [text, key])
                except (psycopg.errors.UndefinedColumn, psycopg.errors.UndefinedTable):
                    continue  # it is dropped for a while
                if found.rowcount:
                    into[key] = text


@pytest.fixture
def told(site: Site) -> Iterator[Site]:
    """A site with the module's own tables, and two tables with rows."""
    assert site.run("init").exit == 0
    for left in (site.folder / "supabase" / "migrations").glob("2024120*.sql"):
        left.unlink()  # only the operations are needed: status, log and audit log
    (site.folder / "supabase" / "seed" / "engagement_events.sql").unlink()
    site.migration("20250101000000_base.sql", BASE)
    assert site.deploy("--skip", "rehearsal", "--skip", "preflight").exit == 0
    site.execute(
        f"""
        insert into auth.users (id) values ('{"1" * 8}-0000-4000-8000-000000000000'), (gen_random_uuid());
        insert into public.notes select n, u.id, 'body ' || n, n from generate_series(0, {ROWS - 1}) as n,
          (select id from auth.users order by id limit 1) as u;
        insert into public.drafts select n, 'draft ' || n from generate_series(0, {ROWS - 1}) as n;
        """
    )
    return site


def test_a_breach_takes_back_a_dropped_column_and_a_dropped_table_under_writers(told: Site) -> None:
    before = told.dump()
    moods = told.rows("select id, mood from public.notes order by id")
    told.migration(
        "20250102000000_opened.sql",
        """
        alter table public.notes drop column mood;
        drop table public.drafts;
        drop policy notes_own on public.notes;
        create policy notes_all on public.notes to authenticated using (true) with check (true);
        """,
    )

    with Writers(told) as writers:
        ended = told.deploy("--skip", "preflight")

    assert ended.exit == 4
    assert "verification failed" in ended.document["message"]
    assert told.dump() == before
    assert told.rows("select id, mood from public.notes order by id") == moods
    bodies = {n: f"body {n}" for n in range(ROWS)} | writers.bodies
    assert dict(told.rows("select id, body from public.notes")) == bodies
    drafts = {n: f"draft {n}" for n in range(ROWS)} | writers.drafts
    assert dict(told.rows("select id, body from public.drafts")) == drafts
    assert writers.bodies
    assert writers.drafts
    # The record of the breach was committed apart, so going back did not take it along.
    audit = told.rows("select details ->> 'id' from public.security_audit_log where details ->> 'breach' = 'true'")
    assert audit
    assert told.rows("select action from public.deployment_log order by id") == [("deploy",), ("rollback",)]
    assert told.value("select details from public.deployment_log order by id desc").endswith(": 20250102000000")
    log = told.run("log", "--json").document["deployments"]
    assert [one["state"] for one in log] == ["rolled back", "deployed"]


def test_taking_back_later_brings_back_values_and_keeps_rows_written_since(told: Site) -> None:
    before = told.dump()
    moods = told.rows("select id, mood from public.notes order by id")
    drafts = told.rows("select * from public.drafts order by id")
    told.migration(
        "20250102000000_slim.sql",
        "alter table public.notes drop column mood; drop table public.drafts;"
        " create table public.tags (id bigint primary key, name text);",
    )
    assert told.deploy("--skip", "preflight", "--skip", "verify").exit == 0
    told.execute(
        "insert into public.tags values (1, 'one'), (2, 'two');"
        " insert into public.notes (id, user_id, body) select 9000, user_id, 'new' from public.notes where id = 0"
    )

    ended = told.rollback()

    assert ended.exit == 0
    assert told.dump() == before
    assert told.rows("select id, mood from public.notes order by id") == [*moods, (9000, None)]
    assert told.rows("select * from public.drafts order by id") == drafts
    kept = {one["identity"]: one["rows"] for one in told.run("attic", "list", "--json").document["captures"]}
    assert kept["public.tags"] == 2
    assert told.rows("select action from public.deployment_log order by id") == [
        ("deploy",),
        ("deploy",),
        ("rollback",),
    ]


def test_a_dropped_column_is_not_forced_over_what_the_app_wrote_into_it_since(told: Site) -> None:
    """After the failure the column is there again before its values are: users may write it first."""
    told.migration("20250102000000_slim.sql", "alter table public.notes drop column mood;")
    assert told.deploy("--skip", "preflight", "--skip", "verify").exit == 0
    told.execute("delete from public.notes where id = 5")

    assert told.rollback().exit == 0

    assert told.value("select count(*) from public.notes where id = 5") == 0
    assert told.value("select count(*) from public.notes where mood is distinct from id") == 0
