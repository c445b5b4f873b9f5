"""Every report as it is, kept in files that a person can read and compare."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from haulback import registry
from haulback.model.check import Outcome as Answer
from haulback.model.deployment import Deployment
from haulback.model.outcome import Outcome
from haulback.model.rehearsal import Rehearsal
from haulback.report import text, text_doctor, text_journal, text_plan
from haulback.report.formats._format import Format
from haulback.report.subjects import Finding, LintSubject, PlanSubject, ServerFacts, Situation

SNAPSHOTS = Path(__file__).parent / "snapshots"
FORMATS: dict[str, Format] = dict(registry.find("haulback.report.formats", "reports", "FORMAT"))
OF_DEPLOYMENTS = sorted(name for name, form in FORMATS.items() if form.deployment)


def ending(form: str) -> str:
    return (*FORMATS[form].suffixes, f".{form}")[0]


def compare(name: str, found: str) -> None:
    """Holds a text against its file; WRITE_SNAPSHOTS=1 writes the file instead."""
    file = SNAPSHOTS / name
    if os.environ.get("WRITE_SNAPSHOTS"):
        file.write_text(found, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == found


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_plan(form: str, subject: PlanSubject) -> None:
    compare(f"plan{ending(form)}", FORMATS[form].plan(subject))


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_plan_without_rehearsal_and_checks(form: str, subject: PlanSubject) -> None:
    compare(f"plan-alone{ending(form)}", FORMATS[form].plan(PlanSubject(subject.plan)))


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_hazards(form: str, hazards: LintSubject) -> None:
    compare(f"hazards{ending(form)}", FORMATS[form].hazards(hazards))


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_no_hazards(form: str) -> None:
    compare(f"no-hazards{ending(form)}", FORMATS[form].hazards(LintSubject((), {}, files=2, statements=3)))


@pytest.mark.parametrize("form", OF_DEPLOYMENTS)
@pytest.mark.parametrize("which", ["stands", "went_back", "crashed"])
def test_deployment(form: str, which: str, request: pytest.FixtureRequest) -> None:
    found: Deployment = request.getfixturevalue(which)
    compare(f"{which.replace('_', '-')}{ending(form)}", FORMATS[form].deployment(Outcome(found)))


@pytest.mark.parametrize("form", OF_DEPLOYMENTS)
def test_deployment_with_rehearsal(form: str, stands: Deployment, rehearsed: Rehearsal, subject: PlanSubject) -> None:
    outcome = Outcome(
        stands, subject.checks or (), rehearsed, 2.5, resumed=True, notes=("rows of public.orders stay in the attic",)
    )
    compare(f"stands-rehearsed{ending(form)}", FORMATS[form].deployment(outcome))


def test_nothing_pending() -> None:
    assert {name: form.deployment(Outcome(None)) for name, form in FORMATS.items() if name in {"text", "markdown"}} == {
        "text": "nothing is pending\n",
        "markdown": "## Haulback: nothing is pending\n",
    }


def test_every_statement(subject: PlanSubject) -> None:
    compare("plan-statements.txt", text_plan.planned(PlanSubject(subject.plan), statements=True))


def test_preflight(subject: PlanSubject) -> None:
    compare("preflight.txt", text_plan.checked(subject.checks or ()))


def test_status(stands: Deployment, crashed: Deployment) -> None:
    facts = ServerFacts(embedded=True, version="18.6", user="postgres", database="postgres")
    compare(
        "status.txt",
        text_journal.situation(Situation("local", "development", facts, journal=True, deployments=(crashed, stands))),
    )


def test_status_while_somebody_deploys(crashed: Deployment) -> None:
    facts = ServerFacts(embedded=False, version="18.6", user="postgres", database="postgres")
    now = Situation(
        "local", "development", facts, journal=True, deployments=(crashed,), holder="postgres from 10.0.0.1, backend 12"
    )
    compare("status-held.txt", text_journal.situation(now))


def test_status_of_a_server_that_is_down() -> None:
    facts = ServerFacts(embedded=True, problem="the embedded server of local does not run", hint="Start it.")
    compare("status-down.txt", text_journal.situation(Situation("local", "development", facts)))


def test_log(went_back: Deployment, stands: Deployment) -> None:
    compare("log.txt", text_journal.told(went_back))
    compare("log-list.txt", text_journal.listed((went_back, stands)))


def test_last_lines_of_deploy(stands: Deployment) -> None:
    outcome = Outcome(stands, seconds=2.5, resumed=True, notes=("rows stay in the attic",))
    assert text.deployed(outcome) == (
        "deployment 7: deployed in 2.50 s, 2 migrations, taken up after an interruption\n  note: rows stay in the attic"
    )


def test_doctor() -> None:
    findings = (
        Finding(
            "programs", "embedded server", Answer.FAIL, "no embedded PostgreSQL found", "Install it.", essential=True
        ),
        Finding("programs", "PostgreSQL 15.4", Answer.PASS, "/usr/lib/postgresql/15/bin"),
        Finding("folders", "migrations", Answer.FAIL, "no folder /x", "Name it."),
    )
    compare("doctor.txt", text_doctor.examined(findings))
