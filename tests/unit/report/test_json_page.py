"""docs/json.md names every field of every document of this room, and none that is not there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from report_samples import BEGUN, deployment, plan

from haulback.model.advice import AdviceReport
from haulback.model.archiving import Archiving
from haulback.model.attic_view import AtticView
from haulback.model.backup import Backup, BackupKind, KeptBackup
from haulback.model.capture import AtticEntry, Capture, CaptureKind, Keeps, Merged
from haulback.model.check import Outcome as Answer
from haulback.model.cluster_restore import ClusterRestore, Phase
from haulback.model.contract import ContractCheck
from haulback.model.diff import Diff, ShownRow, TableDiff
from haulback.model.drill import Drill, DrillVerdict, Measured
from haulback.model.hazard import HazardKind, Level
from haulback.model.health import Health, Service, ServiceHealth, State
from haulback.model.history_replay import HistoryReplay
from haulback.model.hosted import HostedBackups
from haulback.model.outcome import Outcome
from haulback.model.recovery_plan import RecoveryPlan
from haulback.model.restore import Beside, Differences, How, Restore, TableRestored, UndoneRows
from haulback.model.retention import Retention
from haulback.model.scheduled import Done
from haulback.model.sealing import Sealing
from haulback.model.wal_retention import WalRetention
from haulback.report import (
    archiving,
    attic,
    backups,
    contracts,
    diff,
    document_advice,
    document_doctor,
    document_hazards,
    document_history,
    document_journal,
    documents,
    drills,
    health,
    hosted,
    recovery,
    recovery_plans,
    restores,
    retention,
    rewrites,
    schedule,
    sealing,
    unpacking,
)
from haulback.report.subjects import Finding, LintSubject, PlanSubject, ServerFacts, Situation

PAGE = (Path(__file__).parents[3] / "docs" / "json.md").read_text(encoding="utf-8")
EVERYWHERE = {"ok", "exit"}
CAPTURE = Capture(3, deployment().id, 7, Keeps.BEFORE, CaptureKind.COPIED_TABLE, "public.orders", "d7_1_before_orders")
BACKUP = Backup("id", BackupKind.TABLE, "local", "app", "", 180006, "0/1", BEGUN, BEGUN, ())
DRILL = Drill("id", "table-lost", "local", BEGUN, DrillVerdict.PASS, Measured(1.0, 2.0), 3600.0, 900.0)
RECOVERED = ClusterRestore("id", "local", "the newest moment", Phase.PROVED, BEGUN)
RECOVERY = RecoveryPlan("local", "staging", BEGUN, "store", "", None, (), (), 900.0, ())
DIFFERENCES = Differences("public.orders", "20260102T030405Z-table-0a1b2c", BEGUN, 1, 1, 0, 0, 0)
RESTORE = Restore(deployment().id, 1, "public.orders", {}, BEGUN)
HEALTH = Health("local", (ServiceHealth(Service.REALTIME, State.UP, "", 3.0, {"join": 1.0}),))
DOCUMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    "deploy, rollback, resume": lambda: documents.deployed(Outcome(deployment())),
    "plan": lambda: documents.planned(PlanSubject(plan())),
    "contract snapshot": lambda: contracts.snapshot({}),
    "contract diff": lambda: contracts.checked(ContractCheck("local", "now", "now")),
    "seal": lambda: sealing.document(Sealing("local")),
    "attic list": lambda: attic.listed(()),
    "attic show": lambda: attic.shown(AtticView(AtticEntry(CAPTURE, 0, "kept", 0.0), deployment())),
    "attic restore": lambda: attic.restored(Merged(CAPTURE, 0, 0, 0, {})),
    "attic purge": lambda: attic.purged(()),
    "lint": lambda: document_hazards.linted(LintSubject((), {})),
    "lint --rewrite": lambda: rewrites.document((), ()),
    "lint --list": lambda: document_hazards.listed(()),
    "lint --explain": lambda: document_hazards.explained(HazardKind("drop-table", "", "", Level.WARN)),
    "rehearse --history": lambda: document_history.replayed(HistoryReplay((), 0.0, "pg_dump", 18, platform=True)),
    "preflight": lambda: documents.checked("local", ()),
    "advise": lambda: document_advice.advised(AdviceReport("local")),
    "status": lambda: document_journal.situation(Situation("local", "staging", ServerFacts(embedded=False))),
    "log": lambda: document_journal.listed("local", ()),
    "log NUMBER": lambda: document_journal.told(deployment()),
    "backup run": lambda: backups.taken(BACKUP),
    "backup list": lambda: backups.listed((), BEGUN),
    "backup verify": lambda: backups.verified(()),
    "backup hosted": lambda: hosted.document(
        HostedBackups("ref", "eu", point_in_time=False, earliest=None, latest=None, backups=())
    ),
    "restore hosted": lambda: hosted.restored("ref", BEGUN, 1.0),
    "drill": lambda: drills.document(DRILL),
    "dr plan": lambda: recovery_plans.document(RECOVERY),
    "backup unpack": lambda: unpacking.document(BACKUP, Path("data"), None, 0, "", ""),
    "backup prune": lambda: retention.document(Retention(()), WalRetention(), dry_run=True),
    "schedule run": lambda: schedule.document(Done()),
    "schedule install": lambda: schedule.installed((), {}),
    "backup hold, release": lambda: retention.held(KeptBackup("id", BACKUP)),
    "restore table": lambda: restores.table(TableRestored(DIFFERENCES)),
    "restore table --into": lambda: restores.into("public.orders", BACKUP, Beside("public.before", 1, 0), proved=True),
    "restore list": lambda: restores.listed(()),
    "restore undo": lambda: restores.undone(RESTORE, UndoneRows()),
    "restore forget": lambda: restores.forgotten(RESTORE),
    "restore pitr": lambda: recovery.recovered(RECOVERED, "", ""),
    "pitr list": lambda: recovery.listed(()),
    "pitr status": lambda: archiving.document(Archiving("local", "", "", 1, 0)),
    "pitr heartbeat": lambda: archiving.beaten("local", BEGUN),
    "pitr receive": lambda: archiving.received("local", "haulback_local"),
    "pitr setup": lambda: archiving.set_up("local", "", ""),
    "diff": lambda: diff.document(Diff("then", "now", (), ())),
    "doctor": lambda: document_doctor.examined((Finding("programs", "x", Answer.PASS, "y"),)),
    "health": lambda: health.document(HEALTH),
}


def documented(title: str) -> set[str]:
    section = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section, title
    return set(re.findall(r"^\| `(\w+)` \|", section[1], re.MULTILINE))


@pytest.mark.parametrize("title", DOCUMENTS)
def test_fields(title: str) -> None:
    assert documented(title) == DOCUMENTS[title]().keys() - EVERYWHERE


def test_no_other_document_is_documented() -> None:
    assert set(re.findall(r"^## (.+)$", PAGE, re.MULTILINE)) == {*DOCUMENTS, "An error"}


def test_the_fields_of_a_capture_are_named() -> None:
    listed = attic.listed((AtticEntry(CAPTURE, 0, "kept", 0.0),))["captures"][0]
    assert {name for name in listed if f"`{name}`" not in PAGE} == set()


def test_nothing_pending_has_the_same_fields() -> None:
    assert documents.deployed(Outcome(None)).keys() == documents.deployed(Outcome(deployment())).keys()


def test_nested_fields_are_named() -> None:
    nested = document_journal.brief(deployment()).keys() | {"event", "unit", "detail", "sequence", "at"}
    assert {name for name in nested if f"`{name}`" not in PAGE} == set()
    assert BEGUN.isoformat() == document_journal.brief(deployment())["begun_at"]


def test_the_fields_of_a_table_that_differs_are_named() -> None:
    row = ShownRow("1", {"id": "1"}, {"id": "1"})
    table = TableDiff("public.orders", 1, 1, same=False, changed=1, first={How.CHANGED: (row,)})
    (told,) = diff.document(Diff("then", "now", (), (table,)))["tables"]
    names = told.keys() | told["first"]["changed"][0].keys()
    assert {name for name in names if f"`{name}`" not in PAGE} == set()


def test_the_fields_of_a_service_are_named() -> None:
    (told,) = health.document(HEALTH)["services"]
    assert {name for name in told if f"`{name}`" not in PAGE} == set()
