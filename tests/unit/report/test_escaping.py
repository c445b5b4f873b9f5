"""Names and messages come from files and servers that others write to: they must stay text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_samples import deployment, migration, plan

from haulback import registry
from haulback.model.check import CheckResult, Outcome
from haulback.model.deployment import Event
from haulback.model.hazard import Hazard, Level
from haulback.model.migration import Statement
from haulback.model.outcome import Outcome as Ending
from haulback.report import document_journal, text_journal
from haulback.report.formats.markdown import code, table
from haulback.report.plain import clean, plain
from haulback.report.subjects import LintSubject, PlanSubject, ServerFacts, Situation

SECRETS = (
    "postgresql://u:hunter2secret@h/db",
    'password="hunter2secret x"',
    "password='hunter2secret x'",
    "token: hunter2secret",
    "Authorization: Bearer hunter2secret",
    "eyJhunter2secret.abc.def",
)
HOSTILE = "a|b `c` ``d`` <img src=x> @team [x](http://e) \x1b[31m \u202e \udcff \n| new | row |"


def hazards(text: str) -> LintSubject:
    """A hazard with `text` wherever a file, or somebody's configuration, can put it."""
    hazard = Hazard("drop-table", Level.BLOCK, Path("a.sql"), 1, 1, text, 2, text, text, f"{text};\n{text}")
    # A path with two slashes in a row loses one, and what is left is no URL any more.
    file = Path("migrations") / (text.replace("\0", "") if "//" not in text else "a.sql")
    named = Hazard("drop-table", Level.NOTE, file, 1, 1, "dropped")
    return LintSubject((hazard, replace(hazard, accepted=True), named), {}, problems=(text,))


def everything(text: str) -> dict[str, str]:
    """Each report with `text` in every place that somebody else can write to."""
    check = CheckResult("one", "one", Outcome.FAIL, text, text, text, blocks=True)
    made = plan(migration("1", f"of {text}", Statement("", 1, 1, "alter table", destroys=(text,))), target="local")
    made = replace(made, skipped=((text, text),), unknown=(text,))
    failed = deployment(
        ("verify", Event.BEGUN, "", {}),
        ("verify", Event.FAILED, "", {"problem": text, text: text}),
        ("snapshot", Event.BEGUN, "", {}),
        ("snapshot", Event.DONE, "", {"unknown": [text], "reason": text, "other": {text: [text]}}),
    )
    subject = PlanSubject(made, None, (check,), (text,), (text,), text, hazards(text))
    outcome = Ending(failed, (check,), notes=(text,))
    found = {}
    for name, form in registry.find("haulback.report.formats", "reports", "FORMAT").items():
        found |= {f"{name} plan": form.plan(subject), f"{name} hazards": form.hazards(hazards(text))}
        found |= {f"{name} deployment": form.deployment(outcome)} if form.deployment else {}
    down = Situation("local", "staging", ServerFacts(embedded=False, problem=text, hint=text))
    up = Situation(
        "local",
        "staging",
        ServerFacts(embedded=False, version="18.1"),
        journal=True,
        deployments=(failed,),
        holder=text,
    )
    found |= {"log": text_journal.told(failed), "status": text_journal.situation(up)}
    found |= {"log document": json.dumps(document_journal.told(failed)), "down": text_journal.situation(down)}
    return found | {"status document": json.dumps(document_journal.situation(down))}


@pytest.mark.parametrize("secret", SECRETS)
def test_no_report_holds_a_secret(secret: str) -> None:
    for name, text in everything(secret).items():
        assert "hunter2secret" not in text, name


def test_no_report_steers_a_terminal() -> None:
    for name, text in everything(HOSTILE).items():
        assert all(one.isprintable() or one == "\n" for one in text), name
        text.encode("utf-8")


def test_json_stays_json_when_something_was_redacted() -> None:
    for name, text in everything(" ".join(SECRETS)).items():
        if name.split()[0] in {"json", "sarif", "gitlab"} or "document" in name:
            json.loads(text)


@given(st.text(max_size=200))
def test_plain_is_one_printable_line(text: str) -> None:
    assert plain(text).isprintable()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda one: st.lists(one) | st.dictionaries(st.text(), one),
    )
)
def test_clean_can_be_encoded(value: object) -> None:
    json.dumps(clean(value)).encode("utf-8")
    json.dumps(clean(value), ensure_ascii=False).encode("utf-8")


def shown(span: str) -> str:
    """What GitHub shows of a code span in a table: pipes first, then CommonMark 6.1."""
    span = span.replace("\\|", "|")
    found = re.fullmatch(r"(`+)(.*?)\1", span, re.DOTALL)
    assert found, span
    inner = found[2]
    assert found[1] not in re.findall(r"`+", inner)
    stripped = len(inner) > 1 and inner[0] == inner[-1] == " " and inner.strip()
    return inner[1:-1] if stripped else inner


@settings(max_examples=300)
@given(st.text(alphabet=st.sampled_from("ab`|\\<>@*_ \n\x1b"), max_size=30) | st.text(max_size=60))
def test_a_code_span_shows_its_text_and_nothing_else(text: str) -> None:
    if plain(text):
        assert shown(code(text)) == plain(text)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30)), min_size=1, max_size=4))
def test_no_cell_makes_a_cell_or_a_row(rows: list[tuple[str, str]]) -> None:
    lines = table(("a", "b"), [(code(one), code(two)) for one, two in rows])
    assert len(lines) == len(rows) + 3
    for line in lines[:-1]:
        assert "\n" not in line
        assert len(re.findall(r"(?<!\\)\|", line)) == 3


@given(st.text(alphabet=st.sampled_from("a`~ \n>"), max_size=40))
def test_a_rewrite_stays_in_its_fence(text: str) -> None:
    hazard = Hazard("drop-table", Level.BLOCK, Path("a.sql"), 1, 1, "x", rewrite=f"select 1;\n{text}")
    lines = registry.find("haulback.report.formats", "reports", "FORMAT")["markdown"].hazards(
        LintSubject((hazard,), {})
    )
    shown = lines.split("</summary>\n\n")[1].splitlines()
    fence = shown[0].removesuffix("sql")
    closing = [number for number, line in enumerate(shown) if number and re.fullmatch(rf" {{0,3}}{fence}`*\s*", line)]
    assert shown[closing[0] :] == [fence, "", "</details>"]


def test_markdown_keeps_foreign_text_in_code_spans() -> None:
    text = everything("<img> @team [x](http://e) **bold**")
    for name in ("markdown plan", "markdown deployment", "markdown hazards"):
        unfenced = re.sub(r"^(`{3,})sql\n.*?^\1$", "", text[name], flags=re.DOTALL | re.MULTILINE)
        outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", unfenced)
        for mark in ("<img>", "@team", "http://e", "**bold**"):
            assert mark not in outside, name
