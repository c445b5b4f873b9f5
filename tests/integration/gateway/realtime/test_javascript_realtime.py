"""@supabase/supabase-js, as npm has it, against `/realtime/v1`, with both serializers."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from realtime_socket import Site, token

from node_packages import supabase_js

_PROGRAM = Path(__file__).with_name("clients.mjs")


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program beside its packages."""
    folder = tmp_path_factory.mktemp("supabase-js-realtime")
    supabase_js(folder)
    return Path(shutil.copy(_PROGRAM, folder))


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
def test_broadcasts_and_presence(program: Path, site: Site, version: str) -> None:
    command = ["node", str(program), site.url, token(), version]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    moved = {"type": "broadcast", "event": "move", "payload": {"x": 1, "name": "Zoë 🌊"}}
    posted = {"type": "broadcast", "event": "posted", "payload": {"y": 2}}
    assert json.loads(done.stdout) == {
        "sent": "ok",
        "itself": moved,
        "other": moved,
        "posted": {"success": True},
        "byRequest": posted,
        **({"bytes": [1, 2, 255]} if version == "2.0.0" else {}),
        "tracked": "ok",
        "came": ["ada", ["fine"]],
        "state": ["ada"],
        "untracked": "ok",
        "went": "ada",
        "left": "ok",
    }
