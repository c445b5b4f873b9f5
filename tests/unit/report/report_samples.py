"""Builds plans and deployments to report on; everything in them is fixed, so that reports can be kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from haulback.model.deployment import Deployment, Entry, Event
from haulback.model.migration import Migration, Plan, Script, Statement, Unit

BEGUN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def migration(version: str, name: str, *statements: Statement, rollback: bool = False) -> Migration:
    units = tuple(Unit(one.transactional, (one,)) for one in statements)
    script = Script(Path(f"{version}_{name}.sql"), "", version[-1] * 64, units)
    return Migration(version, name, script, script if rollback else None)


def plan(*migrations: Migration, target: str = "local") -> Plan:
    return Plan(
        target,
        "staging",
        migrations,
        ("20240101000000",),
        "ab" * 32,
        BEGUN,
        "postgres",
        (("notes.sql", "its name does not begin with a version"),),
        ("20230101000000",),
    )


def deployment(*told: tuple[str, Event, str, dict[str, object]]) -> Deployment:
    """A deployment of the plan with these entries, a tenth of a second apart."""
    entries = tuple(
        Entry(number, BEGUN + timedelta(seconds=number / 10), step, event, unit, detail)
        for number, (step, event, unit, detail) in enumerate(told, start=1)
    )
    document = {
        "migrations": [
            {"version": "20260101000000", "name": "orders"},
            {"version": "20260102000000", "name": "drop_note"},
        ]
    }
    id_ = UUID("00000000-0000-4000-8000-000000000007")
    return Deployment(id_, 7, "ab" * 32, document, "local", "staging", "postgres", "ci", 42, BEGUN, entries)
