"""The programs of the README's sections on the API and on Realtime, run as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from acceptance_site import Site, until

from node_packages import supabase_js

README = Path(__file__).resolve().parents[3] / "README.md"
API, REALTIME = "The API", "Realtime"


def block(language: str, section: str = API) -> str:
    text = README.read_text(encoding="utf-8").split(f"## {section}\n")[1].split("\n## ")[0]
    (code,) = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return code


def promised(code: str) -> list[str]:
    """What the comments behind the lines that print say."""
    return re.findall(r"^ *(?:print|console\.log)\(.*\) +(?:#|//) (.*)$", code, re.MULTILINE)


@pytest.fixture
def environment(site: Site) -> Iterator[dict[str, str]]:
    """The API over the tables of the README, and the tokens that it makes."""
    site.execute(block("sql"))
    started = site.start("serve", "--port", "0", "--json")
    until(lambda: started.said or started.process.poll() is not None, "the address")
    assert started.said, started.ended().stderr
    found = {"API": started.said[0]["url"]}
    for name, command in re.findall(r"export (\w+)=\$\(haulback (.*)\)", block("console")):
        made = site.run(*shlex.split(command))
        assert made.exit == 0, made.stderr
        found[name] = made.stdout.strip()
    yield found
    started.process.terminate()
    started.ended()


def printed(command: Sequence[str], folder: Path, environment: dict[str, str]) -> list[str]:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_python(environment: dict[str, str], tmp_path: Path) -> None:
    code = block("python")
    file = tmp_path / "program.py"
    file.write_text(code, encoding="utf-8")
    said = promised(code)
    assert len(said) == 3
    assert printed([sys.executable, str(file)], tmp_path, environment) == said


def test_realtime_in_python(environment: dict[str, str], site: Site, tmp_path: Path) -> None:
    site.execute(block("sql", REALTIME))
    code = block("python", REALTIME)
    file = tmp_path / "program.py"
    file.write_text(code, encoding="utf-8")
    said = promised(code)
    assert len(said) == 2
    assert printed([sys.executable, str(file)], tmp_path, environment) == said


def test_realtime_in_javascript(environment: dict[str, str], site: Site, tmp_path: Path) -> None:
    site.execute(block("sql", REALTIME))
    supabase_js(tmp_path)
    code = block("javascript", REALTIME)
    (tmp_path / "program.mjs").write_text(code, encoding="utf-8")
    said = promised(code)
    assert len(said) == 2
    assert printed(["node", "program.mjs"], tmp_path, environment) == said


def test_javascript(environment: dict[str, str], tmp_path: Path) -> None:
    supabase_js(tmp_path)
    code = block("javascript")
    (tmp_path / "program.mjs").write_text(code, encoding="utf-8")
    said = promised(code)
    assert len(said) == 3
    assert printed(["node", "program.mjs"], tmp_path, environment) == said
