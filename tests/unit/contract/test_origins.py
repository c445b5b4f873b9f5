"""Which statement of a plan a difference is told to come from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from haulback.contract.origins import attributed
from haulback.migrations.parse import read_script
from haulback.model.contract import Concerns, Difference, Severity
from haulback.model.migration import Migration, Plan

FIRST = """create table public.people (id bigint);
insert into public.people select 1;
alter table public.notes
  drop column body;
"""
SECOND = """alter table public.notes rename column "Odd Name" to odd;
drop table public.people;
alter type public.mood rename value 'good' to 'fine';
revoke select on public.notes from anon;
"""


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    migrations = []
    for version, text in (("1", FIRST), ("2", SECOND)):
        file = tmp_path / f"{version}_a.sql"
        file.write_text(text, encoding="utf-8")
        migrations.append(Migration(version, "a", read_script(file)))
    return Plan("local", "development", tuple(migrations), (), "hash", datetime(2026, 1, 1, tzinfo=UTC), "me")


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (("public", "notes", "body"), ("1_a", 3)),
        (("public", "notes", "Odd Name"), ("2_a", 1)),
        (("public", "people"), ("2_a", 2)),
        (("public", "notes"), ("2_a", 4)),
        (("public", "elsewhere"), None),
        (("public",), None),
    ],
)
def test_the_last_statement_that_names_most(plan, path, wanted):
    (one,) = attributed([Difference("x", Severity.BREAKING, Concerns.REQUESTS, path, "told")], plan)
    assert (one.origin and (one.origin.migration, one.origin.line)) == wanted
