from __future__ import annotations

import pytest

DEPLOY = ("deploy", "--yes")
FILE = "supabase/migrations/20240102000000_bad.sql"


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        (
            "create table a (i int);\nselect 'é', selec from;\n",
            "syntax-refused",
            "20240102000000_bad.sql:2:23: syntax error",
        ),
        (b"select '\xe9'", "not-utf8", "byte 8 is not UTF-8"),
        (b"select 1;\nselect '\0'", "nul-byte", ":2: there is a NUL byte"),
        ("\\i other.sql\n", "psql-command", ":1:1: \\i is a command of psql"),
        ("copy a from stdin;\n1\n\\.\n", "copy-from-stdin", ":2:1: COPY FROM STDIN"),
        ("begin; select 1; rollback;", "transaction-control", ":1:18: ROLLBACK"),
    ],
)
def test_a_file_that_is_no_migration(project, text, code, told):
    project.write(FILE, text)

    project.refused(*DEPLOY, code=code, status=1, told=told)
    project.refused("plan", code=code, status=1, told=told)


def test_a_duplicate_version(project):
    project.write("supabase/migrations/20240101000000_twin.sql", "select 1;")

    project.refused(*DEPLOY, code="duplicate-version", status=3, told="version 20240101000000 stands twice")


def test_no_folder(project):
    project.refused(*DEPLOY, "--migrations", "nowhere", code="folder-missing", status=2, told="nowhere")


def test_a_file_that_changed_or_came_out_of_order_after_it_was_deployed(project):
    skipped = [
        word for step in ("rehearsal", "preflight", "capture", "validate", "verify") for word in ("--skip", step)
    ]
    assert project.run(*DEPLOY, *skipped).exit == 0

    project.write("supabase/migrations/20230101000000_early.sql", "select 1;")
    project.refused(*DEPLOY, code="out-of-order", status=3, told="20230101000000_early.sql comes before")
    (project.folder / "supabase/migrations/20230101000000_early.sql").unlink()
    project.write("supabase/migrations/20240101000000_good.sql", "create table public.worse (id int);\n")
    project.refused(*DEPLOY, code="edited-migration", status=3, told="was edited after it was applied")


def test_a_plan_file_that_no_longer_holds(project):
    project.refused(
        *DEPLOY, "none.json", code="plan-unreadable", status=2, told="none.json is not a plan: No such file"
    )
    project.write("plan.json", "{}")
    project.refused(*DEPLOY, "plan.json", code="plan-unreadable", status=2, told="another kind of document")

    saved = project.run("plan", "--no-rehearse", "--out", "plan.json", "--json")
    assert saved.exit in {0, 3}, saved.stderr
    project.write("supabase/migrations/20240101000000_good.sql", "create table public.worse (id int);\n")
    project.refused(
        *DEPLOY, "plan.json", code="plan-changed", status=3, told="20240101000000_good.sql was edited since"
    )
