"""A plan, a rehearsal and deployments to report on; everything in them is fixed, so that reports can be kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from report_samples import deployment, migration, plan

from haulback.model.capture import CaptureKind
from haulback.model.capture_cost import CaptureCost, CaptureEstimate
from haulback.model.check import CheckResult, Outcome
from haulback.model.deployment import Deployment, Event
from haulback.model.hazard import Hazard, HazardKind, Level, Source
from haulback.model.migration import Plan, Statement
from haulback.model.rehearsal import Rehearsal, StatementTrace, UnitTrace
from haulback.model.schema import ObjectKey, Schema, SchemaDifference
from haulback.report.subjects import LintSubject, PlanSubject


@pytest.fixture
def made() -> Plan:
    return plan(
        migration("20260101000000", "orders", Statement("create table …", 1, 1, "create table"), rollback=True),
        migration(
            "20260102000000",
            "drop_note",
            Statement("alter table …", 3, 1, "alter table", destroys=("column public.orders.note",)),
            Statement("create index concurrently …", 9, 1, "create index", transactional=False),
        ),
    )


@pytest.fixture
def checks() -> tuple[CheckResult, ...]:
    return (
        CheckResult("connection", "connection", Outcome.PASS, "answered in 0.4 ms", "within 1000 ms"),
        CheckResult(
            "disk", "disk", Outcome.FAIL, "/var: 5% free", "more than 20% free", "Free some space.", blocks=True
        ),
        CheckResult("backup", "backup", Outcome.UNKNOWN, "no backup is known", "younger than 24 h", "Restore one."),
        CheckResult("load", "load", Outcome.FAIL, "CPU 80%", "below 70%", "Wait."),
    )


@pytest.fixture
def rehearsed() -> Rehearsal:
    before, after = Schema({}, 18), Schema({}, 18)
    key = ObjectKey("table", "public.orders")
    return Rehearsal(
        plan_hash="ab" * 32,
        before=before,
        after=after,
        difference=SchemaDifference(created=(key,), dropped=(), changed=()),
        reversible=False,
        statements=(
            StatementTrace("20260101000000_orders", 1, "create table", 2.5),
            StatementTrace("20260102000000_drop_note", 3, "alter table", 12.25),
        ),
        units=(
            UnitTrace("20260101000000_orders", written=(("public.orders", 5, 2, 1),)),
            UnitTrace("20260102000000_drop_note", (("public.orders", "AccessExclusiveLock"),), ("public.orders",)),
        ),
        problems=("after going back: - column public.orders.note",),
        notes=("no rows of public.secret on the shadow: permission denied",),
        major=18,
        seconds=1.5,
    )


@pytest.fixture
def hazards() -> LintSubject:
    """One of each level, one accepted, one from squawk; one rule was not asked."""
    orders, note = Path("supabase/migrations/20260101000000_orders.sql"), Path("20260102000000_drop_note.sql")
    return LintSubject(
        (
            Hazard("odd-thing", Level.NOTE, orders, 1, 1, "it is odd", source=Source.SQUAWK),
            Hazard(
                "index-not-concurrent",
                Level.WARN,
                orders,
                3,
                1,
                "writers of public.orders wait while the index is built",
                end_line=4,
                subject="public.orders",
                rewrite="create index concurrently orders_note\n    on public.orders (note);",
                seconds=2.5,
                replaces=(3, 1, 4, 24),
            ),
            Hazard(
                "drop-table",
                Level.BLOCK,
                note,
                3,
                5,
                "the table public.orders goes with its rows",
                end_line=3,
                subject="public.orders",
                advice="Deploy clients that no longer use it first.",
            ),
            Hazard("drop-table", Level.BLOCK, note, 4, 1, "so does public.notes", subject="b", accepted=True),
        ),
        {
            "index-not-concurrent": HazardKind("index-not-concurrent", "An index locks", "locks", Level.WARN),
            "drop-table": HazardKind("drop-table", "A table is dropped", "destroys", Level.WARN),
        },
        silenced=1,
        files=2,
        statements=7,
        problems=("squawk is not installed: its rules were not asked",),
    )


@pytest.fixture
def captured() -> CaptureEstimate:
    """One copied ahead, one of which only the most is known, and one that somebody locks."""
    copied, noted = CaptureKind.COPIED_COLUMNS, CaptureKind.CHANGED_ROWS
    return CaptureEstimate(
        (
            CaptureCost("public.orders", copied, ("note",), 1_000_000, 99_098_624, 116_638_768, 1.78, 0.008, 17.1),
            CaptureCost("public.users", noted, (), 2_500, 614_400, 676_900, 0.003, 0.005, 0.038, bound=True),
        ),
        ("public.busy",),
    )


@pytest.fixture
def subject(
    made: Plan,
    rehearsed: Rehearsal,
    checks: tuple[CheckResult, ...],
    hazards: LintSubject,
    captured: CaptureEstimate,
) -> PlanSubject:
    return PlanSubject(
        made,
        rehearsed,
        checks,
        ("the plan cannot be taken back",),
        ("staging asks for dba",),
        "plan.json",
        hazards,
        captured,
    )


@pytest.fixture
def stands() -> Deployment:
    """Went well; the snapshot's proof and one probe are unknown, maintenance had nothing to do."""
    return deployment(
        ("deployment", Event.STATE, "", {"state": "running"}),
        ("maintenance", Event.BEGUN, "", {}),
        ("maintenance", Event.DONE, "", {"seconds": 0.002, "skipped": "the target asks for none"}),
        ("snapshot", Event.BEGUN, "", {}),
        ("snapshot", Event.DONE, "", {"seconds": 0.1, "proof": "unknown", "reason": "nothing archives the WAL"}),
        ("migrate", Event.BEGUN, "", {}),
        ("migration", Event.DONE, "20260101000000", {"sha256": "1" * 64}),
        ("unit", Event.DONE, "20260102000000#1", {}),
        ("migration", Event.DONE, "20260102000000", {"sha256": "2" * 64}),
        ("migrate", Event.DONE, "", {"seconds": 0.3, "migrations": 2}),
        ("verify", Event.BEGUN, "", {}),
        ("verify", Event.DONE, "", {"seconds": 0.2, "passed": 7, "unknown": ["isolation"], "breaches": 0}),
        ("deployment", Event.STATE, "", {"state": "deployed"}),
    )


@pytest.fixture
def went_back() -> Deployment:
    """Failed in its second migration, and was taken back."""
    return deployment(
        ("deployment", Event.STATE, "", {"state": "running"}),
        ("migrate", Event.BEGUN, "", {}),
        ("migration", Event.DONE, "20260101000000", {}),
        ("migrate", Event.FAILED, "", {"problem": "20260102000000_drop_note.sql:3:1: no column note"}),
        ("deployment", Event.STATE, "", {"state": "going back"}),
        ("migrate", Event.UNDO_BEGUN, "", {}),
        ("migration", Event.UNDONE, "20260101000000", {}),
        ("migrate", Event.UNDONE, "", {}),
        ("deployment", Event.STATE, "", {"state": "rolled back"}),
    )


@pytest.fixture
def crashed() -> Deployment:
    """Killed between the parts of its second migration."""
    return deployment(
        ("deployment", Event.STATE, "", {"state": "running"}),
        ("migrate", Event.BEGUN, "", {}),
        ("migration", Event.DONE, "20260101000000", {}),
        ("unit", Event.DONE, "20260102000000#1", {}),
        ("unit", Event.BEGUN, "20260102000000#2", {}),
    )
