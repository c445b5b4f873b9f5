"""Flips one bit at a time anywhere in a backup; each must be found: `benchmarks/backup_faults.py --flips 1000`.

In the clear and encrypted, all files alike. Ends with 1 when one was not found, and with the healthy backup proved.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "integration" / "backups"))
from damage import flip

from _measure import fresh_database, served
from haulback.app import backing_up
from haulback.backups.table import TableEngine
from haulback.clock import SystemClock
from haulback.deploy.progress import Silent
from haulback.model.backup import Verdict
from haulback.model.recovery import BackupSettings
from haulback.model.settings import Settings
from haulback.model.target import Environment, Policy, Target

ROWS = """
create table public.t (id int primary key, v text, at timestamptz);
insert into public.t select n, repeat(md5(n::text), 8), now() from generate_series(1, 20000) as n;
"""
TARGET = Target("local", Environment.DEVELOPMENT, {}, Policy(unknown_blocks=True))


def _missed(home: Path, url: str, key: str | None, flips: int, dice: random.Random) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="haulback-bench-") as folder:
        kept = BackupSettings(folder, key=key)
        settings = Settings(home, home, home, {TARGET.name: TARGET}, TARGET.name, backups=kept)
        with psycopg.connect(url, autocommit=True) as connection:
            store = backing_up.shelf(settings, TARGET).store
            backup = TableEngine(store, backing_up.key(settings), SystemClock()).take(connection, "local", ["public.t"])

        def verdict() -> Verdict:
            return backing_up.verify(settings, TARGET, [backup.id], Silent())[0].verdict

        missed = []
        for _ in range(flips):
            with flip(Path(folder) / TARGET.name / backup.id, dice) as where:
                if verdict() is not Verdict.BAD:
                    missed.append(where)
        if verdict() is not Verdict.PROVED:
            missed.append("the healthy one is flagged")
        return missed


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--flips", type=int, default=1000)
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**48))
    given = arguments.parse_args()
    dice = random.Random(given.seed)
    with served(platform=False) as (home, running):
        url = fresh_database(running)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(ROWS)
        missed = []
        for name, key in (("clear", None), ("encrypted", "ab" * 32)):
            found = _missed(home, url, key, given.flips // 2, dice)
            missed += found
            print(f"{name}: {given.flips // 2} flips, {len(found)} not found", *found, sep="\n  ")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
