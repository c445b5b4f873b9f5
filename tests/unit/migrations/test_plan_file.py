from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from haulback.errors import Exit
from haulback.migrations import plan_file
from haulback.migrations.errors import PlanChanged, PlanUnreadable
from haulback.migrations.folder import find
from haulback.migrations.planning import make_plan, plan_hash
from haulback.model.migration import Applied, Plan

NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)
FINGERPRINT = "f" * 64


def made(folder: Path, *history: str, target: str = "prod") -> Plan:
    return make_plan(
        find(folder), [Applied(one, "", None) for one in history], target=target, environment="production",
        made_at=NOON, made_by="alice",
    )  # fmt: skip


@pytest.fixture
def project(folder, write):
    write("1_a.sql", "create table a (i int);\ndrop table b;")
    write("2_b.sql", "vacuum;")
    write("rollbacks/1_a.sql", "drop table a;")
    return folder


@pytest.fixture
def saved(project, tmp_path) -> Path:
    path = tmp_path / "plan.json"
    plan_file.save(made(project), FINGERPRINT, path)
    return path


def test_a_saved_plan_is_read_back_and_holds(project, saved):
    document = plan_file.read(saved)

    plan_file.require_unchanged(document, made(project), FINGERPRINT)
    assert [one["rollback"] is None for one in document["migrations"]] == [False, True]
    restored = plan_file.restored(document, plan_file.migrations_of(document, find(project)))
    assert replace(made(project), skipped=()) == restored
    assert [saved] == [one for one in saved.parent.iterdir() if one.is_file()]


def test_the_document_tells_each_statement(project):
    first, second = plan_file.to_json(made(project))["migrations"]

    assert [(one["line"], one["kind"], one["destroys"]) for one in first["statements"]] == [
        (1, "create table", []),
        (2, "drop", ["table b"]),
    ]
    assert (first["transactional"], second["transactional"]) == (True, False)
    assert "statements" not in plan_file.to_json(made(project), statements=False)["migrations"][0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda w: w("1_a.sql", "select 2;"), r"1_a\.sql was edited since"),
        (lambda w: w("1_a.sql").unlink(), r"1_a\.sql is gone"),
        (lambda w: w("3_c.sql"), r"3_c\.sql was added since"),
        (lambda w: w("rollbacks/1_a.sql", "select 0;"), r"the rollback script of 1_a\.sql was edited since"),
        (lambda w: w("rollbacks/1_a.sql").unlink(), r"the rollback script of 1_a\.sql was edited since"),
        (lambda w: w("2_b.down.sql"), r"the rollback script of 2_b\.sql was edited since"),
    ],
)
def test_every_change_of_the_files_is_refused(project, saved, write, change, reason):
    change(write)

    with pytest.raises(PlanChanged, match=reason) as refused:
        plan_file.require_unchanged(plan_file.read(saved), made(project), FINGERPRINT)
    assert refused.value.exit_code == Exit.REFUSED


def test_another_target_another_history_and_another_schema_are_refused(project, saved):
    document = plan_file.read(saved)

    with pytest.raises(PlanChanged, match="made for prod, not for staging"):
        plan_file.require_unchanged(document, made(project, target="staging"), FINGERPRINT)
    with pytest.raises(PlanChanged, match="other migrations were applied"):
        plan_file.require_unchanged(document, made(project, "0"), FINGERPRINT)
    with pytest.raises(PlanChanged, match="the schema of the target changed"):
        plan_file.require_unchanged(document, made(project), "0" * 64)


def rewritten(path: Path, **changes: object) -> Path:
    document = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({key: value for key, value in document.items() if value is not ...}))
    return path


@pytest.mark.parametrize(
    "changes",
    [
        {"hash": "0" * 64},
        {"base": ["0"]},
        {"migrations": []},
    ],
)
def test_a_plan_that_was_tampered_with_is_refused(saved, changes):
    with pytest.raises(PlanChanged, match="its hash does not agree with its content"):
        plan_file.read(rewritten(saved, **changes))


def test_a_file_hash_that_was_swapped_is_seen(saved):
    migrations = json.loads(saved.read_text())["migrations"]
    migrations[0]["sha256"] = "0" * 64

    with pytest.raises(PlanChanged):
        plan_file.read(rewritten(saved, migrations=migrations))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"schema": "haulback/2"}, "another kind of document"),
        ({"kind": "deployment"}, "another kind of document"),
        ({"base": ...}, "it lacks base"),
        ({"fingerprint": ..., "made_by": ...}, "it lacks made_by, fingerprint"),
        ({"base": "1"}, "base is not what a plan has there"),
        ({"base": [1]}, "base is not"),
        ({"migrations": {}}, "migrations is not"),
        ({"migrations": [1]}, "migrations is not"),
        ({"migrations": [{"version": "1", "file": "x", "sha256": "y"}]}, "migrations is not"),
        ({"migrations": [{"version": 1, "file": "x", "sha256": "y", "rollback": None}]}, "migrations is not"),
        ({"made_at": "noon"}, "made_at is not"),
        ({"made_at": 12}, "made_at is not"),
        ({"hash": None}, "hash is not"),
    ],
)
def test_a_document_of_the_wrong_shape_is_no_plan(saved, changes, reason):
    with pytest.raises(PlanUnreadable, match=reason) as refused:
        plan_file.read(rewritten(saved, **changes))
    assert refused.value.exit_code == Exit.USAGE


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"[" * 200_000, b"null", b"9" * 5000])
def test_what_is_no_json_document_is_no_plan(tmp_path, content):
    path = tmp_path / "plan.json"
    path.write_bytes(content)

    with pytest.raises(PlanUnreadable, match=r"plan\.json is not a plan: "):
        plan_file.read(path)


def test_a_missing_plan_and_a_folder_are_no_plan(tmp_path):
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(PlanUnreadable):
            plan_file.read(path)


def test_migrations_that_are_gone_or_edited_are_left_out_of_a_journaled_plan(project, saved, write):
    document = plan_file.read(saved)
    write("1_a.sql", "select 2;")

    assert [one.version for one in plan_file.migrations_of(document, find(project))] == ["2"]
    write("2_b.sql").unlink()
    assert plan_file.migrations_of(document, find(project)) == ()


def test_a_rewritten_text_is_kept_with_the_plan_and_counts_in_its_hash(project, write, tmp_path):
    plain = made(project)
    first, second = plain.migrations
    migrations = (plan_file.rewritten(first, "create table a (i bigint);"), second)
    plan = replace(plain, migrations=migrations, hash=plan_hash(plain.base, migrations))
    path = tmp_path / "plan.json"
    plan_file.save(plan, FINGERPRINT, path)
    document = plan_file.read(path)

    assert plan.hash != plain.hash
    assert plan_file.with_rewrites(document, plain) == plan
    plan_file.require_unchanged(document, plan_file.with_rewrites(document, plain), FINGERPRINT)
    with pytest.raises(PlanChanged):
        plan_file.require_unchanged(document, plain, FINGERPRINT)
    assert plan_file.migrations_of(document, find(project)) == plan.migrations
    assert plan.as_written.migrations == plain.migrations

    write("1_a.sql", "select 2;")
    assert plan_file.migrations_of(document, find(project)) == (second,)
    assert plan_file.with_rewrites(document, made(project)).rewritten == ()
    with pytest.raises(PlanChanged, match=r"1_a\.sql was edited since"):
        plan_file.require_unchanged(document, plan_file.with_rewrites(document, made(project)), FINGERPRINT)


@pytest.mark.parametrize("text", ["create table a (i text);", "", None, 5, "\ud800", "a\0"])
def test_a_rewritten_text_that_was_changed_is_refused(project, saved, text):
    document = json.loads(saved.read_text())
    document["migrations"][0]["rewrite"] = {"sha256": "0" * 64, "text": text}
    saved.write_text(json.dumps(document))

    with pytest.raises((PlanChanged, PlanUnreadable)):
        plan_file.read(saved)
