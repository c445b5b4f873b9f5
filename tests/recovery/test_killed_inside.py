"""Promise 4, killed after an entry is written and before its transaction commits."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from kill_site import BAD, GOOD, killed_everywhere, site_at

pytestmark = pytest.mark.timeout(900)


def test_a_deployment_converges_from_every_point(home: Path, tmp_path: Path, killer: subprocess.Popen[str]) -> None:
    assert killed_everywhere(site_at(home, tmp_path, killer), GOOD, "inside", 0) >= 4


def test_going_back_converges_from_every_point(home: Path, tmp_path: Path, killer: subprocess.Popen[str]) -> None:
    assert killed_everywhere(site_at(home, tmp_path, killer), BAD, "inside", 4) >= 6
