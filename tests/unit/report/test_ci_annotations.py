"""What CI servers read from a log or a report: GitHub's workflow commands, GitLab's Code Quality, JUnit's cases."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from haulback.model.hazard import Hazard, Level
from haulback.report.formats import github, gitlab, junit
from haulback.report.hazard_keys import rebased
from haulback.report.subjects import LintSubject, PlanSubject

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Reads a log as the runner does: one command a line, properties cut at commas, then what was escaped."""
    found = []
    for line in text.splitlines():
        match = COMMAND.fullmatch(line)
        assert match, line
        properties = dict(pair.split("=", 1) for pair in match[2].split(","))
        found.append((match[1], {key: plain(value) for key, value in properties.items()}, plain(match[3])))
    return found


def plain(text: str) -> str:
    for mark, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(mark, character)
    return text


def test_github(hazards: LintSubject) -> None:
    found = commands(github.FORMAT.hazards(hazards))
    assert [one[0] for one in found] == ["error", "notice", "warning", "notice", "notice", "notice"]
    assert found[0][1] == {
        "file": "20260102000000_drop_note.sql",
        "line": "3",
        "endLine": "3",
        "col": "5",
        "title": "drop-table: A table is dropped",
    }
    assert found[0][2] == "the table public.orders goes with its rows\nDeploy clients that no longer use it first."
    assert found[2][2].splitlines()[1:3] == ["in its place:", "create index concurrently orders_note"]
    assert found[4][2] == "unknown: squawk is not installed: its rules were not asked"


def test_github_of_a_plan(subject: PlanSubject) -> None:
    found = commands(github.FORMAT.plan(subject))
    assert [one[2] for one in found[:2]] == ["the plan cannot be taken back", "disk fail: /var: 5% free"]
    assert len(found) == 7
    (alone,) = commands(github.FORMAT.plan(PlanSubject(subject.plan)))
    assert alone == ("notice", {"title": "Haulback"}, "unknown: the hazards were not looked for")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("a%:,=\r\n\u2028\x1b0AD2"), max_size=30) | st.text(max_size=30))
def test_github_is_one_line_a_command_whatever_the_text(text: str) -> None:
    file = Path("m") / (text.replace("/", "").replace("\0", "") or "x")
    one = Hazard("drop-table", Level.BLOCK, file, 1, 1, text, advice=text, rewrite=text)
    found = commands(github.FORMAT.hazards(LintSubject((one,), {}, problems=(text,))))
    assert len(found) == 3
    assert set(found[0][1]) == {"file", "line", "endLine", "col", "title"}


def test_gitlab(hazards: LintSubject) -> None:
    """What docs.gitlab.com (Code Quality, report format) lists; a fingerprint that stands twice hides a finding."""
    found = json.loads(gitlab.FORMAT.hazards(hazards))
    for one in found:
        assert one.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert one["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert one["location"].keys() == {"path", "lines"}
        assert not one["location"]["path"].startswith("./")
        assert isinstance(one["location"]["lines"]["begin"], int)
    assert [one["severity"] for one in found] == ["blocker", "minor", "major", "info", "info"]
    assert len({one["fingerprint"] for one in found}) == 5
    assert found[0]["location"] == {"path": "20260102000000_drop_note.sql", "lines": {"begin": 3}}


def test_gitlab_of_a_plan(subject: PlanSubject) -> None:
    found = json.loads(gitlab.FORMAT.plan(subject))
    assert [one["check_name"] for one in found[:2]] == ["refused", "refused"]
    assert len(found) == 7
    (alone,) = json.loads(gitlab.FORMAT.plan(PlanSubject(subject.plan)))
    assert alone["description"] == "unknown: the hazards were not looked for"


def test_junit_fails_where_a_deployment_would(hazards: LintSubject) -> None:
    cases = ET.fromstring(junit.FORMAT.hazards(hazards)).findall("testsuite/testcase")
    assert [(one.get("name"), one[0].tag) for one in cases] == [
        ("drop-table: 20260102000000_drop_note.sql: public.orders", "failure"),
        ("drop-table: 20260102000000_drop_note.sql: b", "skipped"),
        ("index-not-concurrent: 20260101000000_orders.sql: public.orders", "skipped"),
        ("odd-thing: 20260101000000_orders.sql", "skipped"),
        ("all rules asked", "skipped"),
    ]


def test_junit_of_a_plan_whose_hazards_were_not_looked_for(subject: PlanSubject) -> None:
    (case,) = ET.fromstring(junit.FORMAT.plan(PlanSubject(subject.plan))).findall(
        "testsuite[@name='haulback.hazards']/testcase"
    )
    assert case[0].get("message") == "unknown: they were not looked for"


def test_files_are_named_from_the_root(hazards: LintSubject, tmp_path: Path) -> None:
    def of(file: Path) -> Path:
        one = replace(hazards.hazards[0], file=file)
        return rebased(replace(hazards, hazards=(one,)), tmp_path).hazards[0].file

    assert of(tmp_path / "db" / ".." / "db" / "a.sql") == Path("db/a.sql")
    assert of(Path("/elsewhere/a.sql")) == Path("/elsewhere/a.sql")
    assert of(Path("a.sql")) == Path.cwd() / "a.sql"
    assert of(Path("<stdin>")) == Path("<stdin>")
