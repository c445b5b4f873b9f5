"""What is wrong is told with its exit code and a hint, before anything is touched, and never as a traceback."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from looking_project import DEPLOY, Project

CASES = {
    "unknown target": (("status", "--target", "nowhere"), 2, "unknown-target"),
    "no such file": (("plan", "--config", "nowhere.toml"), 2, "configuration-unreadable"),
    "no such folder": (("plan", "--migrations", "nowhere"), 2, "folder-missing"),
    "no such option": (("plan", "--frobnicate"), 2, "usage-error"),
    "no such command": (("frobnicate",), 2, "usage-error"),
    "no such format": (("plan", "--format", "yaml"), 2, "usage-error"),
    "two for stdout": (("plan", "--format", "text"), 2, "usage-error"),
    "no folder for the report": (("plan", "--report", "nowhere/report.md"), 2, "usage-error"),
    "no number": (("log", "last"), 2, "usage-error"),
    "a report of a list": (("log", "--report", "log.md"), 2, "usage-error"),
}


@pytest.mark.parametrize("case", CASES)
def test_told_with_exit_code_and_hint(case: str, project: Project) -> None:
    arguments, code, error = CASES[case]
    ended = project.run(*arguments, "--json")
    assert ended.exit == code
    assert ended.document["error"] == error
    assert ended.document["exit"] == code
    assert ended.document["hint"]
    assert ended.stderr.startswith("haulback: ")
    assert "hint: " in ended.stderr


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("not toml [", "configuration-unreadable"),
        ("lock_budget = 1\n", "unknown-setting"),
        ("[deploy]\nlock_budget = true\n", "wrong-setting"),
        ('[targets.x]\nurl = "postgresql://u:hunter2@h/d"\n', "secret-in-file"),
        ('[targets.x]\nenvironment = "moon"\n', "wrong-setting"),
    ],
)
def test_a_broken_file(text: str, error: str, bare: Project) -> None:
    bare.configure(text)
    for command in ("plan", "status", "log", "preflight", "doctor"):
        ended = bare.run(command, "--json")
        assert ended.exit == 2
        assert ended.document["error"] == error


def test_a_file_that_is_not_utf8(bare: Project) -> None:
    (bare.folder / "haulback.toml").write_bytes(b'home = "\xff"\n')
    assert bare.run("status", "--json").document["error"] == "configuration-unreadable"


def test_embedded_server_that_does_not_run(bare: Project) -> None:
    status = bare.run("status", "--json")
    assert status.exit == 1
    assert status.document["server"]["answers"] is False
    assert status.document["journal"] is None
    assert "haulback up" in status.document["server"]["hint"]
    assert "hint: " in status.stderr
    for command in ("plan", "log", "preflight"):
        ended = bare.run(command, "--json")
        assert (ended.exit, ended.document["error"]) == (1, "embedded-down")
    assert not (bare.folder / ".haulback").exists()


def test_host_down(bare: Project) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"postgresql://postgres@127.0.0.1:{closed.getsockname()[1]}/postgres"
        plan = bare.run("plan", "--json", environment={"DATABASE_URL": url})
        status = bare.run("status", environment={"DATABASE_URL": url})
    assert (plan.exit, plan.document["error"]) == (1, "connection-failed")
    assert status.exit == 1
    assert "server: " in status.stdout


def test_wrong_password(project: Project, tmp_path: Path) -> None:
    toml = (project.folder / "haulback.toml").read_text(encoding="utf-8")
    port = toml.partition("port=")[2].partition('"')[0]
    project.configure(f'[targets.local]\nurl = "postgresql://postgres@127.0.0.1:{port}/postgres"\n')
    ended = project.run("plan", "--json", environment={"PGPASSFILE": str(tmp_path / "none")})
    assert (ended.exit, ended.document["error"]) == (1, "authentication-failed")


def test_a_syntax_error_is_told_with_its_place(project: Project) -> None:
    project.migration("20260102000000_broken.sql", "select 1;\ncreate tabel x;\n")
    ended = project.run("plan", "--json")
    assert ended.exit == 1
    assert "20260102000000_broken.sql:2:8: " in ended.document["message"]


def test_an_edited_file_is_refused(project: Project) -> None:
    assert project.run(*DEPLOY).exit == 0
    project.migration("20260101000000_orders.sql", "create table public.other (id int);\n")
    ended = project.run("plan", "--json")
    assert (ended.exit, ended.document["error"]) == (3, "edited-migration")
