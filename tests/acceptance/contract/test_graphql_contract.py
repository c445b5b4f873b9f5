"""What GraphQL's clients lose by a plan is told with the statement that takes it; where nobody asks GraphQL, that is said."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def staging(site):
    site.configure(local='environment = "staging"')
    with site.connect() as connection:
        connection.execute("create table public.notes (id int primary key, body text)")
        connection.execute("alter table public.notes enable row level security")
    return site


def of_graphql(ended):
    return [
        (one["severity"], one["kind"], one["subject"], one["line"])
        for one in ended.document["differences"]
        if one["kind"].startswith("graphql-")
    ]


def without_extension(site):
    with site.operator() as connection:
        connection.execute("drop extension pg_graphql cascade")


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        ("alter table public.notes alter column id type bigint", ("breaking", "graphql-type", "graphql.notes.id", 2)),
        ("revoke delete on public.notes from anon", ("breaking", "graphql-gone", "graphql.notes", 2)),
        (
            """comment on table public.notes is e'@graphql({"name": "Memo"})'""",
            ("breaking", "graphql-gone", "graphql.notes", 2),
        ),
    ],
)
def test_a_statement_that_takes_something_is_named(staging, statement, wanted):
    staging.migration("2_less.sql", f"create table public.other (id bigint);\n{statement};\n")
    ended = staging.run("contract", "diff", "--json")
    assert ended.exit == 3, ended.stdout
    assert wanted in of_graphql(ended)


def test_a_comment_that_cannot_be_understood_takes_everything(staging):
    staging.migration("2_odd.sql", """comment on table public.notes is e'@graphql({name: 3})';""")
    ended = staging.run("contract", "diff", "--json")
    assert ended.exit == 3, ended.stdout
    assert of_graphql(ended) == [("breaking", "graphql-gone", "graphql", None)]


def test_a_snapshot_holds_the_schema_whether_or_not_it_may_be_introspected(staging):
    ended = staging.run("contract", "snapshot")
    lines = json.loads(ended.stdout)["graphql"]["anon"]
    assert "type notes implements Node {" in lines
    assert "  insertIntonotesCollection(objects: [notesInsertInput!]!): notesInsertResponse" in lines


def test_it_is_said_where_nobody_asks_graphql(staging):
    without_extension(staging)
    staging.migration("2_less.sql", "alter table public.notes drop column body;")
    ended = staging.run("contract", "diff", "--json")
    assert of_graphql(ended) == []
    assert ended.document["problems"] == []
    assert ended.document["notes"] == [
        "GraphQL is not used: the database has no pg_graphql, and nobody said where an API is"
    ]
    assert "not compared: GraphQL is not used" in staging.run("contract", "diff").stdout
    assert "graphql" not in json.loads(staging.run("contract", "snapshot").stdout)


def test_an_api_of_ours_asks_it_without_the_extension(staging):
    without_extension(staging)
    staging.configure(local='environment = "staging"\napi_url = "http://127.0.0.1:1"')
    staging.migration("2_less.sql", "alter table public.notes drop column body;")
    ended = staging.run("contract", "diff", "--json")
    assert ("breaking", "graphql-gone", "graphql.notes.body", 1) in of_graphql(ended)
    assert ended.document["notes"] == []
