"""What `haulback restore pitr` refuses before it looks at anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from haulback.cli.main import run


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((), "no-aim"),
        (("--to", "2026-01-31T12:00Z", "--lsn", "0/3000000"), "two-aims"),
        (("--to", "2026-01-31 12:00"), "time-without-zone"),
        (("--to", "2026-10-25 02:30 Europe/Berlin"), "ambiguous-time"),
        (("--xid", "one"), "no-moment"),
        (("--to", "latest", "--swap"), "usage-error"),
        (("--to", "latest", "--swap", "--confirm", "production"), "usage-error"),
        (("--undo", "20260131", "--to", "latest", "--confirm", "local"), "usage-error"),
        (("--to", "latest", "--swap", "--keep-running", "--confirm", "local"), "usage-error"),
    ],
)
def test_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...],
    error: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert run(["restore", "pitr", "--json", *arguments]) == 2
    document = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (document["exit"], document["error"]) == (2, error)
    assert not (tmp_path / ".haulback" / "clusters" / "main" / "restores").exists()
