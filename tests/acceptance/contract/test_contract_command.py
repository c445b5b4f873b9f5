"""What clients may count on is told by `haulback contract`, and a plan that takes of it is not deployed unseen."""

from __future__ import annotations

import json

import pytest

FILE = "2_rename.sql"
RENAME = "alter table public.notes add column summary text;\nalter table public.notes rename column body to content;\n"
CLIENTS = """
[client."ios 3.2".tables.notes]
select = ["id", "body"]
"""


@pytest.fixture
def staging(site):
    site.configure(local='environment = "staging"')
    with site.connect() as connection:
        connection.execute("create table public.notes (id bigint primary key, body text)")
        connection.execute("alter table public.notes enable row level security")
        connection.execute("grant select, insert on public.notes to authenticated")
    site.migration(FILE, RENAME)
    return site


def differences(ended):
    return [(one["severity"], one["kind"], one["subject"], one["line"]) for one in ended.document["differences"]]


def test_a_plan_that_breaks_clients_is_refused_and_nothing_is_touched(staging):
    ended = staging.run("deploy", "--yes", "--json")
    assert ended.exit == 3
    assert ended.document["error"] == "hazard-blocks"
    assert "public.notes.body is gone" in ended.document["message"]
    assert "--accept contract-broken" in ended.document["hint"]
    assert staging.value("select count(*) from pg_attribute where attname = 'content'") == 0


def test_it_can_be_accepted(staging):
    accepted = ("--accept", "contract-broken", "--skip", "preflight", "--skip", "verify")
    ended = staging.run("deploy", "--yes", "--json", *accepted)
    assert ended.exit == 0, ended.stderr
    assert staging.value("select count(*) from pg_attribute where attname = 'content'") == 1


def test_diff_tells_where_each_difference_comes_from(staging):
    ended = staging.run("contract", "diff", "--json")
    assert ended.exit == 3
    assert ended.document["breaking"] == 2
    assert differences(ended) == [
        ("breaking", "column-gone", "public.notes.body", 2),
        ("breaking", "graphql-gone", "graphql.notes.body", 2),
        ("compatible", "column-added", "public.notes.content", 2),
        ("compatible", "column-added", "public.notes.summary", 1),
        ("compatible", "graphql-added", "graphql.notes", 2),
    ]


def test_diff_for_a_person(staging):
    ended = staging.run("contract", "diff")
    assert ended.stdout.splitlines() == [
        "breaking: public.notes.body is gone (2_rename.sql:2) [column-gone]",
        (
            "breaking: through GraphQL: field notes.body was removed"
            " (also of notesFilter, notesOrderBy, notesInsertInput and 1 more) (2_rename.sql:2) [graphql-gone]"
        ),
        "",
        "2 breaking, 0 risk, 3 compatible: local, now and after 1 pending",
    ]


def test_a_known_client_that_needs_it_is_named(staging):
    (staging.folder / "supabase" / "clients.toml").write_text(CLIENTS, encoding="utf-8")
    ended = staging.run("plan", "--json")
    assert ended.exit == 3
    found = [one for one in ended.document["hazards"]["hazards"] if one["id"] == "client-need-unmet"]
    assert [(one["level"], one["told"], one["line"]) for one in found] == [
        ("block", "ios 3.2 needs to select public.notes.body", 2)
    ]


def test_a_file_of_clients_that_cannot_be_read_is_a_usage_error(staging):
    (staging.folder / "supabase" / "clients.toml").write_text("client = 3", encoding="utf-8")
    ended = staging.run("plan", "--json")
    assert ended.exit == 2
    assert ended.document["error"] == "clients-unreadable"


def test_a_snapshot_is_held_against_what_came_after(staging):
    snapshot = staging.folder / "contract.json"
    with staging.connect() as connection:
        connection.execute("create table public.logins (password text primary key)")
    told = staging.run("contract", "snapshot")
    assert told.exit == 0
    snapshot.write_text(told.stdout, encoding="utf-8")
    assert json.loads(told.stdout) == staging.run("contract", "snapshot", "--json").document["contract"]
    same = staging.run("contract", "diff", "--against", str(snapshot), "--json")
    assert (same.exit, same.document["differences"]) == (0, [])
    with staging.connect() as connection:
        connection.execute("revoke insert on public.notes from authenticated")
    later = staging.run("contract", "diff", "--against", str(snapshot), "--json")
    assert later.exit == 3
    assert [one["told"] for one in later.document["differences"]] == [
        "authenticated may insert public.notes no more",
        "through GraphQL: field Mutation.insertIntonotesCollection was removed",
    ]


def test_a_file_that_is_no_snapshot_is_a_usage_error(staging):
    ended = staging.run("contract", "diff", "--against", FILE, "--json")
    assert ended.exit == 2
    assert ended.document["error"] == "no-snapshot"


def test_nothing_pending_differs_in_nothing(site):
    site.migration("1_nothing.sql", "select 1;")
    assert site.run("deploy", "--yes", "--skip", "preflight", "--skip", "verify").exit == 0
    ended = site.run("contract", "diff", "--json")
    assert (ended.exit, ended.document["differences"]) == (0, [])
