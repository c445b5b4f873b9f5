"""Recoveries to random moments, judged row by row, and the cold restore of a large cluster beside pgBackRest.

    benchmarks/pitr.py --targets 100 [--major 18]     land exactly: time, position, transaction, name, in turn
    benchmarks/pitr.py --restore 600                  seconds for so many megabytes on PostgreSQL 15

A writer adds numbered rows and notes after each of them time, position, transaction and a restore point, while others
write beside it; backups are taken in between. The rows of a recovered cluster are what it noted, or it missed.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "integration" / "backups"))

import psycopg
from recovery_ground import Ground, ground, one

from haulback.app import recovering, swapping_in
from haulback.backups.aiming import aim_of
from haulback.deploy.progress import Silent
from haulback.pg import binaries
from haulback.pg.os_user import server_user
from haulback.pg.private_server import PrivateServer

ROWS = 300
BACKUPS = (20, 120, 220)  # rows after which one is taken
KINDS = ("time", "lsn", "xid", "name")


def targets(count: int, major: int, seed: int) -> int:
    found = binaries.for_major(major)
    if found is None:
        sys.exit(f"PostgreSQL {major} is not installed")
    dice = random.Random(seed)
    missed, seconds = [], []
    with tempfile.TemporaryDirectory(prefix="haulback-bench-") as folder:
        for it in ground(Path(folder), found):
            print(f"PostgreSQL {found.version}, seed {seed}: writing {ROWS} rows, {len(BACKUPS)} backups")
            _history(it, dice)
            for number in range(count):
                kind, row = KINDS[number % 4], dice.randrange(BACKUPS[0] + 1, ROWS + 1)
                begun = perf_counter()
                rows = it.recover(_aim(it, kind, row))
                seconds.append(perf_counter() - begun)
                if rows != list(range(1, row + 1)):
                    missed.append((kind, row, len(rows)))
                    print(f"  missed: {kind} of row {row}, {len(rows)} rows came back")
                if (number + 1) % 10 == 0:
                    print(f"  {number + 1} targets, {len(missed)} missed, median {statistics.median(seconds):.2f} s")
    print(f"{count - len(missed)} of {count} landed exactly; {min(seconds):.2f} .. {max(seconds):.2f} s each")
    return 1 if missed else 0


def _history(it: Ground, dice: random.Random) -> None:
    ended = threading.Event()
    noise = threading.Thread(target=_noise, args=(it, ended))
    with it.connect() as connection:
        connection.execute("create table noise (n bigint, t text)")
    noise.start()
    try:
        while (last := max(it.noted, default=0)) < ROWS:
            following = min([*[one_ for one_ in BACKUPS if one_ > last], ROWS])
            it.write(min(dice.randrange(1, 15), following - last))
            if max(it.noted) in BACKUPS:
                it.back_up()
            elif dice.random() < 0.2:
                it.switch()
    finally:
        ended.set()
        noise.join()


def _noise(it: Ground, ended: threading.Event) -> None:
    """Transactions that commit and roll back between those of the writer."""
    with it.connect() as connection:
        number = 0
        while not ended.is_set():
            number += 1
            with connection.transaction(force_rollback=number % 3 == 0):
                connection.execute("insert into noise values (%s, repeat('x', 300))", [number])
            sleep(0.002)


def _aim(it: Ground, kind: str, row: int) -> object:
    noted = it.noted[row]
    given = {"time": noted.at, "lsn": noted.lsn, "xid": noted.xid, "name": noted.name}
    return aim_of(*(given[name] if name == kind else None for name in KINDS))


@dataclass(frozen=True)
class PgBackRest:
    """A repository of its own, below one folder, as the OS user of the server."""

    folder: Path
    it: Ground

    @property
    def config(self) -> Path:
        return self.folder / "pgbackrest.conf"

    def prepare(self) -> None:
        for name in ("repo", "log", "lock", "spool"):
            (self.folder / name).mkdir(parents=True)
            server_user().own(self.folder / name)
        running = self.it.running
        self.config.write_text(
            f"[global]\nrepo1-path={self.folder}/repo\nlog-path={self.folder}/log\nlock-path={self.folder}/lock\n"
            f"spool-path={self.folder}/spool\ncompress-type=none\nstart-fast=y\nrepo1-retention-full=9\nprocess-max=2\nlog-level-console=warn\n"
            f"[main]\npg1-path={running.data_dir}\npg1-socket-path={running.socket_dir}\npg1-port={running.port}\n"
            "pg1-user=supabase_admin\npg1-database=postgres\n"
        )
        self.config.chmod(0o644)

    def command(self, *arguments: str) -> str:
        return " ".join(["pgbackrest", f"--config={self.config}", "--stanza=main", *arguments])

    def run(self, *arguments: str) -> None:
        told = server_user().command(self.command(*arguments).split(), [self.it.running.data_dir])
        subprocess.run(told, check=True, cwd="/")


def restore(megabytes: int) -> int:
    found = binaries.for_major(15)
    if found is None or shutil.which("pgbackrest") is None:
        sys.exit("PostgreSQL 15 and pgBackRest must be installed")
    folder = Path(tempfile.mkdtemp(prefix="haulback-bench-"))
    folder.chmod(0o711)
    try:
        for it in ground(folder, found):
            _compare(it, folder, megabytes, found)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _compare(it: Ground, folder: Path, megabytes: int, found: binaries.Binaries) -> None:
    rest = PgBackRest(folder / "pgbackrest", it)
    rest.prepare()
    with it.connect() as connection:
        ours = one(connection, "show archive_command")
        both = f"{ours} && {rest.command('archive-push', '%p')}"
        rest.run("stanza-create")
        connection.execute(f"alter system set archive_command = '{both}'")
        connection.execute("select pg_reload_conf()")
        connection.execute("create table events (id bigint primary key, body text, at timestamptz default now())")
        connection.execute(
            "insert into events select n, repeat(md5(n::text), 8) from generate_series(1, %s) as n", [megabytes * 2800]
        )
        size = one(connection, "select sum(pg_database_size(oid))::bigint from pg_database")
    it.back_up()
    rest.run("backup", "--type=full")
    with it.connect() as connection:
        connection.execute("update events set body = reverse(body) where id % 50 = 0")
    row = it.write(3)
    recovering.situation(it.settings, it.target, 0, recovering.SystemClock())
    print(f"{size / 1e6:,.0f} MB; recovered to the transaction of row {row}")
    for number in range(3):
        _cold(it.store, it.archive, rest.folder)
        begun = perf_counter()
        peer = _peer(rest, folder / f"peer{number}", it.noted[row].xid, found)
        theirs = perf_counter() - begun
        peer.stop("immediate")
        shutil.rmtree(peer.folder)
        _cold(it.store, it.archive, rest.folder)
        begun = perf_counter()
        parts = _Parts()
        it_found = recovering.recover(
            it.settings, it.target, recovering.Request(aim_of(None, None, it.noted[row].xid, None)), parts
        )
        whole = perf_counter() - begun
        swapping_in.discard(it.settings, it.target, it_found.restore.id)
        told = ", ".join(f"{name} {seconds:.2f}" for name, seconds in parts.seconds.items())
        proof = parts.seconds.get("read", 0.0)
        print(
            f"  pgBackRest {theirs:.2f} s, unproved; haulback {whole:.2f} s ({told});"
            f" without proof {whole - proof:.2f} s, x {(whole - proof) / theirs:.2f}"
        )


class _Parts(Silent):
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def step_done(self, step: str, seconds: float, _summary: str) -> None:
        self.seconds[step] = seconds


def _peer(rest: PgBackRest, folder: Path, xid: str, found: binaries.Binaries) -> PrivateServer:
    """PgBackRest's restore, started and waited for until it has promoted."""
    folder.mkdir(mode=0o711)
    (folder / "data").mkdir(mode=0o700)
    server_user().own(folder / "data")
    server = PrivateServer(folder, found, "supabase_admin")
    rest.run(
        "restore", f"--pg1-path={server.data}", "--type=xid", f"--target={xid}", "--target-action=promote",
        "--archive-mode=off",
    )  # fmt: skip
    server.start((rest.folder,))
    with psycopg.connect(server.conninfo("postgres"), autocommit=True) as connection:
        while one(connection, "select pg_is_in_recovery()"):
            sleep(0.02)
    return server


def _cold(*folders: Path) -> None:
    """Has the kernel forget what it holds of these folders, and of nobody else's."""
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--targets", type=int, default=0)
    parser.add_argument("--major", type=int, default=18)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--restore", type=int, default=0, metavar="MB")
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(1 << 32)
    if not given.targets and not given.restore:
        parser.error("--targets or --restore")
    code = targets(given.targets, given.major, seed) if given.targets else 0
    sys.exit(code or (restore(given.restore) if given.restore else 0))
