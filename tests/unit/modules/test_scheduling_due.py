"""When a scheduled statement is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.modules.scheduling import Job, due

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "since", "now", "expected"),
    [
        ("17 * * * *", NOON, NOON + timedelta(minutes=16), False),
        ("17 * * * *", NOON, NOON + timedelta(minutes=17), True),
        ("17 * * * *", NOON + timedelta(minutes=17), NOON + timedelta(minutes=18), False),
        ("41 3 * * *", NOON, NOON + timedelta(hours=15), False),
        ("41 3 * * *", NOON, NOON + timedelta(hours=16), True),
        ("30 seconds", NOON, NOON + timedelta(seconds=29), False),
        ("30 seconds", NOON, NOON + timedelta(seconds=30), True),
        ("0 0 30 2 *", NOON, NOON + timedelta(days=400), False),
        ("not a schedule", NOON, NOON + timedelta(days=400), False),
    ],
)
def test_due(schedule: str, since: datetime, now: datetime, *, expected: bool) -> None:
    assert due(Job(1, schedule, "select 1"), since, now) is expected


@given(st.text(max_size=30))
def test_no_schedule_text_raises(schedule: str) -> None:
    assert due(Job(None, schedule, "select 1"), NOON, NOON + timedelta(days=1)) in {True, False}
