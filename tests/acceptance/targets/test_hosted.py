"""A hosted project, through a stub of the management API as its published OpenAPI description has it."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from acceptance_site import HAULBACK, Ended

REF = "abcdefghijklmnopqrst"
TOKEN = "sbp_0123456789abcdef"
EARLIEST, LATEST = 1767225600, 1767312000  # 2026-01-01 and 2026-01-02, UTC
BACKUPS = {
    "region": "eu-central-1",
    "walg_enabled": True,
    "pitr_enabled": True,
    "backups": [
        {"id": 2, "is_physical_backup": True, "status": "COMPLETED", "inserted_at": "2026-01-02T00:00:00Z"},
        {"id": 1, "is_physical_backup": False, "status": "FAILED", "inserted_at": "2026-01-01T00:00:00Z"},
    ],
    "physical_backup_data": {
        "earliest_physical_backup_date_unix": EARLIEST,
        "latest_physical_backup_date_unix": LATEST,
    },
}


@dataclass
class Stub:
    """The API: what it answers, what it was asked for, and how the project is, one word a question."""

    backups: Any = field(default_factory=lambda: BACKUPS)
    statuses: list[str] = field(default_factory=lambda: ["RESTORING", "ACTIVE_HEALTHY"])
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    address: str = ""

    def answer(self, method: str, path: str, token: str | None, body: Any) -> tuple[int, bytes]:
        self.asked.append((method, path, body))
        if token != f"Bearer {TOKEN}":
            return 401, b'{"message": "Unauthorized"}'
        if (method, path) == ("GET", f"/v1/projects/{REF}/database/backups"):
            return 200, json.dumps(self.backups).encode()
        if (method, path) == ("POST", f"/v1/projects/{REF}/database/backups/restore-pitr"):
            return 201, b""
        if (method, path) == ("GET", f"/v1/projects/{REF}"):
            status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
            return 200, json.dumps({"id": REF, "ref": REF, "status": status}).encode()
        return 404, b'{"message": "Not found"}'


@pytest.fixture
def stub() -> Iterator[Stub]:
    found = Stub()

    class Handler(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            code, text = found.answer(self.command, self.path, self.headers.get("Authorization"), body)
            self.send_response(code)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = _respond  # noqa: N815 - the library calls them so

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


def call(stub: Stub, folder: Path, *arguments: str, token: str = TOKEN, host: str = f"db.{REF}.supabase.co") -> Ended:
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgresql://postgres@{host}:5432/postgres",
        "SUPABASE_API_URL": stub.address,
        "SUPABASE_ACCESS_TOKEN": token,
    }
    done = subprocess.run(
        [*HAULBACK, *arguments], cwd=folder, env=environment, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, timeout=120, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert not token or token not in done.stdout + done.stderr
    return Ended(done.returncode, done.stdout, done.stderr)


def test_backups_and_window_are_listed(stub: Stub, tmp_path: Path) -> None:
    found = call(stub, tmp_path, "backup", "hosted", "--json")
    assert found.exit == 0
    document = found.document
    assert document["project"] == REF
    assert (document["earliest"], document["latest"]) == ("2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00")
    assert [one["status"] for one in document["backups"]] == ["FAILED", "COMPLETED"]


def test_a_restore_in_place_needs_the_name_of_the_project(stub: Stub, tmp_path: Path) -> None:
    arguments = ("restore", "hosted", "--to", "2026-01-01T12:00:00Z", "--json")
    for more in ((), ("--confirm", "another")):
        found = call(stub, tmp_path, *arguments, *more)
        assert (found.exit, found.document["error"]) == (3, "confirm-restore")
    assert {method for method, _, _ in stub.asked} == {"GET"}


def test_a_restore_is_asked_for_and_waited_for(stub: Stub, tmp_path: Path) -> None:
    stub.statuses[:] = ["ACTIVE_HEALTHY", "RESTORING", "ACTIVE_HEALTHY"]
    found = call(stub, tmp_path, "restore", "hosted", "--to", "2026-01-01T13:00:00+01:00", "--confirm", REF, "--json")
    assert found.exit == 0
    (asked,) = [body for method, _, body in stub.asked if method == "POST"]
    assert asked == {"recovery_time_target_unix": EARLIEST + 12 * 3600}
    assert [path for method, path, _ in stub.asked if path == f"/v1/projects/{REF}"] == [f"/v1/projects/{REF}"] * 3


@pytest.mark.parametrize(
    ("moment", "code", "error"),
    [
        ("2025-12-31T23:59:59Z", 3, "outside-the-window"),
        ("2026-01-02T00:00:01Z", 3, "outside-the-window"),
        ("2999-01-01T00:00:00Z", 3, "outside-the-window"),
        ("2026-01-01T12:00:00", 2, "usage-error"),
        ("yesterday", 2, "usage-error"),
    ],
)
def test_what_cannot_be_reached_is_refused_before_anything(
    stub: Stub, tmp_path: Path, moment: str, code: int, error: str
) -> None:
    found = call(stub, tmp_path, "restore", "hosted", "--to", moment, "--confirm", REF, "--json")
    assert (found.exit, found.document["error"]) == (code, error)
    assert [one for one in stub.asked if one[0] == "POST"] == []


def test_a_restore_that_fails_is_not_called_done(stub: Stub, tmp_path: Path) -> None:
    stub.statuses[:] = ["RESTORING", "RESTORE_FAILED"]
    found = call(stub, tmp_path, "restore", "hosted", "--to", "2026-01-01T12:00:00Z", "--confirm", REF, "--json")
    assert (found.exit, found.document["error"]) == (7, "restore-unfinished")


def test_without_point_in_time_recovery(stub: Stub, tmp_path: Path) -> None:
    stub.backups = {**BACKUPS, "pitr_enabled": False, "physical_backup_data": {}}
    found = call(stub, tmp_path, "restore", "hosted", "--to", "2026-01-01T12:00:00Z", "--confirm", REF, "--json")
    assert (found.exit, found.document["error"]) == (3, "outside-the-window")
    assert "point-in-time recovery is off" in call(stub, tmp_path, "backup", "hosted").stdout


@pytest.mark.parametrize("answer", [[], {"region": 1}, {"backups": [{}], "region": "x", "pitr_enabled": True}])
def test_an_answer_that_is_not_as_documented(stub: Stub, tmp_path: Path, answer: Any) -> None:
    stub.backups = answer
    found = call(stub, tmp_path, "backup", "hosted", "--json")
    assert (found.exit, found.document["error"]) == (1, "platform-unreachable")


def test_who_may_not(stub: Stub, tmp_path: Path) -> None:
    assert call(stub, tmp_path, "backup", "hosted", "--json", token="other").document["error"] == "platform-refused"
    assert call(stub, tmp_path, "backup", "hosted", "--json", token="").document["error"] == "no-access-token"
    elsewhere = call(stub, tmp_path, "backup", "hosted", "--json", host="db.example.com")
    assert (elsewhere.exit, elsewhere.document["error"]) == (2, "not-hosted")
    stub.address = "http://127.0.0.1:1"
    assert call(stub, tmp_path, "backup", "hosted", "--json").document["error"] == "platform-unreachable"
    stub.address = "http://api.example.com"
    assert call(stub, tmp_path, "backup", "hosted", "--json").document["error"] == "usage-error"
