"""Supabase's client for JavaScript, as npm has it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_LOCKED = Path(__file__).parent / "supabase_js"


def supabase_js(folder: Path) -> None:
    """Installs it into a folder; the test is skipped where that cannot be, and fails in CI."""
    for file in _LOCKED.iterdir():
        shutil.copy(file, folder)
    reason = _missing(folder)
    if reason and os.environ.get("CI"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


def _missing(folder: Path) -> str:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "npm is not installed"
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
    return f"npm cannot install supabase-js: {done.stderr[-500:]}" if done.returncode else ""
