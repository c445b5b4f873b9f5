"""The runbook's `grep -i "DROP\\|TRUNCATE\\|DELETE"`, beside what the parse tree tells."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from haulback.app.linting import levels
from haulback.hazards.linting import lint, rules
from haulback.hazards.rule import Family
from haulback.hazards.scanning import Text
from haulback.model.hazard import Known
from haulback.model.target import Environment

HARMLESS = {
    "a comment": "-- we used to DROP this here\nselect 1;",
    "a name": "create table public.deleted_orders (id bigint generated always as identity primary key);\n"
    "alter table public.deleted_orders enable row level security;",
    "a literal": "comment on table public.orders is 'delete nothing here';",
}
DESTROYING = {
    "dynamic SQL": "do $$ begin execute 'dr' || 'op table public.orders'; end $$;",
    "a literal in code": "do $$ begin execute 'drop table public.orders'; end $$;",
    "a change of type": "alter table public.orders alter column note type varchar(3);",
    "an update": "update public.orders set note = null;",
    "a merge": "merge into public.orders as o using public.news as n on o.id = n.id"
    " when matched then update set note = n.note;",
}


def found(path: Path) -> set[str]:
    hazards = lint([Text(path, path.read_text(encoding="utf-8"))], Known(), levels(Environment.PRODUCTION)).hazards
    return {one.id for one in hazards if rules()[one.id].family in {Family.DESTROYS.value, Family.CLIENTS.value}}


def grep(path: Path) -> bool:
    return subprocess.run(["grep", "-qi", r"DROP\|TRUNCATE\|DELETE", path], check=False).returncode == 0


@pytest.mark.parametrize("what", HARMLESS)
def test_grep_finds_what_destroys_nothing(tmp_path: Path, what: str) -> None:
    file = tmp_path / "1_step.sql"
    file.write_text(HARMLESS[what], encoding="utf-8")
    assert grep(file)
    assert found(file) == set()


@pytest.mark.parametrize("what", DESTROYING)
def test_the_tree_tells_what_destroys(tmp_path: Path, what: str) -> None:
    file = tmp_path / "1_step.sql"
    file.write_text(DESTROYING[what], encoding="utf-8")
    assert grep(file) is (what == "a literal in code")
    assert found(file) != set()
