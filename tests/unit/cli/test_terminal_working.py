"""How far a long statement is, for a person and for a program."""

from __future__ import annotations

import json

import pytest

from haulback.cli.terminal import progress


def test_a_person_reads_a_percentage(capsys: pytest.CaptureFixture[str]) -> None:
    listener = progress(as_json=False)
    listener.working("2_index#1", "CREATE INDEX CONCURRENTLY: building index: scanning table", 41, 120)
    listener.working("2_index#1", "CREATE INDEX CONCURRENTLY: waiting for old snapshots", 0, 0)

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        "… 2_index#1: CREATE INDEX CONCURRENTLY: building index: scanning table 34 %",
        "… 2_index#1: CREATE INDEX CONCURRENTLY: waiting for old snapshots",
    ]


def test_a_program_reads_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    progress(as_json=True).working("2_index#1", "VACUUM: scanning heap", 41, 120)

    assert json.loads(capsys.readouterr().out) == {
        "event": "working",
        "what": "2_index#1",
        "phase": "VACUUM: scanning heap",
        "done": 41,
        "total": 120,
    }
