"""`haulback advise` as a process."""

from __future__ import annotations

import pytest

ONE_OF_EACH = """
create table public.countries (id int primary key);
create table public.visits (at timestamptz);
alter table public.visits enable row level security;
create policy reading on public.visits for select using (true);
create extension citext with schema public;
"""
KEYS = {
    "rls_disabled_in_public_public_countries": "ERROR",
    "extension_in_public_citext": "WARN",
    "no_primary_key_public_visits": "INFO",
}
# Visible in GraphQL are all tables that the API serves: not what these tests are about.
ASKED = [
    word for key in ("rls_disabled_in_public", "extension_in_public", "no_primary_key") for word in ("--only", key)
]


@pytest.fixture
def flawed(site):
    site.execute(ONE_OF_EACH)
    return site


def keys(ended) -> list[str]:
    return [one["cache_key"] for one in ended.document["findings"]]


def test_text(flawed):
    ended = flawed.run("advise", *ASKED)

    assert ended.exit == 3
    assert ended.stdout == (
        "ERROR: anon, authenticated may read every row of table public.countries: it has no row level security"
        " [rls_disabled_in_public]\n"
        "    alter table public.countries enable row level security; -- then add policies for those who should see"
        " rows\n"
        "    to ignore it: rls_disabled_in_public_public_countries\n"
        "WARN: extension citext is in the schema public, with its 47 functions [extension_in_public]\n"
        "    alter extension citext set schema extensions;\n"
        "    to ignore it: extension_in_public_citext\n"
        "INFO: table public.visits has no primary key [no_primary_key]\n"
        "    alter table public.visits add column id bigint generated always as identity primary key;"
        " -- rewrites it\n"
        "    to ignore it: no_primary_key_public_visits\n"
        "\n"
        "1 ERROR, 1 WARN, 1 INFO: 3 lints ran\n"
    )
    assert ended.stderr == ""


def test_json_in_the_shape_of_the_advisors(flawed):
    ended = flawed.run("advise", "--json", "--only", "rls_disabled_in_public")

    document = ended.document
    assert (ended.exit, document["ok"]) == (3, False)
    assert document["exposed_schemas"] == ["public"]
    assert document["findings"] == [
        {
            "name": "rls_disabled_in_public",
            "title": "RLS Disabled in Public",
            "level": "ERROR",
            "facing": "EXTERNAL",
            "categories": ["SECURITY"],
            "description": "The API serves a table without row level security: who may read it reads every row.",
            "detail": "anon, authenticated may read every row of table public.countries: it has no row level security",
            "remediation": "alter table public.countries enable row level security; -- then add policies for those"
            " who should see rows",
            "metadata": {"schema": "public", "name": "countries", "type": "table"},
            "cache_key": "rls_disabled_in_public_public_countries",
        }
    ]
    assert document["lints"] == [
        {
            "name": "rls_disabled_in_public",
            "title": "RLS Disabled in Public",
            "level": "ERROR",
            "looked": "ran",
            "reason": None,
            "found": 1,
        }
    ]


def test_everything_is_asked_and_what_does_not_apply_is_said(flawed):
    document = flawed.run("advise", "--json").document

    looked = {one["name"]: one for one in document["lints"]}
    assert len(looked) >= 28
    assert {one["looked"] for one in looked.values()} == {"ran", "not applicable"}
    assert looked["insecure_queue_exposed_in_api"]["reason"] == "there is no schema pgmq"
    levels = [one["level"] for one in document["findings"]]
    assert levels == sorted(levels, key=["ERROR", "WARN", "INFO"].index)


def test_ignored_by_option_and_by_configuration(flawed):
    flawed.configure('[advice]\nignore = ["extension_in_public_citext", "extension_in_public_gone"]')

    ended = flawed.run("advise", "--json", *ASKED, "--ignore", "rls_disabled_in_public_public_countries")

    assert (ended.exit, ended.document["ok"]) == (0, True)
    assert keys(ended) == ["no_primary_key_public_visits"]
    assert [one["cache_key"] for one in ended.document["ignored"]] == [
        "rls_disabled_in_public_public_countries",
        "extension_in_public_citext",
    ]
    assert ended.document["unmatched"] == ["extension_in_public_gone"]
    told = flawed.run("advise", *ASKED).stdout
    assert "note: the ignored key extension_in_public_gone matches nothing\n" in told


def test_narrowed(flawed):
    for options, wanted, ending in (
        (["--level", "error"], ["ERROR"], 3),
        (["--level", "warn"], ["ERROR", "WARN"], 3),
        (["--category", "performance"], ["INFO"], 0),
        (["--category", "security", "--level", "WARN"], ["ERROR", "WARN"], 3),
    ):
        ended = flawed.run("advise", "--json", *ASKED, *options)

        assert ended.exit == ending
        assert keys(ended) == [key for key, level in KEYS.items() if level in wanted]


def test_what_the_mended_schema_leaves(flawed):
    flawed.execute("alter table public.countries enable row level security; drop extension citext")
    ended = flawed.run("advise", "--json", "--level", "error")
    assert (ended.exit, keys(ended)) == (0, [])


def test_an_unknown_at_error_is_no_success(site):
    with site.operator() as holder, holder.transaction():
        holder.execute("lock table pg_catalog.pg_policy in access exclusive mode")
        ended = site.run("advise", "--json", "--only", "policy_exists_rls_disabled")

    assert (ended.exit, ended.document["ok"]) == (7, False)
    assert ended.document["lints"][0]["looked"] == "unknown"
    assert "lock timeout" in ended.document["lints"][0]["reason"]


def test_an_exposed_schema_that_does_not_exist_is_told(site):
    configured(site, 'exposed_schemas = ["public", "apii"]')
    ended = site.run("advise", "--only", "no_primary_key")
    assert ended.exit == 0
    assert "note: the exposed schema apii does not exist on the target\n" in ended.stdout


def test_nothing_is_written(flawed):
    before = flawed.dump()
    flawed.run("advise")
    assert flawed.dump() == before
    assert flawed.value("select to_regnamespace('haulback') is null")


def test_bad_input(site):
    for arguments, ending, error, message in (
        (["--only", "nonsense"], 2, "usage-error", "there is no lint nonsense"),
        (["--level", "fatal"], 2, "usage-error", "'fatal' is not one of"),
        (["--category", "style"], 2, "usage-error", "'style' is not one of"),
        (["--target", "nowhere"], 2, "unknown-target", "there is no target nowhere"),
    ):
        ended = site.run("advise", "--json", *arguments)

        assert (ended.exit, ended.document["error"]) == (ending, error)
        assert message in ended.document["message"]


def test_bad_configuration(site):
    site.configure("[advice]\nignore = [1]")
    ended = site.run("advise", "--json")
    assert (ended.exit, ended.document["error"]) == (2, "wrong-setting")

    # Nobody listens there.
    configured(site, url="postgresql://postgres@127.0.0.1:1/postgres")
    ended = site.run("advise", "--json")
    assert (ended.exit, ended.document["error"]) == (1, "connection-failed")


def configured(site, head: str = "", *, url: str = "") -> None:
    url = url or site.server.url("postgres", site.database)
    site.folder.joinpath("haulback.toml").write_text(f'{head}\n[targets.local]\nurl = "{url}"\n', encoding="utf-8")
