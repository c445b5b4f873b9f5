"""doctor, events, completion and help need no server."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
from looking_project import Project

from haulback import __version__
from haulback.modules.engagement_events import exports
from haulback.modules.engagement_events.events import EVENT_TYPES


def test_version(bare: Project) -> None:
    assert bare.run("--version").stdout == f"haulback {__version__}\n"


@pytest.mark.parametrize("arguments", [("--version",), ("--help",)])
def test_start_up_loads_no_driver(bare: Project, arguments: tuple[str, ...]) -> None:
    loaded = bare.run(*arguments, environment={"PYTHONPROFILEIMPORTTIME": "1"}).stderr
    names = {line.rpartition("|")[2].strip().partition(".")[0] for line in loaded.splitlines()}
    assert names & {"psycopg", "psycopg_binary", "postgast", "rich", "psutil"} == set()


def test_doctor(bare: Project) -> None:
    told = bare.run("doctor")
    assert told.exit == 0
    assert "the embedded server" in told.stdout
    findings = bare.run("doctor", "--json").document["findings"]
    assert {one["area"] for one in findings} == {"programs", "settings", "targets", "folders"}
    environment = next(one for one in findings if one["name"] == "environment")
    assert "SERVICE_ROLE_KEY" in environment["told"]


def test_doctor_misses_what_is_essential(bare: Project) -> None:
    ended = bare.run("doctor", "--json", environment={"HAULBACK_PG_BIN": str(bare.folder)})
    assert ended.exit == ended.document["exit"] == 1
    assert ended.document["ok"] is False


def test_doctor_tells_targets_without_their_passwords(bare: Project) -> None:
    url = "postgresql://deployer:hunter2@db.example.com/app"
    told = bare.run("doctor", environment={"DATABASE_URL": url})
    assert "db.example.com:5432/app as deployer, with a password" in told.stdout


@pytest.mark.parametrize("form", exports.FORMATS)
def test_events_export(bare: Project, form: exports.Format) -> None:
    assert bare.run("events", "export", "--format", form).stdout == exports.export(form)


def test_events_list(bare: Project) -> None:
    listed = [one["event_type"] for one in bare.run("events", "list", "--json").document["events"]]
    assert listed == [one.name for one in EVENT_TYPES]
    assert listed[0] in bare.run("events", "list").stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_of_that_shell(bare: Project, shell: str) -> None:
    script = bare.run("completion", shell).stdout
    assert f"_HAULBACK_COMPLETE={shell}_complete" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


def test_completion_completes(bare: Project) -> None:
    words = {"_HAULBACK_COMPLETE": "bash_complete", "COMP_WORDS": "haulback pl", "COMP_CWORD": "1"}
    assert bare.run(environment=words).stdout == "plain,plan\n"
    words |= {"COMP_WORDS": "haulback plan --no-r", "COMP_CWORD": "2"}
    assert "--no-rehearse" in bare.run(environment=words).stdout


@pytest.mark.parametrize("command", ["plan", "status", "log", "preflight", "doctor", "completion", "events"])
def test_help_shows_examples(bare: Project, command: str) -> None:
    told = bare.run(command, "--help")
    assert told.exit == 0
    assert f"haulback {command}" in told.stdout.partition("Examples:")[2]


def test_json_of_events_is_one_line(bare: Project) -> None:
    assert len(bare.run("events", "list", "--json").stdout.splitlines()) == 1
    json.loads(bare.run("events", "export").stdout)
