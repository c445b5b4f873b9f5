"""What subscribers lose by a plan is told with the statement that takes it, and a deployment is refused for it."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def staging(site):
    site.configure(local='environment = "staging"')
    with site.connect() as connection:
        connection.execute("create table public.notes (id bigint primary key, body text)")
        connection.execute("alter table public.notes enable row level security")
        connection.execute("grant select on public.notes to authenticated")
        connection.execute("alter publication supabase_realtime add table public.notes")
    return site


def breaking(ended):
    return [
        (one["kind"], one["subject"], one["line"])
        for one in ended.document["differences"]
        if one["severity"] == "breaking"
    ]


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("alter publication supabase_realtime drop table public.notes", "realtime-gone"),
        ("alter publication supabase_realtime set table public.notes (id)", "realtime-column-gone"),
        ("alter table public.notes replica identity nothing", "realtime-identity"),
        ("alter publication supabase_realtime set (publish = 'insert')", "realtime-operation-gone"),
    ],
)
def test_a_statement_that_takes_from_subscribers_is_named(staging, statement, kind):
    staging.migration("2_less.sql", f"create table public.other (id bigint);\n{statement};\n")
    ended = staging.run("contract", "diff", "--json")
    assert ended.exit == 3, ended.stdout
    subject = "public.notes.body" if kind == "realtime-column-gone" else "public.notes"
    assert breaking(ended) == [(kind, subject, 2)]


def test_a_deployment_is_refused(staging):
    staging.migration("2_less.sql", "alter publication supabase_realtime drop table public.notes;")
    ended = staging.run("deploy", "--yes", "--json")
    assert ended.exit == 3
    assert ended.document["error"] == "hazard-blocks"
    assert staging.value("select count(*) from pg_publication_tables where pubname = 'supabase_realtime'") == 1


def test_a_snapshot_holds_what_is_sent(staging):
    ended = staging.run("contract", "snapshot")
    assert json.loads(ended.stdout)["sent"] == {
        "public.notes": {
            "columns": {"id": "bigint", "body": "text"},
            "may": {"anon": "*", "authenticated": "*", "service_role": "*"},
            "key": ["id"],
            "old": ["id"],
        }
    }
    (staging.folder / "contract.json").write_text(ended.stdout, encoding="utf-8")
    staging.execute("alter publication supabase_realtime drop table public.notes")
    ended = staging.run("contract", "diff", "--against", "contract.json", "--json")
    assert breaking(ended) == [("realtime-gone", "public.notes", None)]
