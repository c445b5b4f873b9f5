"""A project with a server of its own and the module, for drills by the command."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator

import pytest
from acceptance_site import HAULBACK, Ended

Run = Callable[..., Ended]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The command in a new project whose server runs, with the module deployed."""
    folder = tmp_path_factory.mktemp("project")

    def call(*arguments: str, config: str = "") -> Ended:
        (folder / "haulback.toml").write_text(config)
        done = subprocess.run(
            [*HAULBACK, *arguments], cwd=folder, env={**os.environ}, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=240, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return Ended(done.returncode, done.stdout, done.stderr)

    try:
        assert call("init").exit == 0
        assert call("up", "--detach").exit == 0
        assert call("deploy", "--yes", "--skip", "preflight").exit == 0
        yield call
    finally:
        call("down")


@pytest.fixture(scope="module")
def backup(run: Run) -> str:
    taken = run("backup", "run", "--json")
    assert taken.exit == 0
    assert run("backup", "verify", taken.document["id"]).exit == 0
    return str(taken.document["id"])
