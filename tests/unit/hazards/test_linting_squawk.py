"""squawk that does not answer leaves its rules unknown, and keeps nobody waiting for ever."""

from __future__ import annotations

from pathlib import Path

from haulback.hazards import squawk
from haulback.hazards.squawk import Squawk


def test_one_that_hangs_is_ended(tmp_path, monkeypatch):
    program = tmp_path / "squawk"
    program.write_text("#!/bin/sh\nexec sleep 1000\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(squawk, "_program", lambda: str(program))
    run = Squawk([(Path("a.sql"), "select 1;")], ())
    assert run.remarks(seconds=0.05) == ()
    assert run.problem == "squawk did not end within 0 s: its rules were not asked"
    assert run._process.returncode is not None
