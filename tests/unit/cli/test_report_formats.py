"""Each command takes the formats that have words for what it reports, and its help names exactly those."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from haulback import registry
from haulback.cli.main import haulback
from haulback.cli.reporting import Kind, destination
from haulback.errors import UsageError
from haulback.report.formats._format import Format

FORMATS: dict[str, Format] = dict(registry.find("haulback.report.formats", "reports", "FORMAT"))
COMMANDS = {"plan": Kind.PLAN, "lint": Kind.HAZARDS, "deploy": Kind.DEPLOYMENT, "rollback": Kind.DEPLOYMENT}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_names_the_formats(command):
    told = " ".join(CliRunner().invoke(haulback, [command, "--help"], catch_exceptions=False).output.split())
    listed = told.split("--format FORMAT ")[1].split(";")[0].replace(" or ", ", ")
    wanted = {name for name, form in FORMATS.items() if getattr(form, COMMANDS[command]) is not None}
    assert set(listed.split(", ")) == wanted


@pytest.mark.parametrize(
    ("form", "file"), [("sarif", None), (None, "hazards.sarif"), ("github", None), ("gitlab", "a.json")]
)
def test_a_format_without_words_is_refused_before_anything_is_touched(form, file, tmp_path):
    with pytest.raises(UsageError) as refused:
        destination(form, tmp_path / file if file else None, as_json=False, kind=Kind.DEPLOYMENT)
    assert refused.value.message.endswith("has no words for a deployment")
    assert refused.value.hint == "Use one of json, junit, markdown, text."
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [Kind.PLAN, Kind.HAZARDS])
def test_a_file_that_ends_in_sarif_is_sarif(kind):
    found = destination(None, Path("hazards.sarif"), as_json=True, kind=kind).form
    assert found is not None
    assert found.id == "sarif"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["lint", "--explain", "drop-tabel"], "there is no hazard drop-tabel"),
        (["lint", "--list", "a.sql"], "--list and --explain look at no files"),
        (["lint", "--list", "--explain", "drop-table"], "--list and --explain look at no files"),
    ],
)
def test_what_lint_does_not_take(arguments, told):
    with pytest.raises(UsageError) as refused:
        CliRunner().invoke(haulback, arguments, catch_exceptions=False)
    assert refused.value.message == told


def test_close_ids_are_named():
    with pytest.raises(UsageError) as refused:
        CliRunner().invoke(haulback, ["lint", "--explain", "ban-drop-table"], catch_exceptions=False)
    assert refused.value.hint.startswith("Did you mean drop-table? ")


def test_the_list_and_a_page():
    listed = CliRunner().invoke(haulback, ["lint", "--list"], catch_exceptions=False).output
    assert "  drop-table " in listed
    assert CliRunner().invoke(haulback, ["lint", "--explain", "drop-table"]).output.startswith("# drop-table\n")
