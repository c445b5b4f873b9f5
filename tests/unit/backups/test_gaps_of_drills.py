"""What a plan of recovery says of the newest drill: unknown is no failure, and what is old is told as old."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from haulback.app.recovery_planning import recovery_plan
from haulback.backups import evidence, manifest
from haulback.backups.shelf import Shelf
from haulback.backups.stores.file import FolderStore
from haulback.model.backup import Backup, BackupKind, Proof, Verdict
from haulback.model.drill import Drill, DrillVerdict, Measured
from haulback.model.recovery import BackupSettings
from haulback.model.settings import Settings
from haulback.model.target import Environment, Policy, Target
from haulback.report import recovery_plans
from set_clocks import Standing

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
TARGET = Target("local", Environment.PRODUCTION, {}, Policy(unknown_blocks=True))
PASS, FAIL, UNKNOWN = DrillVerdict
TOOK = Measured(5.0, 1.0)
UNMEASURED = Measured(None, None)


@pytest.mark.parametrize(
    ("verdict", "measured", "problems", "days", "said", "gap"),
    [
        (PASS, TOOK, (), 1, "Practised 2026-06-29: 5.0 s", ""),
        (
            UNKNOWN,
            UNMEASURED,
            ("the disk is full",),
            1,
            "2026-06-29: unknown.",
            "is unknown since the newest drill: the",
        ),
        (UNKNOWN, Measured(5.0, None), ("no clock",), 1, "unknown, though it took 5.0 s.", "is unknown since"),
        (FAIL, UNMEASURED, ("the log has a hole",), 1, "it did not come to its end", "could not be recovered from in"),
        (FAIL, Measured(9999.0, 1.0), ("it took long",), 1, "9999.0 s", "did not meet its objective in the newest"),
        (FAIL, Measured(5.0, 9999.0), ("much lost",), 1, "writes of 9999.0 s lost", "lost writes of"),
        (FAIL, TOOK, ("t came back with other rows",), 1, "5.0 s", "failed in the newest drill: t came back"),
        (PASS, TOOK, (), 91, "Practised 2026-03-31, too long ago to rely on: 5.0 s", "last practised 91 days ago"),
        (PASS, TOOK, (), -2, "Practised 2026-07-02: 5.0 s", "lies 2 days ahead: a clock is wrong"),
    ],
)
def test_what_the_newest_drill_says(
    tmp_path: Path, verdict: DrillVerdict, measured: Measured, problems: Sequence[str], days: int, said: str, gap: str
) -> None:
    shelf = Shelf.of(FolderStore(tmp_path), TARGET.name)
    id_ = f"{NOW:%Y%m%dT%H%M%SZ}-table-0a1b2c"
    with shelf.store.writing(f"{id_}/{manifest.NAME}") as stream:
        stream.write(manifest.to_text(Backup(id_, BackupKind.TABLE, "local", "app", "7", 180006, "0/1", NOW, NOW, ())))
    shelf.note(Proof(id_, Verdict.PROVED, NOW, 1.0))
    at = NOW - timedelta(days=days)
    for scenario in ("table-lost", "bad-migration"):  # the latter always passed
        mine = scenario == "table-lost"
        found = Drill(
            evidence.new_id(at, scenario), scenario, "local", at if mine else NOW, verdict if mine else PASS,
            measured if mine else TOOK, 3600.0, 900.0, tuple(problems) if mine else (),
        )  # fmt: skip
        evidence.keep(shelf.store, found, "")
    settings = Settings(
        tmp_path, tmp_path, tmp_path, {TARGET.name: TARGET}, TARGET.name, backups=BackupSettings(str(tmp_path))
    )

    plan = recovery_plan(settings, TARGET, Standing(NOW))

    gaps = [one for one in plan.gaps if "table-lost" in one]
    assert len(gaps) == bool(gap), gaps
    assert gap in "".join(gaps)
    assert said in recovery_plans.told(plan)
    (loss,) = (one for one in recovery_plans.document(plan)["losses"] if one["scenario"] == "table-lost")
    assert (loss["verdict"], loss["old"]) == (verdict.value, days == 91)
