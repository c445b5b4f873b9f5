"""Scheduled runs take the whole cluster, then what changed, and do what else is due when one part fails."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from recovery_ground import Ground, ground

from haulback.app import backing_up, scheduled
from haulback.app.scheduled import Keeper
from haulback.backups.errors import NoSuchTable
from haulback.clock import SystemClock
from haulback.deploy.progress import Silent
from haulback.model.backup import BackupKind, Verdict
from haulback.model.packed import is_packed
from haulback.model.settings import Settings
from haulback.pg import binaries
from set_clocks import At


@pytest.fixture
def life(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    major = getattr(request, "param", 18)
    found = binaries.for_major(major)
    if found is None:
        pytest.skip(f"PostgreSQL {major} is not installed")
    for it in ground(tmp_path / "life", found):
        it.write(2)
        yield replace(it, settings=with_tables(it.settings, "public.oracle"))


def with_tables(settings: Settings, *tables: str) -> Settings:
    return replace(settings, backups=replace(settings.backups, tables=tables))


@pytest.mark.parametrize("life", [18, 15], indirect=True)
def test_whole_first_and_then_what_changed(life: Ground) -> None:
    if life.running.major >= 17:
        life.summarize()
    now = datetime.now(UTC)
    first = scheduled.run(life.settings, None, Silent(), At(now))
    assert {one.backup: one.verdict for one in first.proofs} == dict.fromkeys(
        (first.taken, first.cluster), Verdict.PROVED
    )
    assert scheduled.run(life.settings, None, Silent(), At(now + timedelta(hours=1))) == scheduled.Done()
    next_day = scheduled.run(life.settings, None, Silent(), At(now + timedelta(hours=25)))
    if life.running.major >= 17:
        kinds = {one.id: one.backup.kind for one in life.shelf.all() if one.backup}
        assert kinds[next_day.cluster] is BackupKind.INCREMENTAL
        assert {one.verdict for one in next_day.proofs} == {Verdict.PROVED}
    else:
        assert next_day.cluster == ""
        assert "PostgreSQL 15 has none" in next_day.notes[0]
        assert scheduled.run(life.settings, None, Silent(), At(now + timedelta(hours=26))).notes == ()
    assert next_day.taken


def test_what_fails_keeps_nothing_else_from_being_done(life: Ground) -> None:
    settings = with_tables(life.settings, "public.never_was")
    with pytest.raises(NoSuchTable):
        scheduled.run(settings, None, Silent(), At(datetime.now(UTC)))
    (taken,) = life.shelf.all()
    assert (taken.backup and taken.backup.kind, taken.is_proved) == (BackupKind.PHYSICAL, True)


def test_with_a_key_the_cluster_is_encrypted_unless_the_settings_say_otherwise(life: Ground) -> None:
    settings = replace(life.settings, backups=replace(life.settings.backups, key="ab" * 32))
    now = datetime.now(UTC)
    done = scheduled.run(settings, None, Silent(), At(now))
    taken = life.shelf.one(done.cluster).backup
    assert (taken and is_packed(taken), bool(taken and taken.key), done.notes) == (True, True, ())
    settings = replace(settings, backups=replace(settings.backups, cluster_in_clear=True))
    done = scheduled.run(settings, None, Silent(), At(now + timedelta(days=8)))
    taken = life.shelf.one(done.cluster).backup
    assert (taken and is_packed(taken), taken and taken.key) == (False, "")
    assert {one.verdict for one in done.proofs} == {Verdict.PROVED}


def test_a_key_that_is_set_later_has_a_whole_one_taken_first(life: Ground) -> None:
    """What was taken before is in the clear: nothing builds on it, and it is proved no more."""
    now = datetime.now(UTC)
    before = scheduled.run(life.settings, None, Silent(), At(now))
    settings = replace(life.settings, backups=replace(life.settings.backups, key="ab" * 32))
    done = scheduled.run(settings, None, Silent(), At(now + timedelta(days=1, hours=1)))
    found = {one.id: one.backup for one in backing_up.listed(settings, life.target)}
    taken = found[done.cluster]
    assert (taken and taken.kind, bool(taken and taken.key), found[before.cluster]) == (BackupKind.PHYSICAL, True, None)
    assert {one.verdict for one in done.proofs} == {Verdict.PROVED}


def test_a_drill_is_played_when_it_is_time(life: Ground) -> None:
    settings = replace(life.settings, objectives=replace(life.settings.objectives, drill_every=86400.0))
    now = datetime.now(UTC)
    done = scheduled.run(settings, None, Silent(), At(now))
    assert done.drill is not None
    assert done.drill.scenario == "database-lost"
    assert done.drill.measured.rto is not None
    assert scheduled.run(settings, None, Silent(), At(now + timedelta(hours=1))).drill is None


def test_every_target_has_its_turn(tmp_path: Path) -> None:
    """One that is always down keeps no other from its own."""
    (tmp_path / "haulback.toml").write_text(
        "[targets.one]\nurl = 'host=/nowhere dbname=x'\n[targets.two]\nurl = 'host=/nowhere dbname=x'\n"
        "[backups]\ntargets = ['one', 'two']\n",
        encoding="utf-8",
    )
    words = [sys.executable, "-m", "haulback", "schedule", "install", "--json"]
    shown = subprocess.run([*words, "--print"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert sorted(json.loads(shown.stdout)["texts"]) == [
        f"haulback-{name}.{kind}" for name in ("one", "two") for kind in ("service", "timer")
    ]
    for _ in range(2):
        subprocess.run([*words, "--cron", "--to", "crontab"], cwd=tmp_path, capture_output=True, check=True)
    lines = (tmp_path / "crontab").read_text(encoding="utf-8").splitlines()
    assert ["--target one" in lines[0], "--target two" in lines[1], len(lines)] == [True, True, 2]


def test_up_gives_every_target_its_turn(life: Ground) -> None:
    other = replace(life.target, name="other", parameters={**life.target.parameters, "host": "/nowhere"})
    settings = replace(
        life.settings, root=life.settings.home, targets={"other": other, "local": life.target},
        backups=replace(life.settings.backups, targets=("other", "local")),
    )  # fmt: skip

    class Ticking(SystemClock):
        seconds = 0.0

        def monotonic(self) -> float:
            Ticking.seconds += 61.0
            return Ticking.seconds

    keeper = Keeper(settings, Ticking())
    asked = []
    for _ in range(4):
        keeper.look()
        assert keeper._process is not None
        asked.append(keeper._process.args[-1])
        keeper._process.kill()
        keeper._process.wait()
    assert asked == ["other", "local", "other", "local"]
