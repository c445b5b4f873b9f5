"""`haulback lint` as a process, in a folder of its own, without any server."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_MEMORY = 6 << 30  # bytes of address space: a bound, four times what a file of 50 MB takes


@dataclass(frozen=True)
class Linted:
    exit: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        return dict(json.loads(self.stdout.splitlines()[-1]))

    @property
    def found(self) -> list[tuple[str, int, int]]:
        """(id, line, column) of every hazard."""
        return [(one["id"], one["line"], one["column"]) for one in self.document["hazards"]]


@dataclass(frozen=True)
class Lint:
    """A folder to lint in."""

    folder: Path

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def __call__(
        self,
        *arguments: str,
        stdin: bytes | None = b"",
        python: str = sys.executable,
        environment: Mapping[str, str] | None = None,
    ) -> Linted:
        done = subprocess.run(
            [python, "-m", "haulback", "lint", *arguments],
            cwd=self.folder,
            env={**os.environ, "NO_COLOR": "1", **(environment or {})},
            input=stdin,
            capture_output=True,
            timeout=280,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY)),
        )
        told = Linted(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in told.stdout + told.stderr, told.stderr
        assert "bug" not in told.stderr, told.stderr
        return told

    def json(self, *arguments: str, **others: Any) -> Linted:
        return self(*arguments, "--json", **others)


@pytest.fixture
def lint(tmp_path: Path) -> Lint:
    return Lint(tmp_path)
