"""A scheduled run takes, proves and prunes on a real server, once, and never beside another."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from faults import PLAIN, TARGET, Keeper, execute, keeper, proving_home  # noqa: F401 - fixtures
from psycopg.conninfo import conninfo_to_dict

from haulback.app import scheduled, upkeep
from haulback.app.scheduled import ScheduleRuns
from haulback.clock import SystemClock
from haulback.deploy.progress import Silent
from haulback.errors import HaulbackError
from haulback.model.settings import Settings
from set_clocks import At

if TYPE_CHECKING:
    from conftest import Database  # which conftest is loaded depends on what runs besides

HOLD = """
import fcntl, sys, time
lock = open(sys.argv[1], "a")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(600)
"""


def settings_of(keeper: Keeper, database: Database) -> Settings:
    target = replace(TARGET, parameters=dict(conninfo_to_dict(database.conninfo())))
    given = keeper.settings
    return replace(
        given, home=keeper.folder / "home", targets={target.name: target},
        backups=replace(given.backups, tables=("public.t",)),
    )  # fmt: skip


def test_what_is_due_is_done_once_and_missed_runs_are_made_up_for_once(database: Database, keeper: Keeper) -> None:
    execute(database, PLAIN)
    given = settings_of(keeper, database)
    now = datetime.now(UTC)
    first = scheduled.run(given, None, Silent(), At(now))
    assert (bool(first.taken), [one.verdict.value for one in first.proofs], first.pruned) == (True, ["proved"], ())
    assert scheduled.run(given, None, Silent(), At(now + timedelta(hours=5))) == scheduled.Done()
    later = At(now + timedelta(days=9))
    assert scheduled.run(given, None, Silent(), later).taken
    assert scheduled.run(given, None, Silent(), later) == scheduled.Done()
    assert len(keeper.shelf.all()) == 2


def test_a_run_that_fails_is_tried_again_later_and_not_at_once(database: Database, keeper: Keeper) -> None:
    given = settings_of(keeper, database)  # there is no such table yet
    now = datetime.now(UTC)
    with pytest.raises(HaulbackError):
        scheduled.run(given, None, Silent(), At(now))
    assert not scheduled.run(given, None, Silent(), At(now + timedelta(minutes=5))).taken
    execute(database, PLAIN)
    assert scheduled.run(given, None, Silent(), At(now + timedelta(minutes=20))).taken


def test_two_never_overlap_and_the_lock_goes_with_its_holder(database: Database, keeper: Keeper) -> None:
    execute(database, PLAIN)
    given = settings_of(keeper, database)
    lock = given.home / "schedule" / "local.lock"
    lock.parent.mkdir(parents=True)
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(lock)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        with pytest.raises(ScheduleRuns):
            scheduled.run(given, None, Silent())
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    assert scheduled.run(given, None, Silent()).taken


def test_up_takes_backups_when_it_is_told_to(
    database: Database, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(database, PLAIN)
    (keeper.folder / "haulback.toml").write_text(
        f'home = "home"\n[backups]\nstore = "kept"\ntables = ["public.t"]\nschedule = true\n'
        f'[targets.local]\nenvironment = "development"\nurl = {json.dumps(database.url())}\n',
        encoding="utf-8",
    )
    given = settings_of(keeper, database)
    given = replace(given, root=keeper.folder, backups=replace(given.backups, schedule=True))
    done = threading.Event()

    def ended() -> bool:
        return done.is_set() or any(kept.is_proved for kept in keeper.shelf.all())

    timer = threading.Timer(120, done.set)
    timer.start()
    upkeep.keep(given, SystemClock(), ended)
    timer.cancel()
    assert [kept.is_proved for kept in keeper.shelf.all()] == [True]


def test_install_writes_where_it_is_told_to(tmp_path: Path) -> None:
    def haulback(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "haulback", "schedule", "install", *words, "--json"],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip

    shown = json.loads(haulback("--print").stdout)
    assert (shown["written"], sorted(shown["texts"])) == ([], ["haulback-local.service", "haulback-local.timer"])
    assert list(tmp_path.iterdir()) == []
    written = json.loads(haulback("--to", str(tmp_path / "units")).stdout)["written"]
    assert sorted(written) == sorted(str(one) for one in (tmp_path / "units").iterdir())
    assert haulback("--cron").returncode == 2
    assert haulback("--cron", "--to", str(tmp_path / "crontab")).returncode == 0
    assert (tmp_path / "crontab").read_text().startswith("*/15 * * * * cd ")


def test_a_crontab_keeps_its_other_lines(tmp_path: Path) -> None:
    crontab = tmp_path / "crontab"
    crontab.write_text("# mine\n0 1 * * * true", encoding="utf-8")
    command = [sys.executable, "-m", "haulback", "schedule", "install", "--cron", "--to", str(crontab)]
    for _ in range(2):
        assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    mine, other, added, *more = crontab.read_text(encoding="utf-8").splitlines()
    assert (mine, other, more) == ("# mine", "0 1 * * * true", [])
    assert added.startswith("*/15 * * * * cd ")
