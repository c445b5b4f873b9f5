"""Checks that only look at what they are given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from haulback.checks._check import listed
from haulback.checks._context import Thresholds
from haulback.checks.disk import FileSystem, file_systems
from haulback.checks.disk import judged as judged_disk
from haulback.checks.load import judged as judged_load
from haulback.checks.preflight import checks
from haulback.model.check import Outcome

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def context(**fields):
    clock = SimpleNamespace(now=lambda: NOON)
    return SimpleNamespace(clock=clock, thresholds=Thresholds(), **fields)


@pytest.mark.parametrize(
    ("age", "outcome"),
    [(timedelta(hours=23, minutes=59), Outcome.PASS), (timedelta(hours=24), Outcome.FAIL)],
)
def test_backup_is_held_against_24_hours(age, outcome):
    assert checks()["backup"].run(context(proved_backup=NOON - age)).outcome is outcome


def test_backup_is_unknown_where_none_was_proved_whatever_the_size_of_the_database():
    result = checks()["backup"].run(context(proved_backup=None, backups_unknown=""))
    assert result.outcome is Outcome.UNKNOWN
    assert result.hint


def test_backup_is_unknown_where_the_store_cannot_be_read_and_says_why():
    result = checks()["backup"].run(context(proved_backup=None, backups_unknown="the store /x cannot be used"))
    assert (result.outcome, result.figure) == (Outcome.UNKNOWN, "the store /x cannot be used")


@pytest.mark.parametrize(("ahead", "outcome"), [(60, Outcome.PASS), (3600, Outcome.UNKNOWN)])
def test_backup_from_the_future_is_no_young_one(ahead, outcome):
    proved = NOON + timedelta(seconds=ahead)
    assert checks()["backup"].run(context(proved_backup=proved)).outcome is outcome


@pytest.mark.parametrize(
    ("problems", "outcome"),
    [((), Outcome.PASS), (("20240101 was edited",), Outcome.FAIL), (None, Outcome.UNKNOWN)],
)
def test_history(problems, outcome):
    assert checks()["history"].run(context(history_problems=problems)).outcome is outcome


@pytest.mark.parametrize("used", [81, 85, 89, 90, 99, 100])
def test_disk_fails_where_the_pattern_of_the_seed_saw_nothing(used):
    """`df -h | grep -E "(80%|9[0-9]%)"` misses 81-89 % and 100 %."""
    finding = judged_disk((FileSystem("/", 0.9), FileSystem("/wal", 1 - used / 100)), (), 0.20)
    assert finding.outcome is Outcome.FAIL
    assert finding.figure == f"/wal: {100 - used}% free"


def test_disk_passes_above_a_fifth_and_not_at_it():
    assert judged_disk((FileSystem("/", 0.21),), (), 0.20).outcome is Outcome.PASS
    assert judged_disk((FileSystem("/", 0.20),), (), 0.20).outcome is Outcome.FAIL


def test_disk_is_unknown_where_something_was_not_seen_unless_what_was_seen_decides():
    assert judged_disk((FileSystem("/", 0.5),), ("/wal",), 0.20).outcome is Outcome.UNKNOWN
    assert judged_disk((), (), 0.20).outcome is Outcome.UNKNOWN
    assert judged_disk((FileSystem("/", 0.1),), ("/wal",), 0.20).outcome is Outcome.FAIL


def test_folders_of_one_file_system_count_once_and_the_unreadable_are_told(tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()

    known, unreadable = file_systems([tmp_path, inner, tmp_path / "gone"])

    assert [one.place for one in known] == [str(tmp_path)]
    assert 0 <= known[0].free <= 1
    assert unreadable == (f"{tmp_path / 'gone'} (No such file or directory)",)


@pytest.mark.parametrize(
    ("cpu", "memory", "outcome"),
    [(0.69, 0.69, Outcome.PASS), (0.70, 0.1, Outcome.FAIL), (0.1, 0.70, Outcome.FAIL)],
)
def test_load_holds_cpu_and_memory(cpu, memory, outcome):
    assert judged_load(cpu, memory, "CPU", 0.70).outcome is outcome


def test_a_long_list_says_how_many_more():
    assert listed(["a", "b"]) == "a, b"
    assert listed([str(n) for n in range(7)]) == "0, 1, 2, 3, 4 and 2 more"
