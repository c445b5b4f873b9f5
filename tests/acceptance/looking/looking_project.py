"""A project to run the command in, as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEPLOY = ("deploy", "--yes", "--skip", "rehearsal", "--skip", "capture", "--skip", "preflight", "--json")
# What no output may hold, whatever is asked of the command.
SECRETS = {"DB_PASSWORD": "hunter2-database", "SERVICE_ROLE_KEY": "hunter2-service", "USER_JWT": "hunter2-jwt"}


@dataclass(frozen=True)
class Ended:
    """One run of the command."""

    exit: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """The last line of stdout, which must be one JSON document with the schema first."""
        found = json.loads(self.stdout.splitlines()[-1])
        assert next(iter(found)) == "schema"
        assert found["schema"] == "haulback/1"
        return dict(found)


@dataclass(frozen=True)
class Project:
    """A folder with migrations and a haulback.toml whose target is `local`."""

    folder: Path

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
        """Runs `haulback`; no output may hold a secret, a traceback or a colour."""
        done = subprocess.run(
            [sys.executable, "-m", "haulback", *arguments],
            cwd=self.folder,
            env={**os.environ, **SECRETS, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        for text in (done.stdout, done.stderr):
            assert "hunter2" not in text
            assert "Traceback" not in text
            assert "\x1b" not in text
        return Ended(done.returncode, done.stdout, done.stderr)

    def migration(self, name: str, text: str) -> None:
        (self.folder / "supabase" / "migrations" / name).write_text(text, encoding="utf-8")

    def configure(self, text: str) -> None:
        (self.folder / "haulback.toml").write_text(text, encoding="utf-8")
