"""The four acts, each through the command itself, and what they came to."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg

from haulback.errors import Exit, HaulbackError
from haulback.modules.engagement_events import module
from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER, Cluster, Running
from haulback.pg.queries import queries

_SQL = queries("haulback.app.demo", "load.sql")
_PEOPLE = 200  # of whom the clients take turns
_CONTRACT = "--accept contract-broken"
_OF_THE_CONTRACT = (("production.toml", "haulback.toml"), ("clients.toml", "supabase/clients.toml"))
_ENOUGH = 300.0  # seconds; the demonstration takes a fraction of it


class ActFailed(HaulbackError):
    template = "{act} did not end as it should: {problem}"
    hint_template = "The folder {folder} keeps everything, also the server's log."
    exit_code = Exit.UNVERIFIED


@dataclass
class Act:
    """One act: what the command did. `lines` are its JSON lines, the last one its result."""

    title: str
    exit: int
    seconds: float
    lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def result(self) -> dict[str, Any]:
        return self.lines[-1] if self.lines else {}

    @property
    def steps(self) -> tuple[tuple[str, float], ...]:
        return tuple((one["step"], one["seconds"]) for one in self.lines if one.get("event") == "step done")


@dataclass(frozen=True)
class Ending:
    """What the demonstration came to."""

    acts: tuple[Act, ...]
    clients: dict[str, Any]
    rows_lost: int
    values_lost: int
    rolled_back: bool
    resumed_after_kill: bool
    stopped_by_contract: bool
    seconds: float

    @property
    def good(self) -> bool:
        failed = len(self.clients["failed"])
        as_told = self.rolled_back and self.resumed_after_kill and self.stopped_by_contract
        return as_told and not (self.rows_lost or self.values_lost or failed)

    def document(self) -> dict[str, Any]:
        return {
            "ok": self.good,
            "exit": 0 if self.good else int(Exit.UNVERIFIED),
            "rows_lost": self.rows_lost,
            "values_lost": self.values_lost,
            "requests_failed": len(self.clients["failed"]),
            "rolled_back": self.rolled_back,
            "resumed_after_kill": self.resumed_after_kill,
            "stopped_by_contract": self.stopped_by_contract,
            "requests": self.clients["requests"],
            "rows_written": len(self.clients["notes"]) + len(self.clients["events"]),
            "longest_pause_ms": round(self.clients["longest"] * 1000, 1),
            "seconds": round(self.seconds, 1),
        }


class Demo:
    """A project of its own below a folder: migrations, server, journal."""

    def __init__(self, folder: Path, users: int, events: int, say: Callable[[str], None]) -> None:
        self.folder, self._users, self._events, self._say = folder, users, events, say
        self.project = folder / "project"
        self._cluster = Cluster(folder / "home", "main", binaries.embedded())

    def play(self) -> Ending:
        """Runs all four acts.

        Raises:
            ActFailed: one did not end as it should.
        """
        begun = perf_counter()
        self._clear()
        try:
            self._say("starting a PostgreSQL of its own")
            running = self._cluster.start()
            with psycopg.connect(running.conninfo(), autocommit=True) as connection:
                return self._acts(running, connection, begun)
        finally:
            self._stop()

    def _acts(self, running: Running, connection: psycopg.Connection, begun: float) -> Ending:
        self._prepare(running, connection)
        with self._clients(running, connection) as clients:
            first = self._act("act 1: deploy the module", self._write_module)
            self._require(first, Exit.DONE)
            self._say(f"loading {self._events:,} events")
            connection.execute(_SQL["events"], {"events": self._events, "users": self._users})
            connection.execute("analyze public.engagement_events")
            loaded = connection.execute(_SQL["sum"]).fetchone()
            clients.tell("events")
            second = self._act("act 2: a migration that drops a column and opens a policy", self._write("20241203"))
            self._require(second, Exit.ROLLED_BACK)
            after = connection.execute(_SQL["sum"]).fetchone()
            (self.project / "supabase/migrations/20241203000000_simplify_events.sql").unlink()
            killed = self._act("act 3: five migrations, killed in the middle", self._write("20241204"), kill=True)
            third = self._act("act 3: the same command again", lambda: None)
            self._require(third, Exit.DONE)
            fourth = self._act("act 4: a rename that apps on phones do not know", self._break_contract)
            self._require(fourth, Exit.REFUSED)
            seen = clients.end()
        assert loaded is not None  # noqa: S101 - an aggregate has one row
        assert after is not None  # noqa: S101 - an aggregate has one row
        return Ending(
            acts=(first, second, killed, third, fourth),
            clients=seen,
            rows_lost=self._lost(connection, seen) + int(loaded[0]) - int(after[0]),
            values_lost=0 if loaded == after else 1,
            rolled_back=second.exit == Exit.ROLLED_BACK,
            resumed_after_kill=killed.exit == -signal.SIGKILL and third.result.get("resumed") is True,
            stopped_by_contract=_CONTRACT in fourth.result.get("hint", ""),
            seconds=perf_counter() - begun,
        )

    def _prepare(self, running: Running, connection: psycopg.Connection) -> None:
        self._say(f"making {self._users:,} users")
        with psycopg.connect(running.conninfo(user=SUPERUSER), autocommit=True) as superuser:
            superuser.execute(_SQL["users"], {"users": self._users})
        connection.execute(_SQL["notes"].encode())

    def _write_module(self) -> None:
        module.write(self.project / "supabase")
        shutil.rmtree(self.project / "supabase" / "seed", ignore_errors=True)  # the demonstration loads its own
        self._write("20241202")()

    def _break_contract(self) -> None:
        self._write("20241205")()
        for name, place in _OF_THE_CONTRACT:
            text = files("haulback.app.demo").joinpath(name).read_text(encoding="utf-8")
            (self.project / place).write_text(text, encoding="utf-8")

    def _write(self, prefix: str) -> Callable[[], None]:
        def write() -> None:
            for file in files("haulback.app.demo").joinpath("migrations").iterdir():
                if file.name.startswith(prefix):
                    (self.project / "supabase/migrations" / file.name).write_text(
                        file.read_text(encoding="utf-8"), encoding="utf-8"
                    )

        return write

    def _act(self, title: str, prepare: Callable[[], None], *, kill: bool = False) -> Act:
        """Runs `haulback deploy` in the project; with `kill`, ends it by SIGKILL in the middle of migrating."""
        self._say(title)
        prepare()
        begun = perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "haulback", "deploy", "--yes", "--json"],
            cwd=self.project,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        lines = []
        assert process.stdout is not None  # noqa: S101 - it is piped
        for line in process.stdout:
            lines.append(json.loads(line))
            if kill and lines[-1].get("event") == "part" and lines[-1].get("done", 0) >= 1:
                process.send_signal(signal.SIGKILL)
                break
        process.stdout.close()
        return Act(title, process.wait(timeout=_ENOUGH), perf_counter() - begun, lines)

    def _require(self, act: Act, wanted: Exit) -> None:
        if act.exit != wanted:
            problem = act.result.get("message") or f"exit code {act.exit} instead of {int(wanted)}"
            raise ActFailed(act=act.title, problem=problem, folder=self.folder)

    def _lost(self, connection: psycopg.Connection, seen: dict[str, Any]) -> int:
        """Acknowledged rows that are not there any more."""
        lost = 0
        for name, ids in (("missing", seen["notes"]), ("missing_events", seen["events"])):
            row = connection.execute(_SQL[name], {"ids": ids}).fetchone()
            lost += int(row[0]) if row else len(ids)
        return lost

    @contextmanager
    def _clients(self, running: Running, connection: psycopg.Connection) -> Iterator[_Clients]:
        row = connection.execute(_SQL["people"], {"most": _PEOPLE}).fetchone()
        assert row is not None  # noqa: S101 - a select without from has one row
        process = subprocess.Popen(
            [sys.executable, "-m", "haulback.app.demo.clients", running.conninfo(), json.dumps(row[0])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield _Clients(process)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()

    def _environment(self) -> dict[str, str]:
        """Ours, without what would lead the command to somebody's real database."""
        strangers = ("DATABASE_URL", "DB_", "PG", "SUPABASE_", "HAULBACK_TARGET", "ENVIRONMENT")
        own = {name: value for name, value in os.environ.items() if not name.startswith(strangers)}
        return own | {"HAULBACK_HOME": str(self.folder / "home")}

    def _clear(self) -> None:
        self._stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.project / "supabase/migrations").mkdir(parents=True)
        (self.project / "haulback.toml").write_text("", encoding="utf-8")

    def _stop(self) -> None:
        clusters = self.folder / "home" / "clusters"
        for name in sorted(path.name for path in clusters.iterdir() if path.is_dir()) if clusters.is_dir() else ():
            Cluster(self.folder / "home", name, binaries.embedded()).stop()


class _Clients:
    """The process of the users, from here."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def tell(self, word: str) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it is piped
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def end(self) -> dict[str, Any]:
        self.tell("stop")
        assert self._process.stdout is not None  # noqa: S101 - it is piped
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found
