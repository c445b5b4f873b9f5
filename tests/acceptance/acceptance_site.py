"""A project, its database and the command as a process: what a user has before him."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from haulback.pg.binaries import Binaries, for_major
from haulback.pg.cluster import SUPERUSER, Running

HAULBACK = (sys.executable, "-m", "haulback")
# A test that is about one statement leaves out what it does not ask about.
BARE = ("--skip", "rehearsal", "--skip", "hazards", "--skip", "preflight", "--skip", "verify")
_PATIENCE = 150.0  # seconds until something that must come is given up: a whole demo takes 60 on a busy machine


def until(wanted: Callable[[], Any], what: str) -> Any:
    """Asks again until the answer is true, and returns it."""
    deadline = time.monotonic() + _PATIENCE
    while not (found := wanted()):
        if time.monotonic() > deadline:
            raise AssertionError(f"never came: {what}")
        time.sleep(0.02)
    return found


@dataclass(frozen=True)
class Ended:
    """One run of the command."""

    exit: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """The last line of stdout: one JSON document."""
        found = json.loads(self.stdout.splitlines()[-1])
        assert found["schema"] == "haulback/1"
        assert found["exit"] == self.exit
        return dict(found)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The JSON lines before the last."""
        return [json.loads(line) for line in self.stdout.splitlines()[:-1]]

    def step(self, name: str) -> dict[str, Any]:
        """What the document tells of one step."""
        return next(one for one in self.document["steps"] if one["step"] == name)


class Started:
    """A run of the command that has not ended."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: list[str] = []
        self._errors: list[str] = []
        self._readers = [
            threading.Thread(target=self._read, args=(stream, into), daemon=True)
            for stream, into in ((process.stdout, self._lines), (process.stderr, self._errors))
        ]
        for reader in self._readers:
            reader.start()

    @staticmethod
    def _read(stream: Any, into: list[str]) -> None:
        into.extend(iter(stream.readline, ""))

    @property
    def said(self) -> list[dict[str, Any]]:
        """The JSON lines so far."""
        return [json.loads(line) for line in tuple(self._lines) if line.endswith("\n")]

    def heard(self, event: str, **fields: Any) -> dict[str, Any] | None:
        """The first line so far that says so."""
        wanted = {"event": event, **fields}
        return next((one for one in self.said if wanted.items() <= one.items()), None)

    def ended(self) -> Ended:
        try:
            code = self.process.wait(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        for reader in self._readers:
            reader.join(timeout=10)
        self.process.stdout.close()
        self.process.stderr.close()
        return _clean(Ended(code, "".join(self._lines), "".join(self._errors)))


@dataclass(frozen=True)
class Site:
    """A folder with migrations, and the database that its target `local` is."""

    folder: Path
    server: Running
    database: str
    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    started: list[Started] = field(default_factory=list)

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
        return self.start(*arguments, environment=environment).ended()

    def start(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Started:
        """Runs `haulback` beside us."""
        process = subprocess.Popen(
            [*HAULBACK, *arguments],
            cwd=self.folder,
            env={**os.environ, "HAULBACK_HOME": str(self.home), **self.environment, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started = Started(process)
        self.started.append(started)
        return started

    def end(self) -> None:
        """Ends what a failed test left running."""
        for one in self.started:
            if one.process.poll() is None:
                one.process.kill()
                one.ended()

    def deploy(self, *arguments: str) -> Ended:
        return self.run("deploy", "--yes", "--json", *arguments)

    def rollback(self, *arguments: str) -> Ended:
        return self.run("rollback", "--yes", "--json", *arguments)

    def migration(self, name: str, text: str) -> None:
        self._write(self.folder / "supabase" / "migrations" / name, text)

    def rollback_script(self, name: str, text: str) -> None:
        self._write(self.folder / "supabase" / "rollbacks" / name, text)

    def configure(self, text: str = "", *, deploy: str = "", local: str = "", user: str = "postgres") -> None:
        """Writes haulback.toml: `local` goes into the target of that name, `deploy` into the table deploy."""
        url = self.server.url(user, self.database)
        self._write(
            self.folder / "haulback.toml",
            f'[deploy]\n{deploy}\n[targets.local]\nurl = "{url}"\n{local}\n{text}',
        )

    def connect(self, user: str = "postgres", *, autocommit: bool = True) -> psycopg.Connection:
        return psycopg.connect(self.server.conninfo(user, self.database), autocommit=autocommit)

    def operator(self) -> psycopg.Connection:
        return self.connect(SUPERUSER)

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            return connection.execute(query, parameters or None).fetchall()

    def value(self, query: str, parameters: Sequence[Any] = ()) -> Any:
        found = self.rows(query, parameters)
        return found[0][0] if found else None

    def execute(self, script: str) -> None:
        with self.connect() as connection:
            connection.execute(script)

    def exists(self, name: str) -> bool:
        return self.value("select to_regclass(%s) is not null", [name])

    def dump(self) -> str:
        return dump(self.server, self.database)

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def dump(server: Running, database: str) -> str:
    """The schema as pg_dump of the server's own version writes it, our schemas left out."""
    found = for_major(server.major)
    assert found is not None
    return _dump(found, server, database)


def _dump(found: Binaries, server: Running, database: str) -> str:
    done = subprocess.run(
        [
            found.program("pg_dump"),
            *("--schema-only", "-N", "haulback", "-N", "haulback_attic", "--restrict-key=x"),
            *("-d", server.conninfo(SUPERUSER, database)),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _clean(ended: Ended) -> Ended:
    """No way to end may show a traceback."""
    assert "Traceback" not in ended.stdout + ended.stderr, ended.stderr
    return ended
