"""With `receive` on, `haulback up` streams the log into the archive, and what is lost with the server is told from it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from acceptance_site import HAULBACK, until
from test_up_and_down import command

ON = "[targets.local]\nreceive = 'on'\nheartbeat = '1s'\n"

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    def call(*arguments: str, config: str = ON) -> dict[str, Any]:
        (tmp_path / "haulback.toml").write_text(config)
        return command(tmp_path, *arguments)

    try:
        yield call
    finally:
        call("down")


def status(folder: Path) -> dict[str, Any]:
    """What is told, also where there is no backup to recover from (exit 3)."""
    done = subprocess.run(
        [*HAULBACK, "pitr", "status", "--json"], cwd=folder, env=os.environ | {"HAULBACK_HOME": str(folder / "home")},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode in {0, 3}, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def receiver(folder: Path) -> dict[str, Any]:
    """The slot, once somebody streams from it."""
    return until(lambda: (found := status(folder)["receiver"]) and found["active"] and found, "the slot")


def receiving(folder: Path) -> list[psutil.Process]:
    """Processes of `haulback pitr receive` in a project."""
    found = []
    for one in psutil.process_iter(["cmdline", "status", "cwd"]):
        words, place = one.info["cmdline"] or [], one.info["cwd"]
        if words[-4:-2] == ["pitr", "receive"] and place == str(folder) and one.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(one)
    return found


def test_a_lost_server_comes_back_as_it_was_a_moment_before(run: Run, tmp_path: Path) -> None:
    server = run("up", "--detach")
    run("pitr", "setup")
    run("backup", "run", "--kind", "physical")
    assert receiver(tmp_path)["name"] == "haulback_local"
    with psycopg.connect(server["url"], autocommit=True) as connection:
        connection.execute("create table public.written (n integer)")
        connection.execute("insert into public.written values (1)")
        (at,) = connection.execute("select clock_timestamp()").fetchone()
        told = until(
            lambda: (found := status(tmp_path)["rpo"])["newest"] and found["newest"] > at.isoformat() and found,
            "what was written in the archive",
        )
    assert told["by"] == "receiver"
    beaten = until(lambda: (found := status(tmp_path)["rpo"])["heartbeat_seconds"] is not None and found, "a beat")
    assert beaten["heartbeat"] <= beaten["newest"]

    os.kill(server["pid"], signal.SIGKILL)
    gone = status(tmp_path)
    assert gone["warnings"] == ["the server cannot be asked"]
    assert gone["rpo"]["seconds"] is not None
    drill = run("drill", "--scenario", "database-lost")
    assert (drill["verdict"], drill["problems"]) == ("pass", [])
    assert drill["heartbeat_seconds"] >= 0
    assert drill["rpo_seconds"] <= drill["heartbeat_seconds"], "the newest commit is the heartbeat, or after it"
    recovered = run("restore", "pitr", "--to", "latest", "--keep-running")
    with psycopg.connect(recovered["conninfo"]) as connection:
        assert connection.execute("select n from public.written").fetchall() == [(1,)]


def test_switched_off_the_slot_is_given_up(run: Run, tmp_path: Path) -> None:
    run("up", "--detach")
    receiver(tmp_path)
    assert run("down")["clusters"] == ["main"]
    assert receiving(tmp_path) == []
    run("up", "--detach", config="")
    until(lambda: status(tmp_path)["receiver"] is None, "a slot that was given up")


def test_a_killed_worker_leaves_nothing_that_down_does_not_end(run: Run, tmp_path: Path) -> None:
    run("up", "--detach")
    receiver(tmp_path)
    os.kill(int((tmp_path / "home" / "worker.pid").read_text()), signal.SIGKILL)
    assert len(receiving(tmp_path)) == 1
    run("down")
    assert receiving(tmp_path) == []


def test_the_receiver_is_started_again(run: Run, tmp_path: Path) -> None:
    run("up", "--detach")
    receiver(tmp_path)
    (first,) = receiving(tmp_path)
    first.kill()
    until(lambda: [one for one in receiving(tmp_path) if one.pid != first.pid], "another receiver")
    receiver(tmp_path)


def test_a_heartbeat_by_hand(run: Run, tmp_path: Path) -> None:
    run("up", "--detach", config="")
    first = run("pitr", "heartbeat", config="")["at"]
    second = run("pitr", "heartbeat", config="")["at"]
    assert first < second
    assert status(tmp_path)["rpo"]["heartbeat"] == second
