"""`haulback schedule install` writes a unit that keeps receiving where that is switched on, and none where it is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from haulback.cli.main import haulback

UNITS = ["haulback-local.service", "haulback-local.timer"]


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        ("", UNITS),
        ("[targets.local]\nreceive = 'off'\n", UNITS),
        ("[targets.local]\nreceive = 'on'\n", ["haulback-local-receive.service", *UNITS]),
        ("[targets.local]\nreceive = 'synchronous'\n", ["haulback-local-receive.service", *UNITS]),
    ],
)
def test_the_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: str, wanted: list[str]) -> None:
    (tmp_path / "haulback.toml").write_text(config)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(haulback, ["schedule", "install", "--print", "--json"])
    texts = json.loads(done.stdout)["texts"]
    assert sorted(texts) == wanted
    for name in wanted[:-2]:
        lines = texts[name].splitlines()
        (runs,) = [line for line in lines if line.startswith("ExecStart=")]
        assert runs.endswith('"pitr" "receive" "--target" "local"')
        assert "Restart=always" in lines
        assert f"WorkingDirectory={tmp_path}" in lines
