"""Two million events with their indexes, as the module has them, in a project of its own."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg

from _measure import fresh_database
from haulback.pg.cluster import Running

ROWS = int(os.environ.get("HAULBACK_BENCH_ROWS", "2000000"))
TABLE = f"""
create table public.events (
  id uuid primary key, user_id uuid not null, "timestamp" timestamptz not null, event_type text not null,
  value jsonb not null, is_deleted boolean not null default false, deleted_at timestamptz);
insert into public.events (id, user_id, "timestamp", event_type, value)
  select md5(g::text)::uuid, md5((g % 50000)::text || 'u')::uuid, now() - g * interval '1 second',
         (array['app_opened', 'lesson_completed', 'steps_synced', 'coach_message_sent'])[1 + g % 4],
         jsonb_build_object('steps', g % 12000, 'source', 'healthkit', 'screen', 'home/' || g % 40)
    from pg_catalog.generate_series(1, {ROWS}) as g;
create index on public.events (user_id, "timestamp" desc);
create index on public.events using gin (value);
create index on public.events (event_type);
create index on public.events (deleted_at) where is_deleted;
"""


def stocked(running: Running, home: Path) -> tuple[Path, psycopg.Connection]:
    """The folder of a project whose target holds the events, and a connection to it."""
    url = fresh_database(running)
    folder = home / "project"
    folder.mkdir()
    (folder / "haulback.toml").write_text(f'home = "{home}"\n[targets.local]\nurl = "{url}"\n')
    connection = psycopg.connect(url, autocommit=True)
    connection.execute(TABLE.encode())
    connection.execute("vacuum analyze public.events")
    return folder, connection
