"""The commands of a recovery plan are those of this very target."""

from __future__ import annotations

from pathlib import Path

import pytest

from haulback.app.recovery_planning import recovery_plan
from haulback.model.recovery import BackupSettings
from haulback.model.settings import Settings
from haulback.model.target import Environment, Policy, Target


@pytest.mark.parametrize("default", [True, False])
@pytest.mark.parametrize("embedded", [True, False])
def test_only_what_this_target_takes(tmp_path: Path, *, embedded: bool, default: bool) -> None:
    target = Target("the shop", Environment.PRODUCTION, {}, Policy(unknown_blocks=True), embedded=embedded)
    chosen = target.name if default else "other"
    store = BackupSettings(str(tmp_path))
    settings = Settings(tmp_path, tmp_path, tmp_path, {target.name: target}, chosen, backups=store)

    commands = [one for loss in recovery_plan(settings, target).losses for one in loss.commands]

    assert any(one.startswith("haulback restore pitr --to latest --keep-running") for one in commands)
    swaps = [one for one in commands if "--swap" in one]
    assert bool(swaps) is embedded
    assert all("--confirm 'the shop'" in one for one in swaps)
    assert all(one.endswith(" --target 'the shop'") is not default for one in commands)
