"""plan, status, log and preflight against a real server."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from looking_project import DEPLOY, Project

LOOKING = (("plan", "--no-rehearse"), ("status",), ("log",), ("preflight",))


def test_plan_for_a_person_and_a_program(project: Project) -> None:
    told = project.run("plan", "--no-rehearse")
    assert told.exit == 0
    assert "20260101000000_orders" in told.stdout
    document = project.run("plan", "--no-rehearse", "--json").document
    assert document["ok"] is True
    assert document["rehearsal"] is None
    assert [one["version"] for one in document["migrations"]] == ["20260101000000"]
    assert document["migrations"][0]["statements"] == [
        {"line": 1, "column": 1, "kind": "create table", "transactional": True, "destroys": []}
    ]


def test_looking_leaves_nothing_behind(project: Project) -> None:
    before = project.run("status", "--json").document
    for arguments in LOOKING:
        project.run(*arguments)
    assert before["journal"] is False
    assert project.run("status", "--json").document == before


def test_plan_ends_with_3_when_a_check_blocks(project: Project) -> None:
    toml = (project.folder / "haulback.toml").read_text(encoding="utf-8")
    project.configure(toml + 'unknown_blocks = true\naccept_unknown = ["load"]\n' + "[thresholds]\nconnections = 0\n")
    refused = project.run("plan", "--no-rehearse", "--json")
    assert refused.exit == refused.document["exit"] == 3
    assert any(one.startswith("connections fail") for one in refused.document["blocking"])
    assert "20260101000000_orders" in project.run("plan", "--no-rehearse").stdout
    checked = project.run("preflight", "--json")
    assert checked.exit == checked.document["exit"] == 3
    assert "connections" in checked.document["blocking"]


def test_a_saved_plan_is_what_is_deployed(project: Project) -> None:
    assert project.run("plan", "--no-rehearse", "--out", "plan.json").exit == 0
    saved = json.loads((project.folder / "plan.json").read_text(encoding="utf-8"))
    assert saved["hash"] == project.run("plan", "--no-rehearse", "--json").document["hash"]
    assert project.run("deploy", "plan.json", *DEPLOY[1:]).exit == 0


def test_a_saved_plan_opens_the_journal_to_approvers(project: Project) -> None:
    toml = (project.folder / "haulback.toml").read_text(encoding="utf-8")
    approvals = '[targets.local.approvers]\nauthenticator = "dba"\n'
    project.configure(toml.replace("[targets.local.policy]", 'approvals = ["dba"]\n[targets.local.policy]') + approvals)
    made = project.run("plan", "--no-rehearse", "--out", "plan.json", "--json").document
    assert made["saved"] == "plan.json"
    assert made["notes"] == ["local asks for the approval of dba"]
    assert project.run("status", "--json").document["journal"] is True


def test_reports_go_to_files_whole(project: Project) -> None:
    told = project.run("plan", "--no-rehearse", "--report", "plan.md")
    assert told.stdout.startswith("plan for local")
    assert (project.folder / "plan.md").read_text(encoding="utf-8").startswith("## Haulback plan")
    project.run("plan", "--no-rehearse", "--format", "junit", "--report", "report")
    assert ET.fromstring((project.folder / "report").read_text(encoding="utf-8")).tag == "testsuites"
    assert not list(project.folder.glob(".*.unfinished"))


def test_a_format_alone_is_the_output(project: Project) -> None:
    assert ET.fromstring(project.run("plan", "--no-rehearse", "--format", "junit").stdout).tag == "testsuites"
    document = json.loads(project.run("plan", "--no-rehearse", "--format", "json").stdout)
    assert next(iter(document)) == "schema"


def test_status_and_log_of_a_deployment(project: Project) -> None:
    assert project.run(*DEPLOY).exit == 0
    status = project.run("status", "--json").document
    assert [(one["deployment"], one["state"], one["advice"]) for one in status["deployments"]] == [
        (1, "deployed", None)
    ]
    assert status["holder"] is None
    told = project.run("log", "1")
    assert "migration 20260101000000" in told.stdout
    document = project.run("log", "1", "--json").document
    assert document["migrations"] == [{"version": "20260101000000", "name": "orders", "ended": "done"}]
    assert document["entries"][0]["event"] == "state"
    assert [one["deployment"] for one in project.run("log", "--json").document["deployments"]] == [1]
    root = ET.fromstring(project.run("log", "1", "--format", "junit").stdout)
    assert root.attrib["failures"] == "0"


def test_a_deployment_that_is_not_there(project: Project) -> None:
    missing = project.run("log", "7", "--json")
    assert missing.exit == missing.document["exit"] == 1
    assert missing.document["error"] == "no-such-deployment"


def test_nothing_pending(project: Project) -> None:
    assert project.run(*DEPLOY).exit == 0
    plan = project.run("plan", "--json")
    assert plan.exit == 0
    assert plan.document["migrations"] == []
    assert plan.document["rehearsal"] is None


def test_odd_names_stay_text(project: Project) -> None:
    project.migration("20260102000000_a|b `c` <img src=x>.sql", "alter table public.orders drop column note;\n")
    told = project.run("plan", "--no-rehearse", "--format", "markdown")
    assert "``20260102000000_a\\|b `c` <img src=x>``" in told.stdout
    ET.fromstring(project.run("plan", "--no-rehearse", "--format", "junit").stdout)
