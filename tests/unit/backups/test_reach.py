"""What is told of a server that fills an archive badly."""

from __future__ import annotations

from dataclasses import replace

import pytest

from haulback.backups.reach import warnings
from haulback.model.archiving import Archiver

HEALTHY = Archiver("logical", "on", "copy %p", 60, slots=(("replica", 4096, True),))


def test_nothing_of_a_healthy_one() -> None:
    assert warnings(HEALTHY, 0) == ()


@pytest.mark.parametrize(
    ("archiver", "told"),
    [
        (replace(HEALTHY, wal_level="minimal"), "wal_level is minimal"),
        (replace(HEALTHY, mode="off"), "archive_mode is off"),
        (
            replace(HEALTHY, pending=("archive_mode", "wal_level")),
            "a restart is needed before archive_mode and wal_level",
        ),
        (replace(HEALTHY, timeout=0), "archive_timeout is 0"),
        (replace(HEALTHY, timeout=3600), "archive_timeout is 3600 s"),
        (replace(HEALTHY, failing="000000010000000000000007"), "cannot archive 000000010000000000000007"),
        (replace(HEALTHY, slots=(("old", 3 * 1024**3, False),)), "the unused slot old holds back 3.2 GB"),
        (replace(HEALTHY, slots=(("late", 3 * 1024**3, True),)), "the slot late holds back 3.2 GB"),
        (None, "cannot be asked"),
    ],
)
def test_what_a_person_should_see_to(archiver: Archiver | None, told: str) -> None:
    (only,) = warnings(archiver, 0)
    assert told in only


def test_strange_files() -> None:
    assert "3 files" in warnings(HEALTHY, 3)[0]
