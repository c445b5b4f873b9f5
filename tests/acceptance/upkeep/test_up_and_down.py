"""`haulback up --detach` leaves a server and what keeps its schedules; `haulback down` ends both."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import psycopg


def command(folder: Path, *arguments: str) -> dict:
    done = subprocess.run(
        [sys.executable, "-m", "haulback", *arguments, "--json"],
        cwd=folder,
        env=os.environ | {"HAULBACK_HOME": str(folder / "home")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


def lives(pid: int) -> bool:
    """A zombie that nobody has waited for yet does not live."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_jobs_run_while_it_is_up_and_nothing_is_left_after_down(tmp_path: Path) -> None:
    (tmp_path / "haulback.toml").write_text("")
    server = command(tmp_path, "up", "--detach")
    again = command(tmp_path, "up", "--detach")
    assert again["pid"] == server["pid"]
    try:
        with psycopg.connect(server["url"], autocommit=True) as connection:
            connection.execute("create extension pg_cron")
            connection.execute("create table public.beats (at timestamptz default now())")
            connection.execute("select cron.schedule('beat', '1 seconds', 'insert into public.beats default values')")
            deadline = time.monotonic() + 60
            beats = 0
            while not beats and time.monotonic() < deadline:
                time.sleep(0.2)
                beats = connection.execute("select count(*) from public.beats").fetchone()[0]
            assert beats
            record = connection.execute("select status, username from cron.job_run_details limit 1").fetchone()
            assert record == ("succeeded", "postgres")
        worker = int((tmp_path / "home/worker.pid").read_text())
        assert lives(worker)
    finally:
        stopped = command(tmp_path, "down")
    assert stopped["clusters"] == ["main"]
    assert stopped["worker"] == worker
    assert not lives(worker)
    assert not lives(server["pid"])
    assert command(tmp_path, "down")["clusters"] == []


def test_a_recovered_server_that_was_left_running_is_stopped_too(tmp_path: Path) -> None:
    (tmp_path / "haulback.toml").write_text("")
    command(tmp_path, "up", "--detach")
    try:
        command(tmp_path, "pitr", "setup")
        command(tmp_path, "backup", "run", "--kind", "physical")
        recovered = command(tmp_path, "restore", "pitr", "--to", "latest", "--keep-running")
        folder = Path(recovered["folder"])
        pid = int((folder / "postmaster.pid").read_text().splitlines()[0])
        assert lives(pid)
    finally:
        stopped = command(tmp_path, "down")
    assert stopped["clusters"] == ["main", f"clusters/main/restores/{recovered['id']}"]
    assert not lives(pid)
    assert command(tmp_path, "down")["clusters"] == []


def test_what_a_killed_proof_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "haulback.toml").write_text("")
    command(tmp_path, "up", "--detach")
    try:
        command(tmp_path, "backup", "run", "--kind", "physical")
        proofs = tmp_path / "home" / "proofs"
        proving = subprocess.Popen(
            [sys.executable, "-m", "haulback", "backup", "verify"],
            cwd=tmp_path, env=os.environ | {"HAULBACK_HOME": str(tmp_path / "home")},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while not (found := [one for one in proofs.glob("*/data/postmaster.pid") if one.stat().st_size]):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        proving.kill()
        proving.wait()
        (pid_file,) = found
        pid = int(pid_file.read_text().splitlines()[0])
        assert command(tmp_path, "backup", "verify")["proofs"][0]["verdict"] == "proved"
        assert list(proofs.iterdir()) == []
        assert not lives(pid)
    finally:
        command(tmp_path, "down")


def _until(wanted, what):
    deadline = time.monotonic() + 60
    while not (found := wanted()):
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
    return found


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/rest/v1/health", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def _api(folder: Path) -> dict:
    try:
        return json.loads((folder / "home/api.json").read_text())
    except FileNotFoundError:
        return {}


def test_the_api_is_served_while_it_is_up_and_begun_anew_when_it_dies(tmp_path: Path) -> None:
    # A port of its own: another test might take the usual one while nothing listens there.
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "haulback.toml").write_text(f"[api]\nport = {port}\n")
    url = command(tmp_path, "up", "--detach")["api"]
    try:
        assert url == f"http://127.0.0.1:{port}"
        # The links of mails that nobody is sent are in it.
        assert (tmp_path / "home/worker.log").stat().st_mode & 0o077 == 0
        assert _answers(url)
        assert command(tmp_path, "status")["api"] == url
        first = _api(tmp_path)["pid"]
        os.kill(first, signal.SIGKILL)
        again = _until(lambda: (told := _api(tmp_path)) and told["pid"] != first and told, "another process")
        assert again["url"] == url
        assert _answers(url)
        worker = int((tmp_path / "home/worker.pid").read_text())
        os.kill(worker, signal.SIGKILL)
        _until(lambda: not lives(again["pid"]), "the end of the API of a worker that was killed")
        assert command(tmp_path, "status")["api"] is None
    finally:
        command(tmp_path, "down")


def test_a_deployment_to_the_embedded_server_goes_through_its_api(tmp_path: Path) -> None:
    (tmp_path / "haulback.toml").write_text("")
    (tmp_path / "supabase/migrations").mkdir(parents=True)
    (tmp_path / "supabase/migrations/001_things.sql").write_text(
        "create table public.things (id uuid primary key); alter table public.things enable row level security;"
    )
    command(tmp_path, "up", "--detach")
    try:
        ended = command(tmp_path, "deploy", "--yes")
    finally:
        command(tmp_path, "down")
    verify = next(step for step in ended["steps"] if step["step"] == "verify")
    assert verify["unknown"] == []
    assert verify["noted"]["api_served_seconds"] > 0


def test_no_api_is_served_where_nobody_wants_it(tmp_path: Path) -> None:
    (tmp_path / "haulback.toml").write_text("[api]\nserve = false\n")
    try:
        assert command(tmp_path, "up", "--detach")["api"] is None
    finally:
        command(tmp_path, "down")
