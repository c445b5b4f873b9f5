"""The module that the procedures were written for: away with all its rows, and back again."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from haulback.capture import attic, merging, taking_back
from haulback.migrations.parse import read_script
from haulback.model.schema import compare
from haulback.pg.catalog.reader import read

MODULE = Path(str(files("haulback.modules.engagement_events")))
TABLES = {
    "public.engagement_events": "id",
    "public.engagement_events_archive": "id",
    "public.erased_users": "user_hash",
    "public.security_audit_log": "id",
    "public.system_status": "id",
}


def scripts(folder: str):
    return [read_script(path) for path in sorted((MODULE / folder).glob("*.sql"))]


def ship(work) -> None:
    for one in scripts("migrations"):
        work.execute(one.text.encode())


def content(work):
    return {
        table: work.execute(f"select to_jsonb(t) from {table} as t order by {key}").fetchall()
        for table, key in TABLES.items()
    }


def test_round_trip(work, deploy) -> None:
    before = read(work)
    deployment = deploy()
    ship(work)
    work.execute("insert into auth.users (id) select gen_random_uuid() from generate_series(1, 4)")
    work.execute("""
        insert into public.engagement_events (user_id, event_type, value)
          select id, 'app_open', jsonb_build_object('n', n) from auth.users, generate_series(1, 100) n
    """)
    work.execute("select public.delete_user_data((select min(id::text)::uuid from auth.users))")
    rows = content(work)
    plan = taking_back.prepare(work, deployment, before)
    taking_back.copy(work, deployment, plan)
    with work.transaction():
        taken = taking_back.structure(work, deployment, before, scripts("rollbacks"))
    assert taking_back.fill(work, deployment) == ()
    with work.transaction():
        taking_back.finish(work, deployment, before)
    assert compare(before, read(work)).lines() == ()
    events = next(one for one in taken.captures if one.identity == "public.engagement_events")
    assert attic.count(work, events).rows == 300

    # Somebody is erased while the module is away; the events of another user still come back.
    (subject,) = work.execute("select id from auth.users order by id::text desc limit 1").fetchone()
    assert work.execute("select haulback.erase_user(%s)", [subject]).fetchone()[0]["public.engagement_events"] == 100
    deploy()
    ship(work)
    merged = {one.identity: merging.merge(work, one, pause=0) for one in merging.mergeable(work)}
    assert all(one.adds_up for one in merged.values())
    assert (merged["public.engagement_events"].merged, merged["public.engagement_events"].left) == (200, {})
    after = content(work)
    assert after["public.erased_users"] == rows["public.erased_users"]
    kept = [row for row in rows["public.engagement_events"] if row[0]["user_id"] != str(subject)]
    assert after["public.engagement_events"] == kept
