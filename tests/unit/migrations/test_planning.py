from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from haulback.migrations.errors import EditedMigration, OutOfOrder, SyntaxRefused
from haulback.migrations.folder import find
from haulback.migrations.planning import make_plan
from haulback.model.migration import Applied, Plan

NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)


def plan(folder: Path, *history: Applied, out_of_order: bool = False, target: str = "prod") -> Plan:
    return make_plan(
        find(folder), history, target=target, environment="production", made_at=NOON, made_by="alice",
        out_of_order=out_of_order,
    )  # fmt: skip


def applied(version: str, sha256: str | None = None) -> Applied:
    return Applied(version, "", sha256)


def test_what_is_not_applied_is_pending_in_order(folder, write):
    for name in ("2_b.sql", "1_a.sql", "3_c.sql"):
        write(name)

    found = plan(folder, applied("1"))

    assert [one.version for one in found.migrations] == ["2", "3"]
    assert found.base == ("1",)


def test_a_file_before_an_applied_one_needs_the_flag(folder, write):
    for name in ("1_a.sql", "2_b.sql"):
        write(name)

    with pytest.raises(OutOfOrder, match=r"1_a\.sql comes before 2_b\.sql"):
        plan(folder, applied("2"))
    assert [one.version for one in plan(folder, applied("2"), out_of_order=True).migrations] == ["1"]


def test_an_applied_file_that_was_edited_is_refused_and_line_ends_are_no_edit(folder, write):
    write("1_a.sql", "select 1;\n")
    ran = find(folder).load("1").script.sha256

    write("1_a.sql", b"\xef\xbb\xbfselect 1;\r\n")
    assert plan(folder, applied("1", ran)).migrations == ()
    write("1_a.sql", "select 2;\n")
    with pytest.raises(EditedMigration, match=r"1_a\.sql was edited"):
        plan(folder, applied("1", ran))


def test_what_another_tool_applied_has_no_hash_to_compare(folder, write):
    write("1_a.sql", "select 1;")

    assert plan(folder, applied("1", None)).migrations == ()


def test_applied_versions_without_a_file_are_listed(folder, write):
    write("2_b.sql")

    assert plan(folder, applied("9"), applied("1"), out_of_order=True).unknown == ("1", "9")


def test_an_applied_file_is_not_parsed_again(folder, write):
    write("1_a.sql", "this is not sql")

    assert plan(folder, applied("1")).migrations == ()
    with pytest.raises(SyntaxRefused):
        plan(folder)


def test_the_hash_is_of_what_would_be_done_and_of_nothing_else(folder, write):
    write("1_a.sql", "select 1;")
    first = plan(folder).hash

    assert first == plan(folder, target="staging").hash
    assert first != plan(folder, applied("0")).hash
    write("rollbacks/1_a.sql", "select 'back';")
    second = plan(folder).hash
    assert first != second
    write("rollbacks/1_a.sql", "select 'otherwise';")
    assert second != plan(folder).hash
    write("1_a.sql", "select 2;")
    assert len({first, second, plan(folder).hash}) == 3
