"""A backup whose moment lies ahead of our clock: its age is not told as none at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from haulback.app.recovery_planning import recovery_plan
from haulback.backups import manifest
from haulback.backups.loss import seconds_lost
from haulback.backups.shelf import Shelf
from haulback.backups.stores.file import FolderStore
from haulback.model.backup import Backup, BackupKind, Proof, Verdict
from haulback.model.recovery import BackupSettings
from haulback.model.settings import Settings
from haulback.model.target import Environment, Policy, Target
from haulback.report import backups, recovery_plans
from set_clocks import Standing

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
TARGET = Target("local", Environment.PRODUCTION, {}, Policy(unknown_blocks=True), embedded=True)


@pytest.mark.parametrize(
    ("ago", "lost"), [(10.0, 10.0), (0.0, 0.0), (-299.0, 0.0), (-301.0, None), (-86400.0 * 3650, None)]
)
def test_a_loss_from_a_moment_that_is_still_to_come_is_unknown(ago: float, lost: float | None) -> None:
    assert seconds_lost(NOW - timedelta(seconds=ago), NOW) == lost


def test_the_plan_and_the_list_say_that_it_lies_ahead(tmp_path: Path) -> None:
    shelf = Shelf.of(FolderStore(tmp_path), TARGET.name)
    at = NOW + timedelta(days=2)
    id_ = f"{at:%Y%m%dT%H%M%SZ}-table-0a1b2c"
    with shelf.store.writing(f"{id_}/{manifest.NAME}") as stream:
        stream.write(manifest.to_text(Backup(id_, BackupKind.TABLE, "local", "app", "7", 180006, "0/1", at, at, ())))
    shelf.note(Proof(id_, Verdict.PROVED, NOW, 1.0))
    settings = Settings(
        tmp_path, tmp_path, tmp_path, {TARGET.name: TARGET}, TARGET.name, backups=BackupSettings(str(tmp_path))
    )

    plan = recovery_plan(settings, TARGET, Standing(NOW))

    assert "The newest proved backup lies 2 days ahead: a clock is wrong, and its age is unknown." in plan.gaps
    assert f"Newest proved: `{id_}`, 2 days ahead." in recovery_plans.told(plan)
    assert "  2 days ahead  " in backups.told_list(shelf.all(), NOW)
