"""squawk beside us: each of its rules speaks through one of ours, and a lint does without it where it must."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from haulback.hazards import linting, squawk
from haulback.hazards.levels import Levels
from haulback.hazards.linting import lint, rules
from haulback.hazards.scanning import Text
from haulback.model.hazard import Known, Level, Source

PROGRAM = Path(sys.executable).with_name("squawk")
STATEMENTS = Path(__file__).with_name("squawk_says.sql")
RAISED = 49  # rules of squawk 2.70 that need no asking; more of them want a statement in that file, and a rule of ours

CLAIMED = {name for rule in rules().values() for name in rule.squawk}


@pytest.fixture(scope="module")
def raised(tmp_path_factory):
    """The names of the rules that squawk raises by default."""
    folder = tmp_path_factory.mktemp("squawk")
    statements = [line for line in STATEMENTS.read_text(encoding="utf-8").splitlines() if not line.startswith("--")]
    files = []
    for number, statement in enumerate(statements):
        file = folder / f"{number}.sql"
        file.write_text(statement, encoding="utf-8")
        files.append(str(file))
    told = subprocess.run([PROGRAM, "--reporter", "json", *files], capture_output=True, check=False)
    return {one["rule_name"] for one in json.loads(told.stdout)}


def test_every_rule_of_squawk_is_claimed_or_never_asked(raised):
    assert len(raised) == RAISED
    assert raised - CLAIMED - linting._NEVER == set()


def test_no_rule_of_squawk_is_claimed_that_it_does_not_know(tmp_path):
    file = tmp_path / "one.sql"
    file.write_text("select 1;", encoding="utf-8")
    unknown = set()
    for name in sorted(CLAIMED | linting._NEVER):
        told = subprocess.run([PROGRAM, f"--exclude={name}", str(file)], capture_output=True, check=False)
        if told.returncode != 0:
            unknown.add(name)
    assert unknown == set()


def test_a_rule_that_only_squawk_tells_speaks_under_our_name(tmp_path):
    file = tmp_path / "one.sql"
    file.write_text("select 1;\ncreate table public.orders (\n    id int primary key\n);\n", encoding="utf-8")
    found = lint([Text(file, file.read_text(encoding="utf-8"))], Known(), Levels())
    assert found.problems == ()
    told = [(one.id, one.level, one.line, one.column) for one in found.hazards if one.source is Source.SQUAWK]
    assert told == [("integer-column", Level.NOTE, 3, 8)]


def test_what_squawk_tells_keeps_its_keywords(tmp_path):
    file = tmp_path / "one.sql"
    file.write_text("alter type public.state add value 'packed';", encoding="utf-8")
    found = lint([Text(file, file.read_text(encoding="utf-8"))], Known(), Levels())
    (one,) = [one for one in found.hazards if one.id == "enum-value-without-place"]
    assert one.told.startswith("ADD VALUE without ")
    assert one.advice


def test_what_squawk_tells_is_silenced_like_the_rest(tmp_path):
    file = tmp_path / "one.sql"
    text = "-- haulback:ignore integer-column there are seven of them\ncreate table public.days (id int primary key);\n"
    file.write_text(text, encoding="utf-8")
    found = lint([Text(file, text)], Known(), Levels())
    assert {"integer-column", "unused-ignore"} & {one.id for one in found.hazards} == set()
    assert found.silenced >= 1


def test_a_missing_squawk_is_told_and_the_rest_is_linted(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    found = lint([Text(tmp_path / "one.sql", "drop table public.orders;")], Known(), Levels())
    assert found.problems == ("squawk is not installed: its rules were not asked",)
    assert "drop-table" in {one.id for one in found.hazards}


@pytest.mark.parametrize(
    "script",
    ["echo kaputt >&2; exit 2", "echo '[]'; echo kaputt >&2; exit 2", "echo no json", "exit 0"],
)
def test_a_failing_squawk_is_told_and_the_rest_is_linted(monkeypatch, tmp_path, script):
    program = tmp_path / "squawk"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    found = lint([Text(tmp_path / "one.sql", "drop table public.orders;")], Known(), Levels())
    (problem,) = found.problems
    assert problem.startswith("squawk ")
    assert "drop-table" in {one.id for one in found.hazards}


def test_a_squawk_that_does_not_start_is_told(monkeypatch, tmp_path):
    program = tmp_path / "squawk"
    program.write_text("#!/no/such/interpreter\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    asked = squawk.Squawk([(tmp_path / "one.sql", "select 1;")], [])
    assert asked.remarks() == ()
    assert asked.problem == "squawk does not start (No such file or directory): its rules were not asked"
